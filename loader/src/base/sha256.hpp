#pragma once
// SHA-256 of a stream of bytes: the identity of a file everywhere.

#include <filesystem>
#include <memory>
#include <span>
#include <string>

struct evp_md_ctx_st;

namespace nem12::loader {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256 &&) noexcept = default;
    Sha256 &operator=(Sha256 &&) noexcept = default;

    void add(std::span<const char> bytes);
    std::string finish(); // 64 lower hex digits; call once

private:
    struct Free {
        void operator()(evp_md_ctx_st *context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_of_file(const std::filesystem::path &path);

} // namespace nem12::loader
