#include "spool/spooled_record.hpp"

#include <nlohmann/json.hpp>

namespace nem12::loader {

using nlohmann::json;

std::string to_json(const SpooledRecord &record) {
    const SpooledFile &file = record.file;
    json deliveries = json::array();
    for (const Delivery &delivery : record.deliveries)
        deliveries.push_back({{"name", delivery.name}, {"parcel", delivery.parcel}});
    json object = {{"sha256", file.sha256},
                   {"name", file.name},
                   {"parent_sha256", file.parent_sha256},
                   {"bytes", file.bytes},
                   {"file_creation", file.file_creation},
                   {"months", file.months},
                   {"days", file.days},
                   {"readings", file.readings},
                   {"deliveries", deliveries},
                   {"moved", record.moved}};
    return object.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

bool from_json(std::string_view text, SpooledRecord &record) {
    json object = json::parse(text, nullptr, false);
    if (!object.is_object())
        return false;
    try {
        SpooledFile &file = record.file;
        object.at("sha256").get_to(file.sha256);
        object.at("name").get_to(file.name);
        object.at("parent_sha256").get_to(file.parent_sha256);
        object.at("bytes").get_to(file.bytes);
        object.at("file_creation").get_to(file.file_creation);
        object.at("months").get_to(file.months);
        object.at("days").get_to(file.days);
        object.at("readings").get_to(file.readings);
        record.moved = object.value("moved", false);
        record.deliveries.clear();
        for (const json &delivery : object.at("deliveries"))
            record.deliveries.push_back({delivery.at("name").get<std::string>(), delivery.at("parcel").get<std::string>()});
        return true;
    } catch (const json::exception &) {
        return false;
    }
}

} // namespace nem12::loader
