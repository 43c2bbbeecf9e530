#pragma once
// What is unpacked, kept in memory.

#include <string>
#include <utility>
#include <vector>

#include "loader/support/archives.hpp"
#include "unpack/member_sink.hpp"

namespace nem12::loader::test {

class Collector : public MemberSink {
public:
    void begin(std::string_view name) override { files.push_back({std::string(name), ""}); }
    void add(std::span<const char> bytes) override { files.back().content.append(bytes.data(), bytes.size()); }
    void end() override { ++ended; }
    void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) override {
        for (const std::string &transaction_id : transaction_ids)
            ids.emplace_back(message_id, transaction_id);
    }
    std::vector<ArchiveFile> files;
    std::vector<std::pair<std::string, std::string>> ids; // message, transaction
    size_t ended = 0;
};

} // namespace nem12::loader::test
