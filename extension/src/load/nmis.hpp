#pragma once
// Which NMIs a file put days into the store for, so that these days can be found again without an index on their file.

#include <string_view>

#include "pg/postgres.hpp"

namespace nem12::load {

// An NMI as a key: zeros after its end. No NMI is longer, with check digit or without (the parser sees to it).
struct ListedNmi {
    char text[12];

    std::string_view view() const { return {text, strnlen(text, sizeof text)}; }
};

// Lives in the memory that was current at its first add(). At most kMost different NMIs: a list of the whole market would cost
// the memory that loading a file of any size must not.
class NmiList {
public:
    static constexpr int kMost = 50'000;

    void add(std::string_view nmi);

    // Sorts. Afterwards 0..count() - 1 are the different ones, in order; none when there were too many.
    void close();
    bool is_complete() const { return !overflown_; }
    int count() const { return count_; }
    const ListedNmi &operator[](int i) const { return nmis_[i]; }

private:
    ListedNmi *nmis_; // with repetitions, up to close()
    int count_, room_;
    bool overflown_;

    void make_unique();
    void make_room();
};

} // namespace nem12::load
