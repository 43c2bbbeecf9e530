#pragma once
// An XML document as its elements and texts, read by expat while its bytes are pushed. Made for documents of strangers: a DTD
// or an entity of their own is refused, and so is what would need more memory than kMostMemory (a tag or a comment without end,
// names without number), whatever the size of the document.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include <expat.h>

#include "unpack/archive_error.hpp"

namespace nem12::loader {

// The attributes of one element.
class XmlAttributes {
public:
    explicit XmlAttributes(const char **pairs) : pairs_(pairs) {}
    std::string_view find(std::string_view local_name) const; // empty: none

private:
    const char **pairs_;
};

// Names are local ones, without prefix and namespace. Texts are UTF-8 with LF as line end, in pieces of any size.
class XmlEvents {
public:
    virtual ~XmlEvents() = default;
    virtual void start(std::string_view name, const XmlAttributes &attributes) = 0;
    virtual void text(std::string_view piece) = 0;
    virtual void end(std::string_view name) = 0;
};

class XmlReader {
public:
    explicit XmlReader(XmlEvents &events);
    ~XmlReader();
    XmlReader(const XmlReader &) = delete;
    XmlReader &operator=(const XmlReader &) = delete;

    // Throw ArchiveError (asexml_...) for what is no well-formed XML, and whatever the events throw. Nothing more after that.
    void add(std::span<const char> bytes);
    void finish();
    // A refusal with the place that is read just now.
    ArchiveError refusal(std::string code, const std::string &message, std::string hint) const;

    static constexpr size_t kMostMemory = 4 << 20;

private:
    XmlEvents &events_;
    XML_Parser parser_;
    int depth_ = 0;
    std::string end_;            // of what was pushed, for the report on a document that is cut there
    std::exception_ptr failure_; // thrown by an event: expat's frames are no place for exceptions

    template <typename Event>
    static void guarded(void *self, Event event) noexcept;
    void parse(const char *bytes, size_t size, bool last);
    ArchiveError expat_refusal() const;
    std::string text_here() const;
};

} // namespace nem12::loader
