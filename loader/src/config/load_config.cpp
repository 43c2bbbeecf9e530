#include "config/load_config.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/nearest.hpp"
#include "config/checks.hpp"
#include "config/setting_reader.hpp"

namespace nem12::loader {

namespace {

std::string joined(const std::vector<std::string> &messages) {
    std::string text;
    for (const std::string &message : messages) {
        text += (text.empty() ? "" : "\n") + message;
    }
    return text;
}

std::string position(const std::string &path, const toml::source_region &source) {
    return (source.path ? *source.path : path) + ":" + std::to_string(source.begin.line) + ":" +
           std::to_string(source.begin.column);
}

std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

// "section.key=value" as a table of its own. A value that is no TOML is taken as a bare text: --set log.level=debug.
toml::table parse_override(const std::string &setting) {
    const size_t equals = setting.find('=');
    const std::string source =
        "--set " + setting.substr(0, equals == std::string::npos ? 0 : equals); // the value may be a secret
    const size_t dot = setting.find('.');
    if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
        throw ConfigError({source + ": write it as section.key=value"});
    }
    try {
        toml::table parsed = toml::parse(setting, source);
        const toml::node *value = parsed.at_path(setting.substr(0, equals)).node();
        if (value != nullptr && !value->is_date() && !value->is_time() && !value->is_date_time()) {
            return parsed;
        }
    } catch (const toml::parse_error &) { // a bare text, below
    }
    try {
        return toml::parse(setting.substr(0, equals) + " = " + toml_text(setting.substr(equals + 1)), source);
    } catch (const toml::parse_error &error) {
        throw ConfigError({source + ": " + std::string(error.description())});
    }
}

// Moves, since a copy of a node forgets where it came from.
void merge_into(toml::table &into, toml::table &&from) {
    for (auto &&[section, node] : from) {
        toml::table *keys = node.as_table();
        toml::table *target = into[section.str()].as_table();
        if (keys == nullptr || target == nullptr) {
            into.insert_or_assign(section, std::move(node));
            continue;
        }
        for (auto &&[key, value] : *keys) {
            target->insert_or_assign(key, std::move(value));
        }
    }
}

// Complaints in the order of the file, whatever order they were found in.
class Complaints {
public:
    explicit Complaints(std::string file) : file_(std::move(file)) {}
    void add(const toml::source_region &source, const std::string &wrong) {
        found_.push_back({source.begin.line, position(file_, source) + ": " + wrong});
    }
    std::vector<std::string> messages() {
        std::stable_sort(found_.begin(), found_.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
        std::vector<std::string> messages;
        for (auto &[line, message] : found_) {
            messages.push_back(std::move(message));
        }
        return messages;
    }

private:
    std::string file_;
    std::vector<std::pair<uint32_t, std::string>> found_;
};

// Names a known key that resembles the given one, if there is one.
std::string suggestion(std::string_view name, const std::set<std::string> &known) {
    const std::string near = nearest(name, known);
    return near.empty() ? "; example.config.toml lists every key" : "; did you mean \"" + near + "\"?";
}

void refuse_unknown(const toml::table &root, const std::map<std::string, std::set<std::string>> &known,
                    Complaints &complaints) {
    std::set<std::string> sections;
    for (const auto &[section, keys] : known) {
        sections.insert(section);
    }
    for (const auto &[section, node] : root) {
        const auto found = known.find(std::string(section.str()));
        if (found == known.end()) {
            complaints.add(section.source(),
                           "unknown section [" + std::string(section.str()) + "]" + suggestion(section.str(), sections));
            continue;
        }
        const toml::table *table = node.as_table();
        if (table == nullptr) {
            complaints.add(section.source(), "[" + found->first + "] must be a section");
            continue;
        }
        for (const auto &[key, value] : *table) {
            if (found->second.count(std::string(key.str())) == 0) {
                complaints.add(key.source(), "[" + found->first + "] has no key \"" + std::string(key.str()) + "\"" +
                                                 suggestion(key.str(), found->second));
            }
        }
    }
}

std::string first_line(const std::filesystem::path &path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
        line.pop_back();
    }
    return line;
}

void fill_secret(std::string &secret, const char *variable, const char *credential) {
    if (!secret.empty()) {
        return;
    }
    if (const char *value = std::getenv(variable)) {
        secret = value;
    } else if (const char *directory = std::getenv("CREDENTIALS_DIRECTORY")) {
        secret = first_line(std::filesystem::path(directory) / credential);
    }
}

void anchor_directories(IngestConfig &ingest, const std::filesystem::path &base) {
    for (std::filesystem::path *directory : {&ingest.inbox, &ingest.spool, &ingest.archive, &ingest.rejected, &ingest.failed}) {
        *directory = (base / *directory).lexically_normal(); // an absolute one replaces the base
    }
}

} // namespace

ConfigError::ConfigError(std::vector<std::string> messages)
    : std::runtime_error(joined(messages)), messages_(std::move(messages)) {}

Config parse_config(std::string_view text, const std::filesystem::path &path, const std::vector<std::string> &overrides) {
    toml::table root;
    try {
        root = toml::parse(text, path.string());
    } catch (const toml::parse_error &error) {
        throw ConfigError({position(path.string(), error.source()) + ": " + std::string(error.description())});
    }
    for (const std::string &setting : overrides) {
        merge_into(root, parse_override(setting));
    }

    Config config;
    Complaints complaints(path.string());
    std::map<std::string, std::set<std::string>> known;
    visit_settings(config, [&](const char *section, const char *key, auto &member, const auto &limits) {
        known[section].insert(key);
        const toml::node *node = root[section][key].node();
        if (node == nullptr) {
            return;
        }
        if (const std::string wrong = read_setting(*node, member, limits); !wrong.empty()) {
            complaints.add(node->source(), "[" + std::string(section) + "] " + key + " " + wrong);
        }
    });
    refuse_unknown(root, known, complaints);
    std::vector<std::string> errors = complaints.messages();
    if (errors.empty()) { // else a half-read config would be judged
        for (const std::string &wrong : check_together(config)) {
            errors.push_back(path.string() + ": " + wrong);
        }
    }
    if (!errors.empty()) {
        throw ConfigError(std::move(errors));
    }
    anchor_directories(config.ingest, std::filesystem::absolute(path).parent_path());
    fill_secret(config.database.password, "NEM12_DATABASE_PASSWORD", "database_password");
    fill_secret(config.redis.password, "NEM12_REDIS_PASSWORD", "redis_password");
    return config;
}

Config load_config(const std::filesystem::path &path, const std::vector<std::string> &overrides) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        throw ConfigError({path.string() + ": cannot be read; make it from example.config.toml"});
    }
    return parse_config(text.str(), path, overrides);
}

} // namespace nem12::loader
