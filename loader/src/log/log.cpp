#include "log/log.hpp"

#include <atomic>
#include <cstdio>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace nem12::loader {

namespace {

std::atomic<bool> json_lines{false};
std::atomic<bool> beside_status_line{false};

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: break;
    }
    return spdlog::level::err;
}

std::string_view name_of(LogLevel level) {
    constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
    return kNames[static_cast<int>(level)];
}

void set_line_pattern(spdlog::logger &logger) {
    // A JSON line is made whole by format_json_event; only the time is put in front, by the same clock as the text's.
    std::string pattern = json_lines ? "{\"ts\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v";
    if (beside_status_line) {
        pattern.insert(0, "\r\x1b[K");
    }
    logger.set_pattern(pattern, spdlog::pattern_time_type::utc);
}

spdlog::logger &the_log() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>("nem12", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
        made->set_level(spdlog::level::info);
        set_line_pattern(*made);
        return made;
    }();
    return *logger;
}

void append_escaped(std::string &out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
            out += escaped;
        } else {
            out += c;
        }
    }
}

void append_text_value(std::string &out, const std::string &value) {
    const bool quoted = value.empty() || value.find_first_of(" \"=") != std::string::npos;
    if (!quoted) {
        append_escaped(out, value);
        return;
    }
    out += '"';
    std::string inner;
    append_escaped(inner, value);
    for (const char c : inner) {
        if (c == '"') {
            out += '\\';
        }
        out += c;
    }
    out += '"';
}

} // namespace

void set_up_log(std::string_view level, std::string_view format) {
    json_lines = format == "json";
    set_line_pattern(the_log());
    set_log_level(level);
}

void set_log_level(std::string_view level) { the_log().set_level(spdlog::level::from_str(std::string(level))); }

void set_log_beside_status_line(bool on) {
    beside_status_line = on;
    set_line_pattern(the_log());
}

std::string format_text_event(std::string_view event, std::string_view message, std::initializer_list<LogField> fields) {
    std::string line(event);
    line += ": ";
    append_escaped(line, mask_secrets(message));
    for (const LogField &field : fields) {
        line += ' ';
        line += field.key();
        line += '=';
        if (const auto *text = std::get_if<std::string>(&field.value())) {
            append_text_value(line, mask_secrets(*text));
        } else if (const auto *integer = std::get_if<int64_t>(&field.value())) {
            line += std::to_string(*integer);
        } else if (const auto *flag = std::get_if<bool>(&field.value())) {
            line += *flag ? "true" : "false";
        } else {
            char number[32];
            std::snprintf(number, sizeof number, "%.6g", std::get<double>(field.value()));
            line += number;
        }
    }
    return line;
}

std::string format_json_event(std::string_view level, std::string_view event, std::string_view message,
                              std::initializer_list<LogField> fields) {
    nlohmann::ordered_json line;
    line["level"] = level;
    line["event"] = event;
    line["message"] = mask_secrets(message);
    for (const LogField &field : fields) {
        const std::string key(field.key());
        if (const auto *text = std::get_if<std::string>(&field.value())) {
            line[key] = mask_secrets(*text);
        } else {
            std::visit([&](const auto &value) { line[key] = value; }, field.value());
        }
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void log_event(LogLevel level, std::string_view event, std::string_view message, std::initializer_list<LogField> fields) {
    if (!the_log().should_log(spdlog_level(level))) {
        return;
    }
    // The payload goes as an argument, so that braces in it are never taken for a format.
    if (json_lines) {
        the_log().log(spdlog_level(level), "{}", format_json_event(name_of(level), event, message, fields).substr(1));
    } else {
        the_log().log(spdlog_level(level), "{}", format_text_event(event, message, fields));
    }
}

} // namespace nem12::loader
