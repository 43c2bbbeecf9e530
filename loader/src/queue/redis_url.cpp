#include "queue/redis_url.hpp"

#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace nem12::loader {
namespace {

bool to_number(std::string_view text, int most, int &out) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && out >= 0 && out <= most;
}

std::string decoded(std::string_view text) {
    if (text.empty()) // no length would mean up to the zero
        return {};
    int length = 0;
    std::unique_ptr<char, decltype(&curl_free)> bytes(
        curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &length), curl_free);
    return bytes ? std::string(bytes.get(), static_cast<size_t>(length)) : std::string(text);
}

std::optional<RedisAddress> parse_unix(std::string_view rest) {
    RedisAddress address;
    size_t query = rest.find('?');
    address.socket = rest.substr(0, query);
    if (address.socket.empty() || address.socket[0] != '/')
        return std::nullopt;
    if (query != std::string_view::npos) {
        std::string_view setting = rest.substr(query + 1);
        if (setting.substr(0, 3) != "db=" || !to_number(setting.substr(3), 1 << 20, address.database))
            return std::nullopt;
    }
    return address;
}

std::optional<RedisAddress> parse_tcp(std::string_view rest) {
    RedisAddress address;
    if (size_t at = rest.rfind('@'); at != std::string_view::npos) {
        std::string_view login = rest.substr(0, at);
        size_t colon = login.find(':');
        address.user = decoded(login.substr(0, colon));
        if (colon != std::string_view::npos)
            address.password = decoded(login.substr(colon + 1));
        rest.remove_prefix(at + 1);
    }
    if (size_t slash = rest.find('/'); slash != std::string_view::npos) {
        std::string_view database = rest.substr(slash + 1);
        if (!database.empty() && !to_number(database, 1 << 20, address.database))
            return std::nullopt;
        rest = rest.substr(0, slash);
    }
    // [::1]:6379 keeps its colons inside the brackets.
    size_t colon = rest.rfind(':');
    if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
        if (!to_number(rest.substr(colon + 1), 65535, address.port))
            return std::nullopt;
        rest = rest.substr(0, colon);
    }
    if (rest.size() > 2 && rest.front() == '[' && rest.back() == ']')
        rest = rest.substr(1, rest.size() - 2);
    address.host = rest;
    if (address.host.empty())
        return std::nullopt;
    return address;
}

} // namespace

std::optional<RedisAddress> parse_redis_url(std::string_view url) {
    constexpr std::string_view kTcp = "redis://", kUnix = "unix://";
    if (url.substr(0, kTcp.size()) == kTcp)
        return parse_tcp(url.substr(kTcp.size()));
    if (url.substr(0, kUnix.size()) == kUnix)
        return parse_unix(url.substr(kUnix.size()));
    return std::nullopt;
}

// Made anew from what was understood, since that is what is used as the password.
std::string shown_redis_url(std::string_view url) {
    std::optional<RedisAddress> address = parse_redis_url(url);
    if (!address)
        return "***";
    std::string database = std::to_string(address->database);
    if (!address->socket.empty())
        return address->socket.find('@') == std::string::npos ? "unix://" + address->socket + "?db=" + database : "***";
    // One without a colon may be meant as the password: redis-cli takes it for that.
    std::string login = address->password.empty() ? (address->user.empty() ? "" : "***") : address->user + ":***";
    std::string host = address->host.find(':') == std::string::npos ? address->host : "[" + address->host + "]";
    return "redis://" + login + (login.empty() ? "" : "@") + host + ":" + std::to_string(address->port) + "/" + database;
}

} // namespace nem12::loader
