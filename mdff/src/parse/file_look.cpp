#include "parse/file_look.hpp"

#include "parse/not_mdff.hpp"
#include "parse/record_kind.hpp"

namespace mdff {

bool FileLook::look(const Line &line) noexcept {
    constexpr uint64_t kMaxXmlLines = 50; // to find the name of its root element in
    if (state_ == State::kNotMdff)
        return false;
    if (is_blank(line.text))
        return state_ == State::kUnknown; // a blank line before the first record has its own finding
    if (state_ == State::kUnknown) {
        const FirstLook first = look_at(line.text);
        line_ = line.number;
        note_ = first.note;
        switch (first.look) {
        case Look::kMdff: state_ = State::kMdff; return true;
        case Look::kOther: return refuse(Rule::kNotMdff, line.text);
        case Look::kXml: state_ = State::kXml; break;
        }
    }
    if (names_asexml(line.text))
        return refuse(Rule::kAseXml, {});
    if (names_html(line.text)) {
        note_ = kLooksLikeHtml;
        return refuse(Rule::kNotMdff, {});
    }
    return line.number - line_ >= kMaxXmlLines ? refuse(Rule::kNotMdff, {}) : false;
}

bool FileLook::refuse(Rule rule, std::string_view text) noexcept {
    state_ = State::kNotMdff;
    log_.report_at(line_, 0, rule, -1, text, rule == Rule::kNotMdff ? note_ : std::string_view{});
    return false;
}

void FileLook::finish() noexcept {
    if (state_ == State::kXml)
        refuse(Rule::kNotMdff, {});
}

} // namespace mdff
