#include "mdff/storage/values_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "storage/values_block.hpp"

namespace mdff {

namespace {

constexpr std::array<size_t, 4> kReferenceSizes = {0, 1, 2, 8};

// No branch here or below: neighbouring blocks differ too much for a prediction.
int reference_code(int64_t reference) noexcept {
    return int{reference != 0} + int{reference != static_cast<int8_t>(reference)} +
           int{reference != static_cast<int16_t>(reference)};
}

// The reference of this code that starts at `from`, of which `left` bytes may be read.
int64_t read_reference(unsigned code, const std::byte *from, size_t left) noexcept {
    constexpr std::array<int, 4> kUnused = {0, 56, 48, 0}; // bits above it in a word
    constexpr std::array<uint64_t, 4> kPresent = {0, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};
    uint64_t word = 0;
    if (left >= sizeof word) {
        word = load_le<sizeof word>(from);
    } else { // near the end of the image
        for (size_t i = 0; i < kReferenceSizes[code]; i++) {
            word |= static_cast<uint64_t>(from[i]) << (8 * i);
        }
    }
    return static_cast<int64_t>((word & kPresent[code]) << kUnused[code]) >> kUnused[code];
}

// Walks the blocks of an image; every step is checked against the bytes that are there.
class BlockReader {
public:
    explicit BlockReader(std::span<const std::byte> bytes) noexcept
        : at_(bytes.data() + kValuesHeaderSize), end_(bytes.data() + bytes.size()) {}

    bool next(PackedBlock &out) noexcept {
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
        out.reference = read_reference(code, at_, left);
        if (out.reference > kMaxMantissa || out.reference < -kMaxMantissa) {
            return false;
        }
        out.packed = at_ + kReferenceSizes[code];
        out.readable = static_cast<size_t>(end_ - out.packed);
        at_ = out.packed + packed_size(out.width);
        return true;
    }

    bool at_end() const noexcept { return at_ == end_; }

private:
    const std::byte *at_;
    const std::byte *end_;
};

// Hands every block with its number of values to `use`; false when the image breaks off or goes on after its last block.
template <typename Use>
bool for_each_block(std::span<const std::byte> bytes, int count, Use &&use) noexcept {
    BlockReader reader(bytes);
    for (int first = 0; first < count; first += kValuesBlock) {
        PackedBlock block;
        if (!reader.next(block)) {
            return false;
        }
        use(block, first, std::min(kValuesBlock, count - first));
    }
    return reader.at_end();
}

// A block whose values are all its reference takes no kernel at all.
inline void expand(const BlockKernels &kernels, const PackedBlock &block, int64_t *out) noexcept {
    if (block.width == 0) {
        std::fill_n(out, kValuesBlock, block.reference);
    } else {
        kernels.unpack(block, out);
    }
}

// The smallest scale that holds every value. Leaves at the first value that needs all its decimals.
uint8_t reduced_scale(std::span<const int64_t> values, uint8_t scale) noexcept {
    int excess = scale; // decimals that are zero in every value so far
    for (const int64_t value : values) {
        if (value % 10 != 0) {
            return scale;
        }
        while (value != 0 && value % kPowersOfTen[excess] != 0) {
            excess--;
        }
    }
    return static_cast<uint8_t>(scale - excess);
}

// How a block of values between `least` and `most` is written.
struct Frame {
    int64_t reference;
    int width;
    int code; // of the reference's size
};

int bits_of(int64_t not_negative) noexcept { return static_cast<int>(std::bit_width(static_cast<uint64_t>(not_negative))); }

inline Frame choose_frame(int64_t least, int64_t most) noexcept {
    const int code = reference_code(least);
    const int framed = bits_of(most - least);
    const int plain = bits_of(std::max<int64_t>(most, 0));
    const size_t framed_size = packed_size(framed) + kReferenceSizes[static_cast<size_t>(code)];
    const bool is_plain = static_cast<bool>(int{least >= 0} & int{packed_size(plain) <= framed_size});
    return {is_plain ? 0 : least, is_plain ? plain : framed, is_plain ? 0 : code};
}

// Writes the start of a block and returns the end of it.
std::byte *write_frame(const Frame &frame, std::byte *out) noexcept {
    *out++ = static_cast<std::byte>(frame.width | frame.code << 6);
    store_le<8>(static_cast<uint64_t>(frame.reference), out); // what is too much is overwritten by what follows
    return out + kReferenceSizes[static_cast<size_t>(frame.code)];
}

inline std::byte *encode_block(const BlockKernels &kernels, const int64_t *values, std::byte *out) noexcept {
    int64_t least;
    int64_t most;
    kernels.range(values, least, most);
    const Frame frame = choose_frame(least, most);
    out = write_frame(frame, out);
    if (frame.width > 0) {
        kernels.pack(values, frame.reference, frame.width, out);
    }
    return out + packed_size(frame.width);
}

// The last block, when it is not full: padding must not widen it, and its residuals are zero.
std::byte *encode_short_block(const BlockKernels &kernels, std::span<const int64_t> values, std::byte *out) noexcept {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    int64_t padded[kValuesBlock];
    const Frame frame = choose_frame(*least, *most);
    std::fill(std::copy(values.begin(), values.end(), padded), std::end(padded), frame.reference);
    out = write_frame(frame, out);
    if (frame.width > 0) {
        kernels.pack(padded, frame.reference, frame.width, out);
    }
    return out + packed_size(frame.width);
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
    store_le<2>(values.size(), &out[2]);
    const BlockKernels &kernels = block_kernels();
    std::byte *at = out.data() + kValuesHeaderSize;
    for (; values.size() >= kValuesBlock; values = values.subspan(kValuesBlock)) {
        at = encode_block(kernels, values.data(), at);
    }
    if (!values.empty()) {
        at = encode_short_block(kernels, values, at);
    }
    return static_cast<size_t>(at - out.data());
}

bool read_values_header(std::span<const std::byte> bytes, ValuesHeader &out) noexcept {
    if (bytes.size() < kValuesHeaderSize || std::to_integer<uint8_t>(bytes[0]) != kValuesVersion) {
        return false;
    }
    out.scale = std::to_integer<uint8_t>(bytes[1]);
    out.count = static_cast<uint16_t>(load_le<2>(&bytes[2]));
    return out.scale <= kMaxScale && out.count >= 1 && out.count <= kMaxIntervals;
}

bool decode_values(std::span<const std::byte> bytes, std::span<int64_t> out) noexcept {
    ValuesHeader header;
    if (!read_values_header(bytes, header) || out.size() < header.count) {
        return false;
    }
    const BlockKernels &kernels = block_kernels();
    return for_each_block(bytes, header.count, [&](const PackedBlock &block, int first, int count) {
        int64_t *to = out.data() + first;
        if (count == kValuesBlock) {
            expand(kernels, block, to);
        } else {
            int64_t values[kValuesBlock];
            expand(kernels, block, values);
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
    PackedBlock block;
    for (int skip = index / kValuesBlock; skip >= 0; skip--) {
        if (!reader.next(block)) {
            return false;
        }
    }
    out = block.reference + static_cast<int64_t>(unpack_one(block.packed, block.width, index % kValuesBlock));
    return true;
}

bool summarize_values(std::span<const std::byte> bytes, ValuesSummary &out) noexcept {
    ValuesHeader header;
    if (!read_values_header(bytes, header)) {
        return false;
    }
    out = {0, INT64_MAX, INT64_MIN};
    const BlockKernels &kernels = block_kernels();
    return for_each_block(bytes, header.count, [&](const PackedBlock &block, int, int count) {
        if (block.width == 0) {
            out.sum += static_cast<__int128>(block.reference) * count;
            out.min = std::min(out.min, block.reference);
            out.max = std::max(out.max, block.reference);
        } else if (count == kValuesBlock) {
            kernels.summarize(block, out);
        } else {
            int64_t values[kValuesBlock];
            kernels.unpack(block, values);
            for (int i = 0; i < count; i++) {
                out.sum += values[i];
                out.min = std::min(out.min, values[i]);
                out.max = std::max(out.max, values[i]);
            }
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
