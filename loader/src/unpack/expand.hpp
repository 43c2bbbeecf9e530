#pragma once
// Archives to the MDFFs in them: zip and gzip, nested, and aseXML messages, alone and in these. Streams; nothing of a name in
// an archive ever becomes a path. What goes over a limit is refused with its reason, never cut short in silence.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "config/config.hpp"
#include "unpack/archive_error.hpp"
#include "unpack/member_sink.hpp"

namespace nem12::loader {

enum class FileKind { kText, kZip, kGzip, kMessage };
FileKind kind_of(std::span<const char> head); // by content: the first kHeadBytes decide
inline constexpr size_t kHeadBytes = 4096;

// Limits count bytes that were really unpacked, intermediate archives included (config.hpp [ingest]). What comes out of a
// message is no more than the message, which was counted; its members count as entries.
struct ArchiveLimits {
    int64_t member_bytes, total_bytes;
    int entries, depth, ratio;
    explicit ArchiveLimits(const IngestConfig &config)
        : member_bytes(config.max_member_bytes), total_bytes(config.max_archive_bytes), entries(config.max_archive_entries),
          depth(config.max_archive_depth), ratio(config.max_archive_ratio) {}
};

// Unpacks the archive that is open for reading (or at `path`). Throws ArchiveError; the members handed over so far must then be
// dropped. `make_temp` names a file that may be made for a nested archive (removed again). Returns the number of members.
int expand(int fd, FileKind kind, std::string_view display_name, const ArchiveLimits &limits,
           const std::function<std::filesystem::path()> &make_temp, MemberSink &sink);
int expand(const std::filesystem::path &path, FileKind kind, std::string_view display_name, const ArchiveLimits &limits,
           const std::function<std::filesystem::path()> &make_temp, MemberSink &sink);

} // namespace nem12::loader
