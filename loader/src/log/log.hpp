#pragma once
// The daemon's log on stderr: an event name that stays stable for programs, a sentence for people, and fields.
//
//     log_event(LogLevel::kWarning, "queue_full", "the queue is full; the file waits", {{"file", name}, {"bytes", size}});
//
// text:  2026-11-23T06:00:00.123Z warning queue_full: the queue is full; the file waits file=a.csv bytes=12
// json:  {"ts":"2026-11-23T06:00:00.123Z","level":"warning","event":"queue_full","message":"...","file":"a.csv","bytes":12}
//
// File names and server messages are hostile input: control characters are escaped, so one event is always one line.
// Passwords in connection strings and URLs are masked.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace nem12::loader {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class LogField {
public:
    LogField(std::string_view key, std::string_view value) : key_(key), value_(std::string(value)) {}
    LogField(std::string_view key, const char *value) : LogField(key, std::string_view(value)) {}
    LogField(std::string_view key, const std::string &value) : LogField(key, std::string_view(value)) {}
    LogField(std::string_view key, bool value) : key_(key), value_(value) {}
    LogField(std::string_view key, std::integral auto value) : key_(key), value_(static_cast<int64_t>(value)) {}
    LogField(std::string_view key, std::floating_point auto value) : key_(key), value_(static_cast<double>(value)) {}

    std::string_view key() const { return key_; }
    const std::variant<std::string, int64_t, double, bool> &value() const { return value_; }

private:
    std::string_view key_; // a literal
    std::variant<std::string, int64_t, double, bool> value_;
};

// Level and format as in [log]: debug, info, warning, error; text, json. Before the first call: info, text.
void set_up_log(std::string_view level, std::string_view format);
void set_log_level(std::string_view level);

// While a status line is refreshed on the terminal (daemon/status_line), log lines first wipe it.
void set_log_beside_status_line(bool on);

void log_event(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields = {});

// "host=a password=xyz" -> "host=a password=***"; also password='x y' and the password in scheme://user:pass@host.
std::string mask_secrets(std::string_view text);

// The lines as they are written, without time and level: for tests and other sinks.
std::string format_text_event(std::string_view event, std::string_view message, std::initializer_list<LogField> fields);
std::string format_json_event(std::string_view level, std::string_view event, std::string_view message,
                              std::initializer_list<LogField> fields);

} // namespace nem12::loader
