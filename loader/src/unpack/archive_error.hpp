#pragma once
// Why an archive or an aseXML message is refused as a whole. `code` is a stable name for programs: archive_corrupt,
// archive_truncated, archive_encrypted, archive_method, archive_overlap, archive_duplicate, archive_extra_data,
// archive_entries, archive_depth, archive_ratio, archive_member_size, archive_size, archive_empty; asexml_malformed,
// asexml_truncated, asexml_encoding, asexml_doctype, asexml_depth, asexml_too_complex, asexml_structure, asexml_group,
// asexml_empty.

#include <cstdint>
#include <stdexcept>
#include <string>

namespace nem12::loader {

class ArchiveError : public std::runtime_error {
public:
    ArchiveError(std::string code, const std::string &message) : std::runtime_error(message), code_(std::move(code)) {}
    const std::string &code() const { return code_; }

    // The same about a file inside another.
    ArchiveError in(const std::string &name) const {
        ArchiveError error(*this);
        error.std::runtime_error::operator=(std::runtime_error(name + ": " + what()));
        return error;
    }

    // What only a message can tell.
    uint64_t line = 0; // 0: the file as a whole
    std::string text;  // what stands there
    std::string message_id, from_participant, to_participant;
    std::string hint = "Send an archive that can be opened, within the limits";
    std::string source = "MDFF 3.2.2";

private:
    std::string code_;
};

} // namespace nem12::loader
