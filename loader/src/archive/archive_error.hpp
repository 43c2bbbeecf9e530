#pragma once
// Why an archive is refused as a whole. `code` is a stable name for programs: archive_corrupt, archive_truncated,
// archive_encrypted, archive_method, archive_overlap, archive_duplicate, archive_extra_data, archive_entries, archive_depth,
// archive_ratio, archive_member_size, archive_size, archive_empty.

#include <stdexcept>
#include <string>

namespace nem12::loader {

class ArchiveError : public std::runtime_error {
public:
    ArchiveError(std::string code, const std::string &message) : std::runtime_error(message), code_(std::move(code)) {}
    const std::string &code() const { return code_; }

private:
    std::string code_;
};

} // namespace nem12::loader
