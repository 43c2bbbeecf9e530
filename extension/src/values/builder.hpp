#pragma once
// Decimals of any scales, one by one, into nem12_values.

#include <cstdint>
#include <utility>

#include "mdff/decimal.hpp"
#include "values/datum.hpp"

namespace nem12::values {

class ValuesBuilder {
public:
    // False when there are kMaxIntervals already.
    bool add(mdff::Decimal value) {
        if (count_ == mdff::kMaxIntervals)
            return false;
        mantissas_[count_] = value.mantissa;
        scales_[count_++] = value.scale;
        scale_ = Max(scale_, value.scale);
        return true;
    }

    // nullptr when a value needs more than 18 digits at the scale that all of them need. At least one value was added.
    varlena *finish() {
        for (int i = 0; i < count_; ++i) {
            const int64_t factor = mdff::kPowersOfTen[scale_ - scales_[i]];
            if (mantissas_[i] > mdff::kMaxMantissa / factor || mantissas_[i] < -mdff::kMaxMantissa / factor)
                return nullptr;
            mantissas_[i] *= factor;
        }
        return make_values({mantissas_, static_cast<size_t>(count_)}, scale_);
    }

private:
    int count_ = 0;
    uint8_t scale_ = 0;
    uint8_t scales_[mdff::kMaxIntervals];
    int64_t mantissas_[mdff::kMaxIntervals];
};

} // namespace nem12::values
