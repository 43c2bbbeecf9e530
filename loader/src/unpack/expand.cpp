#include "unpack/expand.hpp"

#include <cerrno>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.hpp"
#include "unpack/gzip_reader.hpp"
#include "unpack/message_reader.hpp"
#include "unpack/zip_reader.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

FileKind kind_of(std::span<const char> head) {
    std::string_view text(head.data(), head.size());
    if (text.starts_with("PK\3\4") || text.starts_with("PK\5\6") || text.starts_with(std::string_view("PK\7\x8PK", 6)))
        return FileKind::kZip;
    if (text.starts_with("\x1f\x8b"))
        return FileKind::kGzip;
    return MessageReader::starts_message(text.substr(0, kHeadBytes)) ? FileKind::kMessage : FileKind::kText;
}

namespace {

constexpr size_t kBufferBytes = 256 * 1024;
constexpr int64_t kRatioFrom = 1 << 20; // small texts of zeros pack very well

class Expander {
public:
    Expander(const ArchiveLimits &limits, const std::function<fs::path()> &make_temp, MemberSink &sink, int64_t packed)
        : limits_(limits), make_temp_(make_temp), sink_(sink), packed_(packed) {}

    void expand(int fd, FileKind kind, const std::string &name, int depth) {
        if (depth > limits_.depth)
            throw ArchiveError("archive_depth", "archives are nested deeper than " + std::to_string(limits_.depth) +
                                                    " levels: " + display_text(name));
        switch (kind) {
        case FileKind::kZip: return expand_zip(fd, name, depth);
        case FileKind::kGzip: return expand_gzip(fd, name, depth);
        case FileKind::kMessage: return expand_message(fd, name);
        case FileKind::kText: break; // nothing to unpack
        }
    }

    int members() const { return members_; }

private:
    const ArchiveLimits &limits_;
    const std::function<fs::path()> &make_temp_;
    MemberSink &sink_;
    int64_t packed_; // size of what was delivered
    int64_t total_ = 0;
    int members_ = 0, entries_ = 0;

    template <typename Read>
    void member(const std::string &name, int64_t packed, int depth, Read read);

    void expand_zip(int fd, const std::string &name, int depth) {
        ZipReader zip(fd, limits_.entries);
        while (zip.next())
            member(name + "/" + display_text(zip.name()), zip.packed_bytes(), depth,
                   [&](std::span<char> buffer) { return zip.read(buffer); });
    }

    void expand_gzip(int fd, const std::string &name, int depth) {
        GzipReader gzip(fd);
        std::string inner = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name + ".content";
        member(name + "/" + inner.substr(inner.rfind('/') + 1), gzip.packed_bytes(), depth,
               [&](std::span<char> buffer) { return gzip.read(buffer); });
    }

    void expand_message(int fd, const std::string &name) {
        std::vector<char> buffer(kBufferBytes);
        off_t position = 0;
        const auto read = [&] {
            ssize_t got = 0;
            do
                got = ::pread(fd, buffer.data(), buffer.size(), position);
            while (got < 0 && errno == EINTR);
            if (got < 0)
                throw_file_error("cannot read", fs::path(name));
            position += got;
            return static_cast<size_t>(got);
        };
        message(name, buffer, read(), read);
    }

    // `got` bytes are in the buffer already; `fill` brings more.
    template <typename Fill>
    void message(const std::string &name, std::span<char> buffer, size_t got, Fill fill) {
        MessageReader reader(name, limits_.entries - entries_, sink_);
        for (; got > 0; got = fill())
            reader.add(buffer.first(got));
        int members = reader.finish();
        entries_ += members;
        members_ += members;
    }

    void check_limits(const std::string &name, int64_t bytes, int64_t packed) {
        if (bytes > limits_.member_bytes)
            throw ArchiveError("archive_member_size",
                               display_text(name) + " unpacks to more than " + std::to_string(limits_.member_bytes) + " bytes");
        if (total_ > limits_.total_bytes)
            throw ArchiveError("archive_size",
                               "the archive unpacks to more than " + std::to_string(limits_.total_bytes) + " bytes");
        if ((bytes > kRatioFrom && bytes / limits_.ratio > packed) || (total_ > kRatioFrom && total_ / limits_.ratio > packed_))
            throw ArchiveError("archive_ratio", display_text(name) + " unpacks to more than " + std::to_string(limits_.ratio) +
                                                    " times its size");
    }
};

template <typename Read>
void Expander::member(const std::string &name, int64_t packed, int depth, Read read) {
    if (++entries_ > limits_.entries)
        throw ArchiveError("archive_entries", "the archive holds more than " + std::to_string(limits_.entries) + " files");
    std::vector<char> buffer(kBufferBytes);
    int64_t bytes = 0;
    auto fill = [&](std::span<char> room) {
        size_t got = read(room);
        bytes += static_cast<int64_t>(got);
        total_ += static_cast<int64_t>(got);
        check_limits(name, bytes, packed);
        return got;
    };
    size_t got = 0; // enough to know the kind, whatever small pieces come
    for (size_t more = 1; got < kHeadBytes && more > 0; got += more)
        more = fill(std::span(buffer).subspan(got));
    if (got == 0)
        return;
    FileKind kind = kind_of({buffer.data(), got});
    if (kind == FileKind::kText) {
        sink_.begin(name);
        for (; got > 0; got = fill(buffer))
            sink_.add({buffer.data(), got});
        sink_.end();
        ++members_;
        return;
    }
    if (kind == FileKind::kMessage) {
        try {
            return message(name, buffer, got, [&] { return fill(buffer); });
        } catch (const ArchiveError &error) {
            throw error.code().starts_with("asexml_") ? error.in(display_text(name)) : error;
        }
    }
    fs::path temp = make_temp_();
    UniqueFd nested = create_file(temp);
    remove_if_there(temp); // the descriptor is enough; nothing is left whatever happens
    for (; got > 0; got = fill(buffer))
        write_all(nested.get(), {buffer.data(), got}, temp);
    expand(nested.get(), kind, name, depth + 1);
}

} // namespace

int expand(int fd, FileKind kind, std::string_view display_name, const ArchiveLimits &limits,
           const std::function<fs::path()> &make_temp, MemberSink &sink) {
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw_file_error("cannot look at", fs::path(display_name));
    Expander expander(limits, make_temp, sink, status.st_size);
    expander.expand(fd, kind, std::string(display_name), 1);
    if (expander.members() == 0)
        throw ArchiveError("archive_empty", "the archive holds no file");
    return expander.members();
}

int expand(const fs::path &path, FileKind kind, std::string_view display_name, const ArchiveLimits &limits,
           const std::function<fs::path()> &make_temp, MemberSink &sink) {
    UniqueFd fd = open_for_reading(path);
    return expand(fd.get(), kind, display_name, limits, make_temp, sink);
}

} // namespace nem12::loader
