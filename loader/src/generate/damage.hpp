#pragma once
// Breaks records of a generated file the way real ones are broken.

#include <cstdint>
#include <string>
#include <string_view>

namespace nem12::loader {

class Damage {
public:
    Damage(uint64_t seed, int interval) : seed_(seed), values_(1440 / interval) {}

    // Appends the lines of `text`, about 5 % of them broken; the first 300 always is.
    void append(std::string_view text, std::string &out);
    bool drops_end() const; // every eighth file also lacks its 900
    uint64_t damaged() const { return damaged_; }

private:
    uint64_t seed_;
    size_t values_;
    uint64_t line_ = 0, damaged_ = 0;

    std::string broken(std::string_view line, uint64_t dice) const;
};

} // namespace nem12::loader
