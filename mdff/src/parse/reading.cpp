#include "parse/reading.hpp"

#include <charconv>
#include <cstring>

namespace mdff {

void Reading::refuse(RecordKind kind) noexcept {
    if (!log.explained())
        log.report(Rule::kParentRefused);
    ++counts.refused[static_cast<int>(kind)];
    ++counts.refused_records;
}

bool Reading::belongs_to(Version wanted) noexcept {
    if (version == wanted)
        return true;
    log.report(Rule::kMixedVersions, 0, record.line.text);
    return false;
}

void Reading::lose_context() noexcept {
    constexpr std::string_view kLine = "line ";
    lost_note_ = 1 - lost_note_;
    char *const note = lost_notes_[lost_note_];
    std::memcpy(note, kLine.data(), kLine.size());
    char *const end = std::to_chars(note + kLine.size(), note + sizeof lost_notes_[0], record.line.number).ptr;
    lost_note_size_ = static_cast<size_t>(end - note);
}

void Reading::report_context_lost() noexcept { log.report(Rule::kContextLost, -1, {lost_notes_[lost_note_], lost_note_size_}); }

} // namespace mdff
