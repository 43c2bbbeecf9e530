#pragma once
// Validation of one MDFF by the same library as the server's, so the two never disagree. Bytes are pushed while they are
// copied and hashed: one pass over them. Memory does not grow with the file.

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <span>

#include "config/config.hpp"
#include "judge/verdict.hpp"
#include "mdff/parser.hpp"
#include "unpack/archive_error.hpp"

namespace nem12::loader {

class Validator {
public:
    explicit Validator(const IngestConfig &config,
                       std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

    void add(std::span<const char> bytes);
    // Call once, after the last byte. Loadable: on_invalid = reject: no error at all; skip: the file as a whole is not refused
    // and something good is left.
    Verdict finish();

private:
    bool skip_;
    std::unique_ptr<mdff::Parser> parser_;
    Verdict verdict_;
    std::set<mdff::Date> months_;
    bool has_header_ = false;
    std::string first_line_; // as far as it is needed to name the sender when the parser refuses the 100

    void keep_first_line(std::span<const char> bytes);
    void name_sender();
    void drain();
    void note_finding();
};

Verdict validate_file(const std::filesystem::path &path, const IngestConfig &config);

// A verdict about a file that is not looked into: unreadable archives, files over the size limit, refusals by the server.
Verdict refusal(std::string_view code, std::string_view message, std::string_view hint, std::string_view source = {});
Verdict refusal(const ArchiveError &error);

} // namespace nem12::loader
