#include "config/checks.hpp"

#include <algorithm>
#include <map>

#include "mdff/calendar.hpp"

namespace nem12::loader {

namespace {

bool is_date(const std::string &text) {
    mdff::Date date;
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           mdff::parse_date(text.substr(0, 4) + text.substr(5, 2) + text.substr(8), date);
}

// The notifier posts by both (libcurl).
bool is_web_address(const std::string &url) { return url.starts_with("http://") || url.starts_with("https://"); }

bool is_listen_address(const std::string &text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 6) {
        return false;
    }
    const std::string port = text.substr(colon + 1);
    return std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }) && std::stoi(port) <= 65535;
}

} // namespace

std::vector<std::string> check_together(const Config &config) {
    std::vector<std::string> errors;
    for (const int interval : config.generate.intervals) {
        if (interval != 5 && interval != 15 && interval != 30) {
            errors.push_back("[generate] intervals must be 5, 15 or 30 minutes, not " + std::to_string(interval));
        }
    }
    if (!config.generate.start.empty() && !is_date(config.generate.start)) {
        errors.push_back("[generate] start must be a date CCYY-MM-DD, or empty for " + std::to_string(config.generate.days) +
                         " days before today");
    }
    if (config.breaker.backoff > config.breaker.backoff_max) {
        errors.push_back("[breaker] backoff_ms must not be greater than backoff_max_ms");
    }
    if (config.breaker.open_for > config.breaker.open_max) {
        errors.push_back("[breaker] open_for_ms must not be greater than open_max_ms");
    }
    if (config.ingest.max_member_bytes > config.ingest.max_archive_bytes) {
        errors.push_back("[ingest] max_member_bytes must not be greater than max_archive_bytes");
    }
    if (config.redis.url.rfind("redis://", 0) != 0 && config.redis.url.rfind("unix://", 0) != 0) {
        errors.push_back("[redis] url must be redis://HOST:PORT/DB or unix:///PATH?db=N");
    }
    if (!config.ingest.notify_webhook.empty() && !is_web_address(config.ingest.notify_webhook)) {
        errors.push_back("[ingest] notify_webhook must be http://HOST:PORT/PATH or https://HOST:PORT/PATH");
    }
    if (!config.http.listen.empty() && !is_listen_address(config.http.listen)) {
        errors.push_back("[http] listen must be ADDRESS:PORT, or empty for none");
    }
    std::map<std::filesystem::path, std::string> used;
    const auto &ingest = config.ingest;
    for (const auto &[key, directory] :
         {std::pair{"inbox", ingest.inbox}, std::pair{"spool", ingest.spool}, std::pair{"archive", ingest.archive},
          std::pair{"rejected", ingest.rejected}, std::pair{"failed", ingest.failed}}) {
        if (const auto [other, is_new] = used.emplace(directory.lexically_normal(), key); !is_new) {
            errors.push_back("[ingest] " + std::string(key) + " and " + other->second + " must be different directories");
        }
    }
    return errors;
}

} // namespace nem12::loader
