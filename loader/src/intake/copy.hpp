#pragma once
// The one pass over a file's bytes: hashed and validated as they go by, and copied into the spool unless they can be moved
// there.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "base/temp_file.hpp"
#include "config/config.hpp"
#include "judge/validator.hpp"
#include "spool/spool.hpp"
#include "unpack/expand.hpp"

namespace nem12::loader {

// A finished private copy, synced, still under spool/tmp; or what was learned of bytes that are still in the inbox.
struct Copied {
    std::string name; // display name
    TempFile temp;    // empty: still in the inbox
    std::string sha256;
    int64_t bytes = 0;
    Verdict verdict; // of an MDFF; empty for an archive
    std::string message_id, transaction_id;
};

class Copy {
public:
    // `temp` empty: nothing is copied.
    Copy(const IngestConfig &config, std::string name, std::filesystem::path temp, bool validate);
    void add(std::span<const char> bytes);
    Copied finish();

private:
    Copied copied_;
    UniqueFd file_;
    Sha256 sha_;
    std::optional<Validator> validator_;
};

// Every member of an archive becomes a copy of its own. Throws FileError when all of them together have more than `room` bytes.
class CopiedMembers : public MemberSink {
public:
    CopiedMembers(const IngestConfig &config, Spool &spool, int64_t room) : config_(config), spool_(spool), room_(room) {}
    void begin(std::string_view display_name) override;
    void add(std::span<const char> bytes) override;
    void end() override;
    void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) override;
    std::vector<Copied> take() { return std::exchange(members_, {}); }

private:
    const IngestConfig &config_;
    Spool &spool_;
    int64_t room_;
    std::optional<Copy> current_;
    std::vector<Copied> members_;
};

} // namespace nem12::loader
