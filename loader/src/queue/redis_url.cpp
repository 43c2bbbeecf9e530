#include "queue/redis_url.hpp"

#include <charconv>
#include <memory>

#include <curl/curl.h>

namespace nem12::loader {
namespace {

using Text = std::unique_ptr<char, decltype(&curl_free)>;

bool to_number(std::string_view text, int most, int &out) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size() && out >= 0 && out <= most;
}

std::string decoded(std::string_view text) {
    if (text.empty()) // no length would mean up to the zero
        return {};
    int length = 0;
    Text bytes(curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &length), curl_free);
    return bytes ? std::string(bytes.get(), static_cast<size_t>(length)) : std::string(text);
}

// libcurl's parser of URLs, without the login.
class Url {
public:
    explicit Url(const std::string &text)
        : url_(curl_url(), curl_url_cleanup), good_(curl_url_set(url_.get(), CURLUPART_URL, text.c_str(),
                                                                 CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) == CURLUE_OK) {}

    bool good() const { return good_; }
    bool has(CURLUPart part) const { return get(part) != nullptr; }
    std::string text(CURLUPart part, unsigned flags = 0) const {
        Text found = get(part, flags);
        return found ? found.get() : "";
    }

private:
    Text get(CURLUPart part, unsigned flags = 0) const {
        char *found = nullptr;
        if (curl_url_get(url_.get(), part, &found, flags) != CURLUE_OK)
            found = nullptr;
        return {found, curl_free};
    }

    std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_;
    bool good_;
};

std::optional<RedisAddress> parse_unix(std::string_view path) {
    if (!path.starts_with('/'))
        return std::nullopt;
    const Url url("unix://socket" + std::string(path)); // libcurl wants a host
    if (!url.good() || url.has(CURLUPART_FRAGMENT))
        return std::nullopt;
    RedisAddress address;
    address.socket = url.text(CURLUPART_PATH, CURLU_URLDECODE);
    if (address.socket.size() < 2) // "/" alone: libcurl's word for no path
        return std::nullopt;
    if (url.has(CURLUPART_QUERY)) {
        const std::string query = url.text(CURLUPART_QUERY);
        if (!query.starts_with("db=") || !to_number(std::string_view(query).substr(3), 1 << 20, address.database))
            return std::nullopt;
    }
    return address;
}

// The login is split off by hand: libcurl ends it at the first of / ? #, and a password may hold any of them.
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
    const Url url("redis://" + std::string(rest));
    if (!url.good() || url.has(CURLUPART_QUERY) || url.has(CURLUPART_FRAGMENT))
        return std::nullopt;
    address.host = url.text(CURLUPART_HOST, CURLU_URLDECODE);
    if (address.host.starts_with('['))
        address.host = address.host.substr(1, address.host.size() - 2);
    if (const std::string zone = url.text(CURLUPART_ZONEID); !zone.empty())
        address.host += "%" + zone;
    if (url.has(CURLUPART_PORT) && !to_number(url.text(CURLUPART_PORT), 65535, address.port))
        return std::nullopt;
    const std::string path = url.text(CURLUPART_PATH); // "/" when there is none
    if (path.size() > 1 && !to_number(std::string_view(path).substr(1), 1 << 20, address.database))
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

// Built from the parsed parts, because what was parsed is what is used as the password.
std::string shown_redis_url(std::string_view url) {
    std::optional<RedisAddress> address = parse_redis_url(url);
    if (!address)
        return "***";
    std::string database = std::to_string(address->database);
    if (!address->socket.empty())
        return address->socket.find('@') == std::string::npos ? "unix://" + address->socket + "?db=" + database : "***";
    // One without a colon may be a password: redis-cli takes it for one.
    std::string login = address->password.empty() ? (address->user.empty() ? "" : "***") : address->user + ":***";
    std::string host = address->host.find(':') == std::string::npos ? address->host : "[" + address->host + "]";
    return "redis://" + login + (login.empty() ? "" : "@") + host + ":" + std::to_string(address->port) + "/" + database;
}

} // namespace nem12::loader
