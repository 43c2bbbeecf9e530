#pragma once
// Small MDFFs, record by record. A defect makes a record carry a warning, or an error, in both dialects.

#include <string>
#include <string_view>
#include <vector>

namespace nem12::load::test {

inline constexpr const char *kNone = "";
inline constexpr const char *kWarning = "warning"; // a space at the end of a field that the record has
inline constexpr const char *kError = "error";

inline std::string space_if(std::string_view defect) { return defect == kWarning ? " " : ""; }

inline std::string header(std::string_view version) { return "100," + std::string(version) + ",202404030000,MDA1,Ret1"; }

inline std::string channel(const std::string &suffix, std::string_view defect = kNone, const std::string &register_id = {}) {
    return "200,4001234567,B1E1K1,1," + suffix + ",N1,METER-" + suffix + register_id + space_if(defect) + "," +
           (defect == kError ? "furlong" : "kWh") + ",30,20240701";
}

// Day 1 is 2024-01-01.
inline std::string date_of_day(int number) {
    const int month = (number - 1) / 31 + 1;
    const int day = (number - 1) % 31 + 1;
    return "20240" + std::to_string(month) + (day < 10 ? "0" : "") + std::to_string(day);
}

inline std::string day(int number, std::string_view quality = "A", std::string_view defect = kNone) {
    std::string record = "300," + date_of_day(number);
    for (int i = 0; i < 48; ++i)
        record += "," + std::to_string(number) + "." + std::to_string(100 + i);
    return record + "," + (defect == kError ? "Q" : std::string(quality)) + space_if(defect) + ",,,20240302000000,";
}

inline std::string event(int first, int last, std::string_view defect = kNone) {
    return "400," + std::to_string(first) + "," + std::to_string(last) + (defect == kError ? ",Q" : ",S52") + space_if(defect) +
           ",76,";
}

inline std::string b2b(int number, std::string_view defect = kNone) {
    return std::string("500,") + (defect == kError ? "~" : "O") + space_if(defect) + ",S01009," + date_of_day(number) +
           "120000,001.5";
}

inline std::string read(int number, std::string_view defect = kNone, std::string_view next_read = "20240701") {
    return "250,4001234567,1141,01,11,11,M" + std::to_string(number) + space_if(defect) + "," + (defect == kError ? "X" : "E") +
           ",00100,20240101000000,A,,,00123,20240401000000,A,,,1.50,kWh," + std::string(next_read) + ",20240402000000,";
}

inline std::string b2b_of_read(std::string_view defect = kNone) {
    return std::string("550,") + (defect == kError ? "~" : "N") + space_if(defect) + ",S1,A,S2";
}

inline std::string file_of(std::string_view version, const std::vector<std::string> &records) {
    std::string file = header(version) + "\r\n";
    for (const std::string &record : records)
        file += record + "\r\n";
    return file + "900\r\n";
}
inline std::string nem12(const std::vector<std::string> &records) { return file_of("NEM12", records); }
inline std::string nem13(const std::vector<std::string> &records) { return file_of("NEM13", records); }

// Files with every record, the defect in one record after the other (in none when it is kNone).
inline std::vector<std::vector<std::string>> everything12(const char *defect, bool several_blocks) {
    std::vector<std::vector<std::string>> files;
    const int places = several_blocks ? 16 : 14;
    for (int place = 0; place < (defect == kNone ? 1 : places); ++place) {
        const auto at = [&](int record) { return record == place ? defect : kNone; };
        std::vector<std::string> file{channel("E1", at(0)), day(1, "A", at(1)),   b2b(1, at(2)),         day(2, "V", at(3)),
                                      event(1, 20, at(4)),  event(21, 48, at(5)), b2b(2, at(6)),         b2b(1, at(7)),
                                      channel("K1", at(8)), day(33, "A", at(9)),  channel("B1", at(10)), day(4, "A", at(11)),
                                      day(5, "A", at(12)),  b2b(4, at(13))};
        if (several_blocks)
            file.insert(file.end(), {"900", header("NEM12"), channel("E1", at(14)), day(2, "A", at(15)), day(3)});
        files.push_back(file);
    }
    return files;
}
inline std::vector<std::vector<std::string>> everything13(const char *defect, bool several_blocks) {
    std::vector<std::vector<std::string>> files;
    const int places = several_blocks ? 8 : 6;
    for (int place = 0; place < (defect == kNone ? 1 : places); ++place) {
        const auto at = [&](int record) { return record == place ? defect : kNone; };
        std::vector<std::string> file{read(1, at(0)), b2b_of_read(at(1)), b2b_of_read(at(2)),
                                      read(2, at(3)), read(3, at(4), ""), b2b_of_read(at(5))};
        if (several_blocks)
            file.insert(file.end(), {"900", header("NEM13"), read(4, at(6)), b2b_of_read(at(7))});
        files.push_back(file);
    }
    return files;
}

} // namespace nem12::load::test
