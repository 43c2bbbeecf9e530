#include "mdff/values_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "values_block.hpp"

namespace mdff {

namespace {

using detail::kMaxWidth;
using detail::kNarrowWidth;
using detail::packed_size;

constexpr std::array<size_t, 4> kReferenceSizes = {0, 1, 2, 8};

int reference_code(int64_t reference) noexcept {
    if (reference == 0) {
        return 0;
    }
    return reference == static_cast<int8_t>(reference) ? 1 : reference == static_cast<int16_t>(reference) ? 2 : 3;
}

struct Block {
    int width;
    int64_t reference; // |reference| <= kMaxMantissa, so reference + residual cannot overflow
    const std::byte *packed;
};

// Walks the blocks of an image; every step is checked against the bytes that are there.
class BlockReader {
public:
    explicit BlockReader(std::span<const std::byte> bytes) noexcept
        : at_(bytes.data() + kValuesHeaderSize), end_(bytes.data() + bytes.size()) {}

    bool next(Block &out) noexcept {
        if (at_ == end_) {
            return false;
        }
        const auto head = std::to_integer<unsigned>(*at_++);
        const unsigned code = head >> 6;
        out.width = static_cast<int>(head & 0x3F);
        const size_t left = static_cast<size_t>(end_ - at_);
        if (out.width > kMaxWidth || left < kReferenceSizes[code] + packed_size(out.width)) {
            return false;
        }
        switch (code) {
        case 0: out.reference = 0; break;
        case 1: out.reference = static_cast<int8_t>(std::to_integer<uint8_t>(*at_)); break;
        case 2: out.reference = static_cast<int16_t>(detail::load_le<2>(at_)); break;
        default:
            out.reference = static_cast<int64_t>(detail::load_le<8>(at_));
            if (out.reference > kMaxMantissa || out.reference < -kMaxMantissa) {
                return false;
            }
        }
        out.packed = at_ + kReferenceSizes[code];
        at_ = out.packed + packed_size(out.width);
        return true;
    }

    bool at_end() const noexcept { return at_ == end_; }

private:
    const std::byte *at_;
    const std::byte *end_;
};

// Hands every block with its number of values to `use`; false when the image breaks off or goes on after its last block.
template <typename Use> bool for_each_block(std::span<const std::byte> bytes, int count, Use &&use) noexcept {
    BlockReader reader(bytes);
    for (int first = 0; first < count; first += kValuesBlock) {
        Block block;
        if (!reader.next(block)) {
            return false;
        }
        use(block, first, std::min(kValuesBlock, count - first));
    }
    return reader.at_end();
}

// Expands a block into `out`, sixteen values.
void expand(const Block &block, int64_t *out) noexcept {
    if (block.width == 0) {
        std::fill_n(out, kValuesBlock, block.reference);
    } else if (block.width <= kNarrowWidth) {
        uint32_t residuals[kValuesBlock];
        detail::unpack_narrow(block.packed, block.width, residuals);
        for (int i = 0; i < kValuesBlock; i++) {
            out[i] = block.reference + static_cast<int64_t>(residuals[i]);
        }
    } else {
        uint64_t residuals[kValuesBlock];
        detail::unpack_wide(block.packed, block.width, residuals);
        for (int i = 0; i < kValuesBlock; i++) {
            out[i] = block.reference + static_cast<int64_t>(residuals[i]);
        }
    }
}

// The summary of a full narrow block, on 32-bit residuals: nothing is expanded.
void summarize_narrow(const Block &block, ValuesSummary &out) noexcept {
    uint32_t residuals[kValuesBlock];
    detail::unpack_narrow(block.packed, block.width, residuals);
    uint32_t sum = 0;
    auto least = static_cast<int32_t>(residuals[0]);
    int32_t most = least;
    for (int i = 0; i < kValuesBlock; i++) {
        const auto residual = static_cast<int32_t>(residuals[i]);
        sum += residuals[i];
        least = std::min(least, residual);
        most = std::max(most, residual);
    }
    out.sum += static_cast<__int128>(block.reference) * kValuesBlock + sum;
    out.min = std::min(out.min, block.reference + least);
    out.max = std::max(out.max, block.reference + most);
}

void summarize_values_of(std::span<const int64_t> values, ValuesSummary &out) noexcept {
    for (const int64_t value : values) {
        out.sum += value;
        out.min = std::min(out.min, value);
        out.max = std::max(out.max, value);
    }
}

// The smallest scale that holds every value. Leaves at the first value that needs all its decimals.
uint8_t reduced_scale(std::span<const int64_t> values, uint8_t scale) noexcept {
    int excess = scale; // decimals that are zero in every value so far
    for (const int64_t value : values) {
        if (value == 0) {
            continue;
        }
        while (excess > 0 && value % kPowersOfTen[excess] != 0) {
            excess--;
        }
        if (excess == 0) {
            break;
        }
    }
    return static_cast<uint8_t>(scale - excess);
}

// Writes one block of 1..16 values and returns the end of it.
inline std::byte *encode_block(const int64_t *values, int count, std::byte *out) noexcept {
    int64_t least = values[0];
    int64_t most = values[0];
    for (int i = 1; i < count; i++) {
        least = std::min(least, values[i]);
        most = std::max(most, values[i]);
    }
    int64_t reference = least;
    int width = std::bit_width(static_cast<uint64_t>(most - least));
    int code = reference_code(reference);
    if (least >= 0) {
        const int plain_width = std::bit_width(static_cast<uint64_t>(most));
        if (packed_size(plain_width) <= packed_size(width) + kReferenceSizes[static_cast<size_t>(code)]) {
            reference = 0;
            width = plain_width;
            code = 0;
        }
    }
    *out++ = static_cast<std::byte>(width | code << 6);
    switch (code) {
    case 0: break;
    case 1: detail::store_le<1>(static_cast<uint64_t>(reference), out); break;
    case 2: detail::store_le<2>(static_cast<uint64_t>(reference), out); break;
    default: detail::store_le<8>(static_cast<uint64_t>(reference), out);
    }
    out += kReferenceSizes[static_cast<size_t>(code)];
    if (width == 0) {
        return out;
    }
    if (width <= kNarrowWidth) {
        uint32_t residuals[kValuesBlock] = {};
        for (int i = 0; i < count; i++) {
            residuals[i] = static_cast<uint32_t>(values[i] - reference);
        }
        detail::pack_narrow(residuals, width, out);
    } else {
        uint64_t residuals[kValuesBlock] = {};
        for (int i = 0; i < count; i++) {
            residuals[i] = static_cast<uint64_t>(values[i] - reference);
        }
        detail::pack_wide(residuals, width, out);
    }
    return out + packed_size(width);
}

} // namespace

size_t encode_values(std::span<const int64_t> values, uint8_t scale, std::span<std::byte> out) noexcept {
    if (values.empty() || values.size() > kMaxIntervals || scale > kMaxScale || out.size() < kMaxEncodedValues) {
        return 0;
    }
    std::array<int64_t, kMaxIntervals> reduced;
    const uint8_t smallest = reduced_scale(values, scale);
    if (smallest != scale) {
        const int64_t divisor = kPowersOfTen[scale - smallest];
        std::transform(values.begin(), values.end(), reduced.begin(), [divisor](int64_t value) { return value / divisor; });
        values = std::span(reduced.data(), values.size());
    }
    out[0] = static_cast<std::byte>(kValuesVersion);
    out[1] = static_cast<std::byte>(smallest);
    detail::store_le<2>(values.size(), &out[2]);
    std::byte *at = out.data() + kValuesHeaderSize;
    const int64_t *value = values.data();
    size_t left = values.size();
    for (; left >= kValuesBlock; left -= kValuesBlock, value += kValuesBlock) {
        at = encode_block(value, kValuesBlock, at);
    }
    if (left > 0) {
        at = encode_block(value, static_cast<int>(left), at);
    }
    return static_cast<size_t>(at - out.data());
}

bool read_values_header(std::span<const std::byte> bytes, ValuesHeader &out) noexcept {
    if (bytes.size() < kValuesHeaderSize || std::to_integer<uint8_t>(bytes[0]) != kValuesVersion) {
        return false;
    }
    out.scale = std::to_integer<uint8_t>(bytes[1]);
    out.count = static_cast<uint16_t>(detail::load_le<2>(&bytes[2]));
    return out.scale <= kMaxScale && out.count >= 1 && out.count <= kMaxIntervals;
}

bool decode_values(std::span<const std::byte> bytes, std::span<int64_t> out) noexcept {
    ValuesHeader header;
    if (!read_values_header(bytes, header) || out.size() < header.count) {
        return false;
    }
    return for_each_block(bytes, header.count, [out](const Block &block, int first, int count) {
        int64_t *to = out.data() + first;
        if (count == kValuesBlock) {
            expand(block, to);
        } else {
            int64_t values[kValuesBlock];
            expand(block, values);
            std::copy_n(values, count, to);
        }
    });
}

bool check_values(std::span<const std::byte> bytes) noexcept {
    ValuesHeader header;
    std::array<int64_t, kMaxIntervals> values;
    if (bytes.size() > kMaxEncodedValues || !read_values_header(bytes, header) || !decode_values(bytes, values)) {
        return false;
    }
    const std::span<const int64_t> decoded(values.data(), header.count);
    if (std::any_of(decoded.begin(), decoded.end(), [](int64_t v) { return v > kMaxMantissa || v < -kMaxMantissa; })) {
        return false;
    }
    std::array<std::byte, kMaxEncodedValues> canonical;
    const size_t size = encode_values(decoded, header.scale, canonical);
    return size == bytes.size() && std::memcmp(canonical.data(), bytes.data(), size) == 0;
}

bool value_at(std::span<const std::byte> bytes, int index, int64_t &out) noexcept {
    ValuesHeader header;
    if (!read_values_header(bytes, header) || index < 0 || index >= header.count) {
        return false;
    }
    BlockReader reader(bytes);
    Block block;
    for (int skip = index / kValuesBlock; skip >= 0; skip--) {
        if (!reader.next(block)) {
            return false;
        }
    }
    out = block.reference + static_cast<int64_t>(detail::unpack_one(block.packed, block.width, index % kValuesBlock));
    return true;
}

bool summarize_values(std::span<const std::byte> bytes, ValuesSummary &out) noexcept {
    ValuesHeader header;
    if (!read_values_header(bytes, header)) {
        return false;
    }
    out = {0, INT64_MAX, INT64_MIN};
    return for_each_block(bytes, header.count, [&out](const Block &block, int, int count) {
        if (block.width == 0) {
            out.sum += static_cast<__int128>(block.reference) * count;
            out.min = std::min(out.min, block.reference);
            out.max = std::max(out.max, block.reference);
        } else if (count == kValuesBlock && block.width <= kNarrowWidth) {
            summarize_narrow(block, out);
        } else {
            int64_t values[kValuesBlock];
            expand(block, values);
            summarize_values_of({values, static_cast<size_t>(count)}, out);
        }
    });
}

bool add_values(std::span<const std::byte> bytes, std::span<__int128> totals) noexcept {
    std::array<int64_t, kMaxIntervals> values;
    ValuesHeader header;
    if (!read_values_header(bytes, header) || totals.size() < header.count || !decode_values(bytes, values)) {
        return false;
    }
    for (size_t i = 0; i < header.count; i++) {
        totals[i] += values[i];
    }
    return true;
}

} // namespace mdff
