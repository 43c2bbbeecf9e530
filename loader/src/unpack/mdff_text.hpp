#pragma once
// The text of a CSV element of an aseXML message as the bytes of the MDFF that was put into it.
//
// XML turns every CR LF into LF (XML 1.0, 2.11), so that the CR is put back: the bytes are those of the file, and the same file
// sent bare is known by its SHA-256. White space around it is the message's layout.

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace nem12::loader {

class MdffText {
public:
    using Out = std::function<void(std::span<const char>)>;
    explicit MdffText(Out out) : out_(std::move(out)) {}

    void add(std::string_view piece);
    void finish(); // the last line gets its line end; what comes then is another element's

private:
    Out out_;
    bool begun_ = false; // something but white space came
    char last_ = '\n';
    std::string held_; // white space that may be the last
    std::string buffer_;

    void append(std::string_view piece);
    void flush();
};

} // namespace nem12::loader
