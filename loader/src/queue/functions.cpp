#include "queue/functions.hpp"

#include <openssl/evp.h>

#include "mdff/without.hpp"
#include "queue/functions_lua.hpp"

namespace nem12::loader {
namespace {

std::string fingerprint(std::string_view text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha256(), nullptr);
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < 8 && i < size; ++i) {
        out += kHex[digest[i] >> 4];
        out += kHex[digest[i] & 15];
    }
    return out;
}

} // namespace

const QueueLibrary &queue_library() {
    static const QueueLibrary library = [] {
        QueueLibrary made;
        made.version = fingerprint(kQueueFunctions);
        made.source =
            std::string(kQueueFunctions) + "register('version', function() return '" + made.version + "' end, 'no-writes')\n";
        if (NEM12_WITHOUT(fence))
            made.source.erase(made.source.find("h[1] == fence and "), 18);
        return made;
    }();
    return library;
}

} // namespace nem12::loader
