#pragma once
// Appends text to a buffer of fixed size; what does not fit whole is noticed, not written. Internal to mdff.

#include <charconv>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace mdff {

class TextSink {
public:
    explicit TextSink(std::span<char> out) noexcept : at_(out.data()), begin_(out.data()), end_(out.data() + out.size()) {}

    void add(std::string_view text) noexcept {
        if (text.size() > static_cast<size_t>(end_ - at_)) {
            overflow();
        } else if (!text.empty()) {
            std::memcpy(at_, text.data(), text.size());
            at_ += text.size();
        }
    }

    void add(char c) noexcept {
        if (at_ == end_) {
            overflow();
        } else {
            *at_++ = c;
        }
    }

    void add(int number) noexcept {
        char digits[11];
        const auto result = std::to_chars(std::begin(digits), std::end(digits), number);
        add(std::string_view(digits, static_cast<size_t>(result.ptr - digits)));
    }

    // At least `size` characters to fill in place, then taken() as many as were used; nullptr when there is no such room.
    char *room(size_t size) const noexcept { return static_cast<size_t>(end_ - at_) >= size ? at_ : nullptr; }
    void taken(size_t size) noexcept { at_ += size; }

    bool fits() const noexcept { return fits_; }
    size_t size() const noexcept { return fits_ ? static_cast<size_t>(at_ - begin_) : 0; } // 0 when something did not fit

private:
    char *at_;
    char *begin_;
    char *end_;
    bool fits_ = true;

    void overflow() noexcept {
        fits_ = false;
        end_ = at_; // nothing shorter may follow
    }
};

} // namespace mdff
