#pragma once
// One TOML value into one member. Each returns what is wrong ("must be ..."), empty when nothing is.

#include <toml++/toml.h>

#include "config/settings.hpp"

namespace nem12::loader {

std::string read_setting(const toml::node &node, std::string &member, AnyText limits);
std::string read_setting(const toml::node &node, std::filesystem::path &member, AnyText limits);
std::string read_setting(const toml::node &node, std::string &member, Choice limits);
std::string read_setting(const toml::node &node, std::vector<std::string> &member, Choice limits); // one word or a list
std::string read_setting(const toml::node &node, std::vector<int> &member, Range limits);          // one number or a list
std::string read_setting(const toml::node &node, bool &member, OnOff limits);
std::string read_integer(const toml::node &node, int64_t &value, Range limits);

template <std::integral Integer>
std::string read_setting(const toml::node &node, Integer &member, Range limits) {
    int64_t value = 0;
    if constexpr (sizeof(Integer) < sizeof value) {
        limits.max = std::min<int64_t>(limits.max, std::numeric_limits<Integer>::max());
    }
    std::string wrong = read_integer(node, value, limits);
    if (wrong.empty()) {
        member = static_cast<Integer>(value);
    }
    return wrong;
}

template <typename Rep, typename Period>
std::string read_setting(const toml::node &node, std::chrono::duration<Rep, Period> &member, Range limits) {
    int64_t value = 0;
    std::string wrong = read_integer(node, value, limits);
    if (wrong.empty()) {
        member = std::chrono::duration<Rep, Period>(value);
    }
    return wrong;
}

} // namespace nem12::loader
