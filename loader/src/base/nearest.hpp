#pragma once
// What was meant by a mistyped name.

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace nem12::loader {

// Letters to insert, delete or replace to make one of the other (Levenshtein).
inline size_t edits_between(std::string_view one, std::string_view other) {
    std::vector<size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < one.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < other.size(); ++j) {
            const size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

// The known name nearest to `name`, when it is near enough to be what was meant; otherwise empty.
template <typename Names>
std::string nearest(std::string_view name, const Names &known) {
    std::string best;
    size_t fewest = std::max<size_t>(name.size() / 3, 1) + 1;
    for (const std::string &candidate : known) {
        const size_t edits = candidate.starts_with(name) ? 1 : edits_between(name, candidate);
        if (edits < fewest) {
            fewest = edits;
            best = candidate;
        }
    }
    return best;
}

} // namespace nem12::loader
