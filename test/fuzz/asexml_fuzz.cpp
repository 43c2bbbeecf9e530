// Any bytes as an aseXML message: it is unwrapped, or refused by a name, the same whatever pieces it comes in. The first byte
// is the size of the pieces.

#include <cstdint>
#include <string>
#include <vector>

#include "require.hpp"
#include "unpack/message_reader.hpp"

namespace {

using namespace nem12::loader;

constexpr int kMost = 20;

class Members : public MemberSink {
public:
    void begin(std::string_view name) override {
        NEM12_REQUIRE(!open_ && name.starts_with("m/") && name.ends_with(".csv"));
        open_ = true;
        told.emplace_back(name);
        told.emplace_back();
    }
    void add(std::span<const char> bytes) override {
        NEM12_REQUIRE(open_ && !bytes.empty());
        told.back().append(bytes.data(), bytes.size());
    }
    void end() override {
        const std::string &content = told.back();
        NEM12_REQUIRE(open_ && content.ends_with("\r\n") && content.find_first_not_of(" \t\r\n") == 0);
        for (size_t at = content.find('\n'); at != std::string::npos; at = content.find('\n', at + 1))
            NEM12_REQUIRE(content[at - 1] == '\r');
        open_ = false;
    }
    void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) override {
        NEM12_REQUIRE(!open_ && transaction_ids.size() * 2 == told.size() && transaction_ids.size() <= kMost);
        told.emplace_back(message_id);
        told.insert(told.end(), transaction_ids.begin(), transaction_ids.end());
    }
    std::vector<std::string> told;

private:
    bool open_ = false;
};

// What came of it: the members and ids, nothing when it is refused. (Which of its faults expat names may depend on the pieces:
// it guesses the encoding by what it has of the first bytes.)
std::vector<std::string> read(std::string_view bytes, size_t piece) {
    Members members;
    MessageReader reader("m", kMost, members);
    try {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
            reader.add({bytes.data(), std::min(piece, bytes.size())});
        NEM12_REQUIRE(reader.finish() > 0);
        return members.told;
    } catch (const ArchiveError &error) {
        NEM12_REQUIRE(error.code().starts_with("asexml_") || error.code() == "archive_entries");
        NEM12_REQUIRE(!error.hint.empty() && error.text.size() < 600);
        return {};
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char *>(data) + 1, size - 1);
    MessageReader::starts_message(bytes);
    NEM12_REQUIRE(read(bytes, data[0] + size_t{1}) == read(bytes, bytes.size() + 1));
    return 0;
}
