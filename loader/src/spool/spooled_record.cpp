#include "spool/spooled_record.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace nem12::loader {

using nlohmann::json;

// A whole number; a fraction, which may be beyond any, is a type_error.
static int64_t number_in(const json &object, const char *key) {
    return object.at(key).get_ref<const json::number_integer_t &>();
}

Stamp stamp_of(const struct stat &status) {
    return {status.st_ino, status.st_size, int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

json to_json(const Stamp &stamp) { return {{"inode", stamp.inode}, {"size", stamp.size}, {"modified_ns", stamp.modified_ns}}; }

std::optional<Stamp> stamp_from(const json &object) {
    auto found = object.find("stamp");
    if (found == object.end())
        return std::nullopt;
    return Stamp{static_cast<uint64_t>(number_in(*found, "inode")), number_in(*found, "size"),
                 number_in(*found, "modified_ns")};
}

std::string to_json(const SpooledRecord &record) {
    const JudgedFile &file = record.file;
    json deliveries = json::array();
    for (const Delivery &delivery : record.deliveries)
        deliveries.push_back({{"name", delivery.name}, {"parcel", delivery.parcel}});
    json object = {{"sha256", file.sha256},
                   {"name", file.name},
                   {"parent_sha256", file.parent_sha256},
                   {"message_id", file.message_id},
                   {"transaction_id", file.transaction_id},
                   {"bytes", file.bytes},
                   {"file_creation", file.file_creation},
                   {"from_participant", file.from_participant},
                   {"months", file.months},
                   {"deliveries", deliveries},
                   {"moved", record.moved}};
    if (file.expected)
        object["expected"] = {{"dialect", file.expected->dialect},
                              {"days", file.expected->days},
                              {"readings", file.expected->readings},
                              {"accumulation_reads", file.expected->accumulation_reads},
                              {"skipped_records", file.expected->skipped_records}};
    if (record.stamp)
        object["stamp"] = to_json(*record.stamp);
    return object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool from_json(std::string_view text, SpooledRecord &record) {
    json object = json::parse(text, nullptr, false);
    if (!object.is_object())
        return false;
    try {
        JudgedFile &file = record.file;
        object.at("sha256").get_to(file.sha256);
        object.at("name").get_to(file.name);
        object.at("parent_sha256").get_to(file.parent_sha256);
        file.message_id = object.value("message_id", "");
        file.transaction_id = object.value("transaction_id", "");
        file.bytes = number_in(object, "bytes");
        object.at("file_creation").get_to(file.file_creation);
        file.from_participant = object.value("from_participant", "");
        object.at("months").get_to(file.months);
        file.expected.reset();
        if (auto expected = object.find("expected"); expected != object.end())
            file.expected = ExpectedCounts{expected->at("dialect").get<std::string>(), number_in(*expected, "days"),
                                           number_in(*expected, "readings"), number_in(*expected, "accumulation_reads"),
                                           number_in(*expected, "skipped_records")};
        record.moved = object.value("moved", false);
        record.stamp = stamp_from(object);
        record.deliveries.clear();
        for (const json &delivery : object.at("deliveries"))
            record.deliveries.push_back({delivery.at("name").get<std::string>(), delivery.at("parcel").get<std::string>()});
        return true;
    } catch (const json::exception &) {
        return false;
    }
}

std::string name_in_damaged(std::string_view text) {
    constexpr std::string_view kKey = "\"name\":";
    for (size_t at = text.rfind(kKey); at != std::string_view::npos; at = at == 0 ? at : text.rfind(kKey, at - 1)) {
        size_t begin = text.find('"', at + kKey.size()), end = begin;
        do
            end = end == std::string_view::npos ? end : text.find('"', end + 1);
        while (end != std::string_view::npos && text[end - 1] == '\\');
        if (end != std::string_view::npos) {
            json name = json::parse(text.substr(begin, end + 1 - begin), nullptr, false);
            if (name.is_string() && !name.get<std::string>().empty())
                return name.get<std::string>();
        }
        if (at == 0)
            break;
    }
    return {};
}

} // namespace nem12::loader
