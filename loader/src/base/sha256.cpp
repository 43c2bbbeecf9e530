#include "base/sha256.hpp"

#include <cerrno>
#include <new>
#include <stdexcept>

#include <openssl/evp.h>
#include <unistd.h>

#include "base/files.hpp"

namespace nem12::loader {

void Sha256::Free::operator()(evp_md_ctx_st *context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
        throw std::bad_alloc();
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const char> bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1)
        throw std::runtime_error("SHA-256 failed");
}

std::string Sha256::finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_.get(), digest, &size) != 1)
        throw std::runtime_error("SHA-256 failed");
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < size; ++i)
        text += {kHex[digest[i] >> 4], kHex[digest[i] & 15]};
    return text;
}

std::string sha256_of_file(const std::filesystem::path &path) {
    UniqueFd fd = open_for_reading(path);
    Sha256 sha;
    std::string buffer(1 << 20, '\0');
    for (;;) {
        ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw_file_error("cannot read", path);
        if (got == 0)
            return sha.finish();
        sha.add({buffer.data(), static_cast<size_t>(got)});
    }
}

} // namespace nem12::loader
