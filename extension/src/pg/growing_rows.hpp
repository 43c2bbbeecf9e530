#pragma once
// An array that grows, in the memory context that is current when it is made. Trivially destructible, so an error may jump over
// it.

#include <type_traits>

#include "pg/postgres.hpp"

namespace nem12::pg {

template <class Row>
class GrowingRows {
    static_assert(std::is_trivially_copyable_v<Row>);

public:
    Row &add(const Row &row) {
        if (count_ == room_) {
            room_ *= 2;
            rows_ = static_cast<Row *>(repalloc_huge(rows_, sizeof(Row) * static_cast<size_t>(room_)));
        }
        return rows_[count_++] = row;
    }
    Row *begin() { return rows_; }
    Row *end() { return rows_ + count_; }
    int count() const { return count_; }
    void cut(const Row *end) { count_ = static_cast<int>(end - rows_); }

private:
    int room_ = 64;
    int count_ = 0;
    Row *rows_ = static_cast<Row *>(palloc(sizeof(Row) * static_cast<size_t>(room_)));
};

} // namespace nem12::pg
