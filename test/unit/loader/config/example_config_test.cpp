// example.config.toml is documentation that is checked: it parses, names every key, and shows the true defaults.

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <toml++/toml.h>

#include "config/load_config.hpp"
#include "config/settings.hpp"

namespace nem12::loader {
namespace {

const std::filesystem::path kExample = std::filesystem::path(NEM12_SOURCE_DIR) / "example.config.toml";

TEST(ExampleConfig, MentionsEveryKey) {
    const toml::table example = toml::parse_file(kExample.string());
    Config config;
    int keys = 0;
    visit_settings(config, [&](const char *section, const char *key, auto &, const auto &) {
        EXPECT_TRUE(example[section][key]) << "[" << section << "] " << key;
        ++keys;
    });
    EXPECT_GT(keys, 50);
}

TEST(ExampleConfig, EqualsTheDefaults) {
    const Config example = load_config(kExample);
    const Config defaults = parse_config("", kExample);
    // Both walks see the settings in the same order.
    std::vector<std::string> shown;
    const auto show = [](const auto &value) {
        std::ostringstream text;
        if constexpr (requires { value.count(); }) {
            text << value.count();
        } else if constexpr (requires { text << value; }) {
            text << value;
        } else {
            for (const auto &element : value) {
                text << element << ',';
            }
        }
        return text.str();
    };
    visit_settings(example, [&](const char *, const char *, const auto &value, const auto &) { shown.push_back(show(value)); });
    size_t at = 0;
    visit_settings(defaults, [&](const char *section, const char *key, const auto &value, const auto &) {
        EXPECT_EQ(shown.at(at++), show(value)) << "[" << section << "] " << key;
    });
}

} // namespace
} // namespace nem12::loader
