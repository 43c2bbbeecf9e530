#pragma once
// The rows of an export into its files: line ends, the parts that each file begins and ends with, a file for each NMI.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "export/destination.hpp"

namespace nem12::loader {

class ExportWriter {
public:
    // destination and request live as long as this.
    ExportWriter(const ExportRequest &request, Destination &destination);

    // In the order in which they come. Nothing is written before the first one with data. Throws FileError.
    void take(std::string_view row);
    // After the last row. Throws std::runtime_error when it was not the last of an export.
    void finish();

    int64_t units() const { return units_; } // so far: days (NEM12), register reads (NEM13), readings (csv)
    int64_t bytes() const { return bytes_; } // so far, before they are packed
    int64_t nmis() const { return nmis_; }
    const std::set<std::string, std::less<>> &missing() const { return missing_; } // asked for by name, and not there

private:
    void take_record(std::string_view record);
    void take_csv(std::string_view line);
    void begin(std::string_view nmi);
    void write(std::string_view bytes);
    void write_line(std::string_view record);
    void end_file();

    const ExportFormat format_;
    Destination &destination_;
    OutputFile *file_ = nullptr;
    std::string header_, nmi_;
    std::set<std::string, std::less<>> missing_;
    bool ended_ = false;
    int64_t units_ = 0, bytes_ = 0, nmis_ = 0;
};

} // namespace nem12::loader
