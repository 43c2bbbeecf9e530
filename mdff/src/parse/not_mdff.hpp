#pragma once
// Tells what is no MDFF at all from a damaged one, by its first line.

#include <cstdint>
#include <string_view>

namespace mdff {

enum class Look : uint8_t {
    kMdff, // starts with a record, or with what may be a damaged one
    kXml,  // aseXML or not: a later line may tell
    kOther // something else
};

struct FirstLook {
    Look look;
    std::string_view note; // for the finding, kOther and kXml: what it looks like
};

// `line`: the first line that is not blank, or its beginning.
FirstLook look_at(std::string_view line) noexcept;

inline constexpr std::string_view kLooksLikeHtml = "it looks like HTML";

bool names_html(std::string_view line) noexcept;
bool names_asexml(std::string_view line) noexcept;

} // namespace mdff
