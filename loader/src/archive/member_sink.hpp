#pragma once
// Where the files that are unpacked go.

#include <span>
#include <string>
#include <string_view>

namespace nem12::loader {

// Gets the members in turn: begin, add..., end for each. Names are "a.zip/b.csv" for a member of a nested archive.
class MemberSink {
public:
    virtual ~MemberSink() = default;
    virtual void begin(std::string_view display_name) = 0;
    virtual void add(std::span<const char> bytes) = 0;
    virtual void end() = 0;
    // An aseXML message has come to its end: its members are the last ones, and these are their transactions. An id that the
    // message does not give is empty.
    virtual void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) = 0;
};

} // namespace nem12::loader
