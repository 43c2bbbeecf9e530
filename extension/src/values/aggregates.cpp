// Aggregates over days that never expand a day into values.
//
// Days come with different scales. Totals are kept for each scale apart and brought together at the end, so a row costs
// no multiplication and nothing is rounded.

#include "pg/boundary.hpp"
#include "pg/errors.hpp"
#include "values/bucket.hpp"
#include "values/datum.hpp"

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace nem12::values {
namespace {

constexpr int kScales = mdff::kMaxScale + 1;

MemoryContext aggregate_context(FunctionCallInfo fcinfo) {
    MemoryContext context;
    if (!AggCheckCallContext(fcinfo, &context))
        elog(ERROR, "aggregate function called in non-aggregate context");
    return context;
}

// Plain data throughout: serialized as it stands, since only this server's own workers read it.
struct ScaleSummary {
    int128 sum;
    int64 min;
    int64 max;
    int64 readings;
};

// Nearly always all days of a group have one scale, and there may be as many groups as days.
struct Summary {
    int32 only_scale; // of `only`, while there is one scale
    ScaleSummary only;
    ScaleSummary *scales; // kScales of them, once there are several; then `only` is of no use
};

void add(ScaleSummary &into, const ScaleSummary &more) {
    if (more.readings == 0)
        return;
    into.min = into.readings == 0 ? more.min : Min(into.min, more.min);
    into.max = into.readings == 0 ? more.max : Max(into.max, more.max);
    into.sum += more.sum;
    into.readings += more.readings;
}

ScaleSummary of_scale(const Summary &summary, int scale) {
    if (summary.scales != nullptr)
        return summary.scales[scale];
    return scale == summary.only_scale ? summary.only : ScaleSummary{};
}

void add(MemoryContext context, Summary &into, int scale, const ScaleSummary &more) {
    if (more.readings == 0)
        return;
    if (into.scales == nullptr && into.only.readings == 0)
        into.only_scale = scale;
    if (into.scales == nullptr && into.only_scale != scale) {
        into.scales = static_cast<ScaleSummary *>(MemoryContextAllocZero(context, sizeof(ScaleSummary) * kScales));
        into.scales[into.only_scale] = into.only;
    }
    add(into.scales == nullptr ? into.only : into.scales[scale], more);
}

Summary *summary_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? nullptr : reinterpret_cast<Summary *>(PG_GETARG_POINTER(n));
}

Summary *new_summary(FunctionCallInfo fcinfo) {
    return static_cast<Summary *>(MemoryContextAllocZero(aggregate_context(fcinfo), sizeof(Summary)));
}

int64 reading_count(const Summary &summary) {
    int64 readings = 0;
    for (int scale = 0; scale < kScales; ++scale)
        readings += of_scale(summary, scale).readings;
    return readings;
}

// The scale everything is brought to: the finest one seen.
int common_scale(const Summary &summary) {
    int common = 0;
    for (int scale = 0; scale < kScales; ++scale)
        if (of_scale(summary, scale).readings > 0)
            common = scale;
    return common;
}

Numeric total(const Summary &summary) {
    const int common = common_scale(summary);
    int128 sum = 0;
    for (int scale = 0; scale <= common; ++scale)
        sum += of_scale(summary, scale).sum * mdff::kPowersOfTen[common - scale];
    return make_numeric_from_total(sum, common);
}

// The least (sign 1) or greatest (sign -1) value of all scales.
Numeric extreme(const Summary &summary, int sign) {
    const int common = common_scale(summary);
    int best_scale = -1;
    int64 best = 0;
    int128 best_aligned = 0;
    for (int scale = 0; scale <= common; ++scale) {
        const ScaleSummary of = of_scale(summary, scale);
        if (of.readings == 0)
            continue;
        const int64 value = sign > 0 ? of.min : of.max;
        const int128 aligned = static_cast<int128>(value) * mdff::kPowersOfTen[common - scale];
        if (best_scale < 0 || aligned * sign < best_aligned * sign) {
            best_scale = scale;
            best = value;
            best_aligned = aligned;
        }
    }
    return make_numeric(best, best_scale);
}

// Per interval number, one row of totals for each scale seen. Totals need 16-byte alignment, which palloc does not promise.
struct Profile {
    int32 count; // intervals of every day
    int64 days;
    int128 *totals[kScales];
};

struct SerializedProfile {
    int32 count;
    uint32 scales; // bit s: totals of scale s follow
    int64 days;
};

int128 *new_totals(MemoryContext context, int count) {
    void *memory = MemoryContextAllocZero(context, (static_cast<size_t>(count) + 1) * sizeof(int128));
    return reinterpret_cast<int128 *>(TYPEALIGN(sizeof(int128), memory));
}

Profile *new_profile(MemoryContext context, int count) {
    auto *profile = static_cast<Profile *>(MemoryContextAllocZero(context, sizeof(Profile)));
    profile->count = count;
    return profile;
}

void check_profile_count(const Profile &profile, int count) {
    if (profile.count != count)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("days of %d and of %d intervals cannot share a profile", profile.count, count),
                        errhint("Group by nem12_count(values), or select one interval length.")));
}

Profile *profile_argument(FunctionCallInfo fcinfo, int n) {
    return PG_ARGISNULL(n) ? nullptr : reinterpret_cast<Profile *>(PG_GETARG_POINTER(n));
}

} // namespace

NEM12_FUNCTION(nem12_summary_add) {
    Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr)
        state = new_summary(fcinfo);
    if (!PG_ARGISNULL(1)) {
        const varlena *packed = NEM12_GETARG_VALUES(1);
        const mdff::ValuesHeader header = values_header(packed);
        const mdff::ValuesSummary day = values_summary(packed);
        add(aggregate_context(fcinfo), *state, header.scale, {day.sum, day.min, day.max, header.count});
    }
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_bucket_add) {
    Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr)
        state = new_summary(fcinfo);
    if (!PG_ARGISNULL(1)) {
        const auto *bucket = reinterpret_cast<const Bucket *>(PG_GETARG_POINTER(1));
        add(aggregate_context(fcinfo), *state, bucket->scale, {bucket->sum, bucket->min, bucket->max, bucket->readings});
    }
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_summary_combine) {
    Summary *state = summary_argument(fcinfo, 0);
    const Summary *more = summary_argument(fcinfo, 1);
    if (state == nullptr)
        state = new_summary(fcinfo);
    if (more != nullptr)
        for (int scale = 0; scale < kScales; ++scale)
            add(aggregate_context(fcinfo), *state, scale, of_scale(*more, scale));
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_summary_serialize) {
    const auto *state = reinterpret_cast<const Summary *>(PG_GETARG_POINTER(0));
    ScaleSummary scales[kScales];
    for (int scale = 0; scale < kScales; ++scale)
        scales[scale] = of_scale(*state, scale);
    const auto *bytes = reinterpret_cast<const char *>(scales);
    PG_RETURN_BYTEA_P(reinterpret_cast<bytea *>(cstring_to_text_with_len(bytes, sizeof scales)));
}

NEM12_FUNCTION(nem12_summary_deserialize) {
    const bytea *bytes = PG_GETARG_BYTEA_PP(0);
    ScaleSummary scales[kScales];
    if (VARSIZE_ANY_EXHDR(bytes) != sizeof scales)
        pg::report_corrupt_values();
    memcpy(scales, VARDATA_ANY(bytes), sizeof scales);
    auto *state = static_cast<Summary *>(palloc0(sizeof(Summary)));
    for (int scale = 0; scale < kScales; ++scale)
        add(CurrentMemoryContext, *state, scale, scales[scale]);
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_summary_sum) {
    const Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr || reading_count(*state) == 0)
        PG_RETURN_NULL();
    PG_RETURN_NUMERIC(total(*state));
}

NEM12_FUNCTION(nem12_summary_min) {
    const Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr || reading_count(*state) == 0)
        PG_RETURN_NULL();
    PG_RETURN_NUMERIC(extreme(*state, 1));
}

NEM12_FUNCTION(nem12_summary_max) {
    const Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr || reading_count(*state) == 0)
        PG_RETURN_NULL();
    PG_RETURN_NUMERIC(extreme(*state, -1));
}

NEM12_FUNCTION(nem12_summary_avg) {
    const Summary *state = summary_argument(fcinfo, 0);
    if (state == nullptr || reading_count(*state) == 0)
        PG_RETURN_NULL();
    return DirectFunctionCall2(numeric_div, NumericGetDatum(total(*state)),
                               NumericGetDatum(int64_to_numeric(reading_count(*state))));
}

NEM12_FUNCTION(nem12_summary_count) {
    const Summary *state = summary_argument(fcinfo, 0);
    PG_RETURN_INT64(state == nullptr ? 0 : reading_count(*state));
}

NEM12_FUNCTION(nem12_profile_add) {
    const MemoryContext context = aggregate_context(fcinfo);
    Profile *state = profile_argument(fcinfo, 0);
    if (!PG_ARGISNULL(1)) {
        const varlena *packed = NEM12_GETARG_VALUES(1);
        const mdff::ValuesHeader header = values_header(packed);
        if (state == nullptr)
            state = new_profile(context, header.count);
        check_profile_count(*state, header.count);
        int128 *&totals = state->totals[header.scale];
        if (totals == nullptr)
            totals = new_totals(context, state->count);
        auto *aligned = reinterpret_cast<__int128 *>(totals);
        if (!mdff::add_values(values_bytes(packed), {aligned, static_cast<size_t>(state->count)}))
            pg::report_corrupt_values();
        ++state->days;
    }
    if (state == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_profile_combine) {
    const MemoryContext context = aggregate_context(fcinfo);
    Profile *state = profile_argument(fcinfo, 0);
    const Profile *more = profile_argument(fcinfo, 1);
    if (more != nullptr) {
        if (state == nullptr)
            state = new_profile(context, more->count);
        check_profile_count(*state, more->count);
        for (int scale = 0; scale < kScales; ++scale) {
            if (more->totals[scale] == nullptr)
                continue;
            if (state->totals[scale] == nullptr)
                state->totals[scale] = new_totals(context, state->count);
            for (int i = 0; i < state->count; ++i)
                state->totals[scale][i] += more->totals[scale][i];
        }
        state->days += more->days;
    }
    if (state == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_profile_serialize) {
    const auto *state = reinterpret_cast<const Profile *>(PG_GETARG_POINTER(0));
    SerializedProfile head{state->count, 0, state->days};
    const size_t row = static_cast<size_t>(state->count) * sizeof(int128);
    auto *out = static_cast<bytea *>(palloc(VARHDRSZ + sizeof head + kScales * row));
    char *p = VARDATA(out) + sizeof head;
    for (int scale = 0; scale < kScales; ++scale) {
        if (state->totals[scale] == nullptr)
            continue;
        head.scales |= 1U << scale;
        memcpy(p, state->totals[scale], row);
        p += row;
    }
    memcpy(VARDATA(out), &head, sizeof head);
    SET_VARSIZE(out, p - reinterpret_cast<char *>(out));
    PG_RETURN_BYTEA_P(out);
}

NEM12_FUNCTION(nem12_profile_deserialize) {
    const bytea *bytes = PG_GETARG_BYTEA_PP(0);
    const char *p = VARDATA_ANY(bytes);
    SerializedProfile head;
    memcpy(&head, p, sizeof head);
    p += sizeof head;
    Profile *state = new_profile(CurrentMemoryContext, head.count);
    state->days = head.days;
    const size_t row = static_cast<size_t>(head.count) * sizeof(int128);
    for (int scale = 0; scale < kScales; ++scale) {
        if ((head.scales & (1U << scale)) == 0)
            continue;
        state->totals[scale] = new_totals(CurrentMemoryContext, head.count);
        memcpy(state->totals[scale], p, row);
        p += row;
    }
    PG_RETURN_POINTER(state);
}

NEM12_FUNCTION(nem12_profile_totals) {
    const Profile *state = profile_argument(fcinfo, 0);
    if (state == nullptr)
        PG_RETURN_NULL();
    int common = 0;
    for (int scale = 0; scale < kScales; ++scale)
        if (state->totals[scale] != nullptr)
            common = scale;
    Datum elements[mdff::kMaxIntervals];
    for (int i = 0; i < state->count; ++i) {
        int128 sum = 0;
        for (int scale = 0; scale <= common; ++scale)
            if (state->totals[scale] != nullptr)
                sum += state->totals[scale][i] * mdff::kPowersOfTen[common - scale];
        elements[i] = NumericGetDatum(make_numeric_from_total(sum, common));
    }
    PG_RETURN_ARRAYTYPE_P(construct_array(elements, state->count, NUMERICOID, -1, false, TYPALIGN_INT));
}

} // namespace nem12::values
