#include "config/setting_reader.hpp"

#include <algorithm>

namespace nem12::loader {

namespace {

std::string one_of(Choice limits) {
    std::string text = "must be ";
    for (size_t i = 0; i < limits.words.size(); ++i) {
        if (i > 0) {
            text += i + 1 == limits.words.size() ? " or " : ", ";
        }
        text += '"' + std::string(limits.words[i]) + '"';
    }
    return text;
}

// Runs `read` on the value itself or on each element of a list.
template <typename Value, typename Read>
std::string read_list(const toml::node &node, std::vector<Value> &member, const Read &read) {
    std::vector<Value> values;
    std::string wrong;
    const auto take = [&](const toml::node &element) {
        Value value{};
        if (std::string complaint = read(element, value); !complaint.empty()) {
            wrong = std::move(complaint);
        }
        values.push_back(std::move(value));
    };
    if (const toml::array *list = node.as_array()) {
        for (const toml::node &element : *list) {
            take(element);
        }
        if (list->empty()) {
            return "must not be an empty list";
        }
    } else {
        take(node);
    }
    if (wrong.empty()) {
        member = std::move(values);
    }
    return wrong;
}

} // namespace

std::string read_integer(const toml::node &node, int64_t &value, Range limits) {
    const auto *number = node.as_integer();
    if (number != nullptr && number->get() >= limits.min && number->get() <= limits.max) {
        value = number->get();
        return {};
    }
    if (limits.max == kNoLimit) {
        return "must be a whole number, at least " + std::to_string(limits.min);
    }
    return "must be a whole number from " + std::to_string(limits.min) + " to " + std::to_string(limits.max);
}

std::string read_setting(const toml::node &node, std::string &member, AnyText limits) {
    const auto *text = node.as_string();
    if (text == nullptr) {
        return "must be a text in quotes";
    }
    if (!limits.may_be_empty && text->get().empty()) {
        return "must not be empty";
    }
    member = text->get();
    return {};
}

std::string read_setting(const toml::node &node, std::filesystem::path &member, AnyText limits) {
    std::string text;
    std::string wrong = read_setting(node, text, limits);
    if (wrong.empty()) {
        member = text;
    }
    return wrong;
}

std::string read_setting(const toml::node &node, std::string &member, Choice limits) {
    const auto *text = node.as_string();
    if (text == nullptr ||
        std::none_of(limits.words.begin(), limits.words.end(), [&](std::string_view word) { return word == text->get(); })) {
        return one_of(limits);
    }
    member = text->get();
    return {};
}

std::string read_setting(const toml::node &node, std::vector<std::string> &member, Choice limits) {
    return read_list(node, member, [&](const toml::node &element, std::string &value) {
        const std::string wrong = read_setting(element, value, limits);
        return wrong.empty() ? wrong : wrong + ", or a list of them";
    });
}

std::string read_setting(const toml::node &node, std::vector<int> &member, Range limits) {
    return read_list(node, member, [&](const toml::node &element, int &value) { return read_setting(element, value, limits); });
}

std::string read_setting(const toml::node &node, bool &member, OnOff) {
    const auto *flag = node.as_boolean();
    if (flag == nullptr) {
        return "must be true or false";
    }
    member = flag->get();
    return {};
}

} // namespace nem12::loader
