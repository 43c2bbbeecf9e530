#include "spool/parcels.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/files.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;
using nlohmann::json;

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
    case Outcome::kLoaded: return "loaded";
    case Outcome::kRejected: return "rejected";
    case Outcome::kFailed: break;
    }
    return "failed";
}

std::optional<Outcome> Parcel::outcome() const {
    auto has = [this](std::string_view outcome) {
        return std::any_of(members.begin(), members.end(),
                           [&](const ParcelMember &member) { return member.outcome == outcome; });
    };
    if (!sealed || has(""))
        return std::nullopt;
    if (has(name_of(Outcome::kFailed)))
        return Outcome::kFailed;
    return has(name_of(Outcome::kLoaded)) ? Outcome::kLoaded : Outcome::kRejected;
}

std::optional<Parcel> Parcels::find(std::string_view sha256) const {
    fs::path path = folder_ / (std::string(sha256) + ".json");
    if (sha256.empty() || !fs::exists(path))
        return std::nullopt;
    json object = json::parse(read_file(path), nullptr, false);
    if (!object.is_object())
        return std::nullopt;
    try {
        Parcel parcel;
        object.at("sha256").get_to(parcel.sha256);
        object.at("names").get_to(parcel.names);
        object.at("sealed").get_to(parcel.sealed);
        parcel.moved = object.value("moved", false);
        parcel.stamp = stamp_from(object);
        for (const json &member : object.at("members"))
            parcel.members.push_back({member.at("sha256").get<std::string>(), member.at("name").get<std::string>(),
                                      member.at("outcome").get<std::string>()});
        return parcel;
    } catch (const json::exception &) {
        return std::nullopt;
    }
}

void Parcels::save(const Parcel &parcel) {
    json members = json::array();
    for (const ParcelMember &member : parcel.members)
        members.push_back({{"sha256", member.sha256}, {"name", member.name}, {"outcome", member.outcome}});
    json object = {{"sha256", parcel.sha256},
                   {"names", parcel.names},
                   {"sealed", parcel.sealed},
                   {"moved", parcel.moved},
                   {"members", members}};
    if (parcel.stamp)
        object["stamp"] = to_json(*parcel.stamp);
    write_file_durably(folder_ / (parcel.sha256 + ".json"), object.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

void Parcels::sync(std::string_view sha256) const {
    sync_now(folder_ / (std::string(sha256) + ".json"));
    sync_now(folder_);
}

void Parcels::remove(std::string_view sha256) {
    remove_if_there(path_of(sha256));
    sync_now(folder_); // else a power cut could bring back the bytes without their record
    remove_if_there(folder_ / (std::string(sha256) + ".json"));
}

std::vector<Parcel> Parcels::list() const {
    std::vector<Parcel> parcels;
    for (const fs::directory_entry &entry : fs::directory_iterator(folder_)) {
        if (entry.path().extension() != ".json" || entry.path().filename().string().front() == '.')
            continue;
        if (std::optional<Parcel> parcel = find(entry.path().stem().string()))
            parcels.push_back(std::move(*parcel));
    }
    return parcels;
}

} // namespace nem12::loader
