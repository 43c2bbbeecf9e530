#include "unpack/xml_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/files.hpp"
#include "mdff/without.hpp"

namespace nem12::loader {

namespace {

constexpr char kSeparator = '\n'; // between a namespace and a local name; no name has it
constexpr int kMostDepth = 32;    // a message has six
constexpr size_t kPieceBytes = 64 * 1024;
constexpr size_t kMostText = 60; // before and after the place of an error

constexpr const char *kSendWellFormed = "Send the message as its system wrote it, whole and well-formed";
constexpr const char *kSendWithoutDtd = "Send the message without a DOCTYPE";
constexpr const char *kSendUtf8 = "Send the message in UTF-8";

// expat keeps names for good and a tag until its end, so memory is counted where it is taken: of all parsers of this thread,
// which is one at a time. A block begins with its own size.
constexpr size_t kBlockHead = alignof(std::max_align_t);
thread_local size_t memory_taken = 0;

void *take_memory(size_t size) {
    if (size > XmlReader::kMostMemory - std::min(memory_taken, XmlReader::kMostMemory) && !NEM12_WITHOUT(xml_memory))
        return nullptr;
    auto *block = static_cast<char *>(std::malloc(kBlockHead + size));
    if (block == nullptr)
        return nullptr;
    std::memcpy(block, &size, sizeof size);
    memory_taken += size;
    return block + kBlockHead;
}

void give_memory(void *memory) {
    if (memory == nullptr)
        return;
    char *block = static_cast<char *>(memory) - kBlockHead;
    size_t size = 0;
    std::memcpy(&size, block, sizeof size);
    memory_taken -= size;
    std::free(block);
}

void *change_memory(void *memory, size_t size) {
    void *changed = take_memory(size);
    if (changed == nullptr || memory == nullptr)
        return changed;
    size_t before = 0;
    std::memcpy(&before, static_cast<char *>(memory) - kBlockHead, sizeof before);
    std::memcpy(changed, memory, std::min(before, size));
    give_memory(memory);
    return changed;
}

constexpr XML_Memory_Handling_Suite kMemory = {take_memory, change_memory, give_memory};

// Parts of a line for people to see; of UTF-16 without the zeros between.
std::string end_of_line(std::string_view bytes) {
    std::string text(bytes.substr(bytes.size() - std::min(bytes.size(), 2 * kMostText)));
    std::erase(text, '\0');
    text.erase(0, text.find_last_of("\r\n") + 1);
    return text.substr(text.size() - std::min(text.size(), kMostText));
}

std::string begin_of_line(std::string_view bytes) {
    std::string text(bytes.substr(0, 2 * kMostText));
    std::erase(text, '\0');
    return text.substr(0, std::min(text.find_first_of("\r\n"), kMostText));
}

std::string_view local(const char *name) {
    std::string_view text(name);
    size_t at = text.rfind(kSeparator);
    return at == std::string_view::npos ? text : text.substr(at + 1);
}

} // namespace

std::string_view XmlAttributes::find(std::string_view local_name) const {
    for (const char **pair = pairs_; *pair != nullptr; pair += 2) {
        if (local(pair[0]) == local_name)
            return pair[1];
    }
    return {};
}

template <typename Event>
void XmlReader::guarded(void *self, Event event) noexcept {
    auto *reader = static_cast<XmlReader *>(self);
    if (reader->failure_ != nullptr)
        return; // expat may have some more to say after XML_StopParser
    try {
        event(*reader);
    } catch (...) {
        reader->failure_ = std::current_exception();
        XML_StopParser(reader->parser_, XML_FALSE);
    }
}

XmlReader::XmlReader(XmlEvents &events)
    : events_(events), parser_(XML_ParserCreate_MM(nullptr, &kMemory, std::string(1, kSeparator).c_str())) {
    if (parser_ == nullptr)
        throw std::bad_alloc();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_,
        [](void *self, const XML_Char *name, const XML_Char **attributes) {
            guarded(self, [&](XmlReader &reader) {
                if (++reader.depth_ > kMostDepth)
                    throw reader.refusal("asexml_depth",
                                         "elements are nested deeper than " + std::to_string(kMostDepth) + " levels",
                                         kSendWellFormed);
                reader.events_.start(local(name), XmlAttributes(attributes));
            });
        },
        [](void *self, const XML_Char *name) {
            guarded(self, [&](XmlReader &reader) {
                --reader.depth_;
                reader.events_.end(local(name));
            });
        });
    XML_SetCharacterDataHandler(parser_, [](void *self, const XML_Char *text, int size) {
        guarded(self, [&](XmlReader &reader) { reader.events_.text({text, static_cast<size_t>(size)}); });
    });
    // Without a DTD nothing declares an entity, and expat fetches nothing: no bomb is possible. Its own limit on what entities
    // come to stays on beside that.
    if (!NEM12_WITHOUT(xml_doctype))
        XML_SetStartDoctypeDeclHandler(parser_, [](void *self, const XML_Char *, const XML_Char *, const XML_Char *, int) {
            guarded(self, [](XmlReader &reader) {
                throw reader.refusal("asexml_doctype", "the message declares a document type, which may define entities",
                                     kSendWithoutDtd);
            });
        });
}

XmlReader::~XmlReader() { XML_ParserFree(parser_); }

void XmlReader::add(std::span<const char> bytes) {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(kPieceBytes, bytes.size())))
        parse(bytes.data(), std::min(kPieceBytes, bytes.size()), false);
}

void XmlReader::finish() { parse("", 0, true); }

void XmlReader::parse(const char *bytes, size_t size, bool last) {
    if (size > 0)
        end_.assign(bytes + size - std::min(size, 2 * kMostText), std::min(size, 2 * kMostText));
    XML_Status status = XML_Parse(parser_, bytes, static_cast<int>(size), last ? XML_TRUE : XML_FALSE);
    if (failure_ != nullptr)
        std::rethrow_exception(failure_);
    if (status != XML_STATUS_OK)
        throw expat_refusal();
}

ArchiveError XmlReader::expat_refusal() const {
    XML_Error error = XML_GetErrorCode(parser_);
    std::string said = XML_ErrorString(error);
    switch (error) {
    case XML_ERROR_NO_MEMORY:
        return refusal("asexml_too_complex", "a tag or a comment is too long, or there are too many different names",
                       kSendWellFormed);
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
    case XML_ERROR_PARTIAL_CHAR: return refusal("asexml_truncated", "the message ends in the middle: " + said, kSendWellFormed);
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING:
        return refusal("asexml_encoding", "the message is not in the encoding it declares, or in an unknown one: " + said,
                       kSendUtf8);
    default: return refusal("asexml_malformed", "the message is not well-formed XML: " + said, kSendWellFormed);
    }
}

ArchiveError XmlReader::refusal(std::string code, const std::string &message, std::string hint) const {
    ArchiveError error(std::move(code), message);
    error.line = XML_GetCurrentLineNumber(parser_);
    error.text = text_here();
    error.hint = std::move(hint);
    error.source = "MDFF 1.1 b"; // an MDFF may come inside aseXML
    return error;
}

// What stands around here in the line.
std::string XmlReader::text_here() const {
    int offset = 0, size = 0;
    const char *context = XML_GetInputContext(parser_, &offset, &size);
    if (context == nullptr || offset < 0 || offset >= size)
        return display_text(end_of_line(end_));
    std::string_view all(context, static_cast<size_t>(size));
    auto here = static_cast<size_t>(offset);
    return display_text(end_of_line(all.substr(0, here)) + begin_of_line(all.substr(here)));
}

} // namespace nem12::loader
