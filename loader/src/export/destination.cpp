#include "export/destination.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

constexpr const char *kNames[] = {"nem12", "nem13", "readings"}; // of files in a folder, in the order of ExportFormat

fs::path folder_of(const fs::path &path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

[[noreturn]] void refuse_existing(const fs::path &path) {
    throw FileError(path.string() + " exists already: --force replaces it");
}

} // namespace

Destination::Destination(DestinationOptions options) : options_(std::move(options)) {
    if (options_.per_nmi)
        return; // which files there will be only the data know
    const fs::path path = path_for({});
    std::error_code none;
    const fs::file_status status = fs::status(path, none);
    in_place_ = is_stdout() || fs::is_other(status);
    if (!in_place_ && !options_.force && fs::exists(fs::symlink_status(path, none)))
        refuse_existing(path);
}

fs::path Destination::path_for(std::string_view nmi) const {
    const fs::path out = options_.out;
    std::error_code none;
    if (nmi.empty() && !fs::is_directory(out, none) && !options_.out.ends_with('/')) // what a link leads to is what is meant
        return fs::is_symlink(out, none) && fs::is_regular_file(out, none) ? fs::canonical(out) : out;
    std::string name = kNames[static_cast<size_t>(options_.format)];
    if (!nmi.empty())
        name += "-" + std::string(nmi);
    return out / file_name_for(name + (options_.gzip ? ".csv.gz" : ".csv"));
}

std::string Destination::shown() const {
    if (is_stdout())
        return "standard output";
    return per_nmi() ? options_.out : path_for({}).string();
}

UniqueFd Destination::create(const fs::path &path) {
    if (in_place_) {
        UniqueFd fd(is_stdout() ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!fd)
            throw_file_error("cannot open", path);
        return fd;
    }
    make_folder(folder_of(path));
    if (per_nmi() && !sync_)
        sync_.emplace(folder_of(path));
    fs::path temp = folder_of(path) / ("." + path.filename().string() + "." + std::to_string(::getpid()) + ".tmp");
    UniqueFd fd = create_file(temp);
    written_.push_back({TempFile(std::move(temp)), path});
    return fd;
}

OutputFile &Destination::open(std::string_view nmi) {
    const fs::path path = path_for(nmi);
    file_ = std::make_unique<OutputFile>(create(path), path, options_.gzip);
    return *file_;
}

void Destination::end_file() {
    file_->finish(!in_place_);
    file_bytes_ += file_->file_bytes();
    file_.reset();
}

void Destination::publish() {
    if (written_.empty())
        return;
    if (sync_)
        sync_->finish();
    if (!options_.force) {
        for (const Written &each : written_) {
            if (fs::exists(fs::symlink_status(each.path)))
                refuse_existing(each.path);
        }
    }
    for (const Written &each : written_) {
        if (options_.force && ::rename(each.temp.path().c_str(), each.path.c_str()) != 0)
            throw_file_error("cannot rename to " + each.path.string(), each.temp.path());
        if (!options_.force && !rename_no_replace(each.temp.path(), each.path))
            refuse_existing(each.path);
    }
    sync_folder(folder_of(written_.front().path));
}

} // namespace nem12::loader
