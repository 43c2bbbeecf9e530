#pragma once
// Where the files that are unpacked go.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nem12::loader {

// Gets the members in turn: begin, add..., end for each. Names are "a.zip/b.csv" for a member of a nested archive.
class MemberSink {
public:
    virtual ~MemberSink() = default;
    virtual void begin(std::string_view display_name) = 0;
    virtual void add(std::span<const char> bytes) = 0;
    virtual void end() = 0;
    // Called at the end of an aseXML message: the last members came in it, with these transactions. An id that the message does
    // not give is empty.
    virtual void came_in_message(std::string_view message_id, std::span<const std::string> transaction_ids) = 0;
};

// For came_in_message(): writes the ids into the last of the members. `file_of` finds in a member what has the two ids.
template <typename Member, typename FileOf>
void set_message(std::vector<Member> &members, std::string_view message_id, std::span<const std::string> transaction_ids,
                 FileOf file_of) {
    auto member = members.end() - static_cast<std::ptrdiff_t>(transaction_ids.size());
    for (const std::string &transaction_id : transaction_ids) {
        auto &file = file_of(*member++);
        file.message_id = message_id;
        file.transaction_id = transaction_id;
    }
}

} // namespace nem12::loader
