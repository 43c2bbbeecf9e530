#pragma once
// The files named on the command line: archives opened, every MDFF in them validated and hashed.

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "judge/judged_file.hpp"
#include "judge/verdict.hpp"

namespace nem12::loader {

struct InputFile {
    JudgedFile file; // path: where its bytes are, the file itself or a copy of an archive's member
    Verdict verdict;
};

class InputFiles {
public:
    // keep_members: archive members are copied to a private directory, for loading; else they are only looked at.
    InputFiles(const IngestConfig &config, bool keep_members);
    ~InputFiles();
    InputFiles(const InputFiles &) = delete;
    InputFiles &operator=(const InputFiles &) = delete;

    // The MDFFs in one file. An archive that is refused as a whole is one InputFile with its verdict. Throws FileError when
    // the file cannot be read.
    std::vector<InputFile> open(const std::string &path);

private:
    InputFile look_at(const std::filesystem::path &path) const;
    std::filesystem::path next_temp();

    IngestConfig config_;
    bool keep_members_;
    std::filesystem::path temp_; // made when first needed, removed with everything in it
    uint64_t temps_ = 0;
};

} // namespace nem12::loader
