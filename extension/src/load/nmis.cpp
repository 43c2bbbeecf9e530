#include "load/nmis.hpp"

#include <algorithm>

namespace nem12::load {
namespace {

int compare(const ListedNmi &a, const ListedNmi &b) { return memcmp(a.text, b.text, sizeof a.text); }

} // namespace

void NmiList::add(std::string_view nmi) {
    if (overflown_ || (count_ > 0 && nmis_[count_ - 1].view() == nmi))
        return;
    if (nmi.size() > sizeof ListedNmi::text) {
        overflown_ = true;
        return;
    }
    if (count_ == room_)
        make_room();
    if (overflown_)
        return;
    ListedNmi &added = nmis_[count_++];
    added = {};
    nmi.copy(added.text, sizeof added.text);
}

void NmiList::close() {
    make_unique();
    if (overflown_)
        count_ = 0;
}

void NmiList::make_unique() {
    std::sort(nmis_, nmis_ + count_, [](const ListedNmi &a, const ListedNmi &b) { return compare(a, b) < 0; });
    ListedNmi *end =
        std::unique(nmis_, nmis_ + count_, [](const ListedNmi &a, const ListedNmi &b) { return compare(a, b) == 0; });
    count_ = static_cast<int>(end - nmis_);
    overflown_ |= count_ > kMost;
}

// A file may come back to each NMI again and again; what is repeated goes before more memory is taken.
void NmiList::make_room() {
    constexpr int kFirst = 8;
    make_unique();
    if (overflown_ || count_ < room_ / 2)
        return;
    room_ = room_ == 0 ? kFirst : 2 * room_;
    const size_t bytes = sizeof(ListedNmi) * static_cast<size_t>(room_);
    nmis_ = static_cast<ListedNmi *>(nmis_ == nullptr ? palloc(bytes) : repalloc(nmis_, bytes));
}

} // namespace nem12::load
