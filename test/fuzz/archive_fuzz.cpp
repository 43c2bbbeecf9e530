// Any bytes as a zip or gzip file: it is unpacked within the limits, or refused by a name, and nothing is left behind.

#include <cstdint>
#include <fstream>
#include <iterator>

#include "folder.hpp"
#include "unpack/expand.hpp"

namespace {

using namespace nem12::loader;

IngestConfig small_limits() {
    IngestConfig config;
    config.max_member_bytes = 1 << 20;
    config.max_archive_bytes = 2 << 20;
    config.max_archive_entries = 20;
    config.max_archive_depth = 3;
    return config;
}

class Counter : public MemberSink {
public:
    void begin(std::string_view name) override {
        NEM12_REQUIRE(!open_ && !name.empty());
        open_ = true;
        bytes_ = 0;
    }
    void add(std::span<const char> bytes) override {
        NEM12_REQUIRE(open_ && !bytes.empty());
        bytes_ += static_cast<int64_t>(bytes.size());
        total_ += static_cast<int64_t>(bytes.size());
        NEM12_REQUIRE(bytes_ <= 1 << 20 && total_ <= 2 << 20);
    }
    void end() override {
        NEM12_REQUIRE(open_ && bytes_ > 0);
        open_ = false;
        ++members;
    }
    void came_in_message(std::string_view, std::span<const std::string> ids) override { NEM12_REQUIRE(!ids.empty()); }
    int members = 0;

private:
    bool open_ = false;
    int64_t bytes_ = 0, total_ = 0;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const nem12::fuzz::Folder folder;
    static const IngestConfig config = small_limits();
    const std::span<const char> bytes(reinterpret_cast<const char *>(data), size);
    const FileKind kind = kind_of(bytes);
    if (kind == FileKind::kText)
        return 0;
    const std::filesystem::path path = folder.path() / "archive";
    std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(size));
    Counter counter;
    int temps = 0;
    const auto make_temp = [&] { return folder.path() / ("temp" + std::to_string(++temps)); };
    try {
        const int members = expand(path, kind, "archive", ArchiveLimits(config), make_temp, counter);
        NEM12_REQUIRE(members == counter.members && members > 0);
    } catch (const ArchiveError &error) {
        NEM12_REQUIRE(error.code().starts_with("archive_") || error.code().starts_with("asexml_"));
    }
    const std::filesystem::directory_iterator left(folder.path());
    NEM12_REQUIRE(std::distance(begin(left), end(left)) == 1);
    return 0;
}
