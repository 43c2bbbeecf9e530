#include "console/filter_text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <stdexcept>

namespace nem12::loader {

namespace {

constexpr int kMost = 1'000'000;

std::string value_of(const Query &query, const std::string &key) {
    const auto found = query.find(key);
    return found == query.end() ? "" : found->second;
}

int64_t number_from(std::string_view text, const std::string &what) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::invalid_argument(what + ": '" + std::string(text) + "' is no number");
    }
    return number;
}

JobOrder order_named(const std::string &name) {
    for (const JobOrder order : {JobOrder::kTime, JobOrder::kName, JobOrder::kBytes}) {
        if (name_of(order) == name) {
            return order;
        }
    }
    throw std::invalid_argument("order: '" + name + "' is not time, name or bytes");
}

} // namespace

int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int64_t moment_from(std::string_view text, int64_t now) {
    const std::string shown(text);
    constexpr std::pair<char, int64_t> kUnits[] = {{'m', 60}, {'h', 3600}, {'d', 86400}};
    for (const auto &[unit, seconds] : kUnits) {
        if (text.size() > 1 && text.size() < 8 && text.back() == unit) {
            return now - number_from(text.substr(0, text.size() - 1), "time") * seconds * 1000;
        }
    }
    for (const char *format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
        std::tm utc{};
        const char *end = strptime(shown.c_str(), format, &utc);
        if (end != nullptr && *end == '\0') {
            return int64_t{timegm(&utc)} * 1000;
        }
    }
    throw std::invalid_argument("time: '" + shown +
                                "' is neither a date (2026-11-30, 2026-11-30 04:05) nor an age (90m, 24h, 7d)");
}

JobFilter filter_from(const Query &query, int64_t now) {
    JobFilter filter;
    const std::string statuses = value_of(query, "status");
    for (size_t begin = 0; begin < statuses.size();) {
        const size_t end = std::min(statuses.find(',', begin), statuses.size());
        const std::string name = statuses.substr(begin, end - begin);
        const auto status = job_status_of(name);
        if (!status) {
            throw std::invalid_argument("status: '" + name + "' is not pending, in_progress, success, failed or rejected");
        }
        filter.statuses.insert(*status);
        begin = end + 1;
    }
    filter.sender = value_of(query, "sender");
    filter.rule = value_of(query, "rule");
    filter.name = value_of(query, "name");
    if (const std::string since = value_of(query, "since"); !since.empty()) {
        filter.since_ms = moment_from(since, now);
    }
    if (const std::string until = value_of(query, "until"); !until.empty()) {
        filter.until_ms = moment_from(until, now);
    }
    if (const std::string order = value_of(query, "order"); !order.empty()) {
        filter.order = order_named(order);
    }
    filter.descending = value_of(query, "ascending").empty();
    filter.after = value_of(query, "after");
    if (const std::string limit = value_of(query, "limit"); !limit.empty()) {
        filter.limit = static_cast<int>(std::clamp<int64_t>(number_from(limit, "limit"), 1, kMost));
    }
    return filter;
}

} // namespace nem12::loader
