#pragma once
// Where an export goes: standard output, a file, or files in a folder. In a folder nothing is to be seen of it before all of it
// is there; an export that fails or is stopped leaves nothing behind.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/temp_file.hpp"
#include "export/export_request.hpp"
#include "export/output_file.hpp"

namespace nem12::loader {

struct DestinationOptions {
    std::string out; // a file, a folder, or - for standard output
    ExportFormat format = ExportFormat::kNem12;
    bool per_nmi = false; // `out` is a folder, made if need be
    bool gzip = false;
    bool force = false; // files that exist are replaced
};

class Destination {
public:
    // Throws FileError when the one file exists already.
    explicit Destination(DestinationOptions options);

    bool per_nmi() const { return options_.per_nmi; }
    bool is_stdout() const { return options_.out == "-"; }
    bool in_place() const { return in_place_; } // standard output, a device, a pipe: bytes go there at once

    // The next file; `nmi` where each has its own. Ends the one before.
    OutputFile &open(std::string_view nmi);
    void end_file();
    // All files get their names, once they are whole. Throws FileError, before the first one, when one of them exists.
    void publish();

    int64_t file_bytes() const { return file_bytes_; }
    std::string shown() const; // for people: the file, or the folder

private:
    struct Written {
        TempFile temp;
        std::filesystem::path path;
    };
    std::filesystem::path path_for(std::string_view nmi) const;
    UniqueFd create(const std::filesystem::path &path);

    const DestinationOptions options_;
    bool in_place_ = false;
    std::optional<SyncBatch> sync_; // many files: one flush of the disk for all of them
    std::unique_ptr<OutputFile> file_;
    std::vector<Written> written_;
    int64_t file_bytes_ = 0;
};

} // namespace nem12::loader
