#include "commands/input_files.hpp"

#include <cstdlib>
#include <optional>

#include <unistd.h>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "intake/copy.hpp"
#include "judge/validator.hpp"
#include "unpack/expand.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

constexpr size_t kBuffer = 1 << 20;

JudgedFile described(std::string name, fs::path path, std::string sha256, int64_t bytes, const Verdict &verdict) {
    JudgedFile file;
    file.sha256 = std::move(sha256);
    file.name = std::move(name);
    file.bytes = bytes;
    file.file_creation = verdict.file_creation;
    file.months = verdict.months;
    file.expected = expected_of(verdict);
    file.path = std::move(path);
    return file;
}

size_t read_some(int fd, std::vector<char> &buffer, const fs::path &path) {
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got >= 0) {
            return static_cast<size_t>(got);
        }
        if (errno != EINTR) {
            throw_file_error("cannot read", path);
        }
    }
}

// Members with what is said of them.
class Inputs : public MemberSink {
public:
    void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) override {
        set_message(members, message_id, transaction_ids, [](InputFile &member) -> JudgedFile & { return member.file; });
    }
    std::vector<InputFile> members;
};

// Members that are only looked at.
class Looked : public Inputs {
public:
    explicit Looked(const IngestConfig &config) : config_(config) {}
    void begin(std::string_view name) override {
        name_ = display_text(name);
        bytes_ = 0;
        validator_.emplace(config_);
    }
    void add(std::span<const char> bytes) override {
        bytes_ += static_cast<int64_t>(bytes.size());
        validator_->add(bytes);
    }
    void end() override {
        Verdict verdict = validator_->finish();
        JudgedFile file = described(name_, {}, {}, bytes_, verdict);
        members.push_back({std::move(file), std::move(verdict)});
    }

private:
    const IngestConfig &config_;
    std::string name_;
    int64_t bytes_ = 0;
    std::optional<Validator> validator_;
};

// Members that are going to be loaded.
class Kept : public Inputs {
public:
    Kept(const IngestConfig &config, std::function<fs::path()> make_temp) : config_(config), make_temp_(std::move(make_temp)) {}
    void begin(std::string_view name) override { copy_.emplace(config_, display_text(name), make_temp_(), true); }
    void add(std::span<const char> bytes) override { copy_->add(bytes); }
    void end() override {
        Copied copied = copy_->finish();
        JudgedFile file = described(copied.name, copied.temp.release(), copied.sha256, copied.bytes, copied.verdict);
        members.push_back({std::move(file), std::move(copied.verdict)});
    }

private:
    const IngestConfig &config_;
    std::function<fs::path()> make_temp_;
    std::optional<Copy> copy_;
};

} // namespace

InputFiles::InputFiles(const IngestConfig &config, bool keep_members) : config_(config), keep_members_(keep_members) {}

InputFiles::~InputFiles() {
    std::error_code ignored;
    if (!temp_.empty()) {
        fs::remove_all(temp_, ignored);
    }
}

fs::path InputFiles::next_temp() {
    if (temp_.empty()) {
        std::string name = (fs::temp_directory_path() / "nem12-loader-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw_file_error("cannot make a directory like", name);
        }
        temp_ = name;
    }
    return temp_ / std::to_string(++temps_);
}

InputFile InputFiles::look_at(const fs::path &path) const {
    const UniqueFd fd = open_for_reading(path);
    std::vector<char> buffer(kBuffer);
    Validator validator(config_);
    Sha256 sha;
    int64_t bytes = 0;
    for (size_t got = read_some(fd.get(), buffer, path); got > 0; got = read_some(fd.get(), buffer, path)) {
        const std::span<const char> part(buffer.data(), got);
        validator.add(part);
        if (keep_members_) {
            sha.add(part);
        }
        bytes += static_cast<int64_t>(got);
    }
    Verdict verdict = validator.finish();
    JudgedFile file = described(display_text(path.string()), path, keep_members_ ? sha.finish() : "", bytes, verdict);
    return {std::move(file), std::move(verdict)};
}

std::vector<InputFile> InputFiles::open(const std::string &path) {
    if (fs::is_directory(path)) {
        throw FileError(display_text(path) + " is a directory");
    }
    std::vector<char> head(kHeadBytes);
    {
        const UniqueFd fd = open_for_reading(path);
        head.resize(read_some(fd.get(), head, path));
    }
    const FileKind kind = kind_of(head);
    std::vector<InputFile> files;
    if (kind == FileKind::kText) {
        files.push_back(look_at(path));
        return files;
    }
    const ArchiveLimits limits(config_);
    const auto make_temp = [this] { return next_temp(); };
    try {
        if (keep_members_) {
            Kept sink(config_, make_temp);
            expand(path, kind, path, limits, make_temp, sink);
            return std::move(sink.members);
        }
        Looked sink(config_);
        expand(path, kind, path, limits, make_temp, sink);
        return std::move(sink.members);
    } catch (const ArchiveError &error) {
        Verdict verdict = refusal(error);
        files.push_back({described(display_text(path), path, {}, 0, verdict), std::move(verdict)});
        files.back().file.message_id = error.message_id;
        return files;
    }
}

} // namespace nem12::loader
