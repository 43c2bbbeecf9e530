// Any bytes, cut anywhere, in both dialects: the parser must end, stay inside its buffers and hand out what it promises.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "mdff/parser.hpp"

namespace {

using namespace mdff;

void check(bool holds) {
    if (!holds)
        std::abort();
}

void check_day(const IntervalDay &day, Dialect dialect) {
    check(static_cast<int>(day.values.size()) == kMinutesPerDay / day.interval_length);
    check(day.scale <= kMaxScale);
    for (const int64_t value : day.values) {
        check(value <= kMaxMantissa && value >= -kMaxMantissa);
        check(value >= 0 || dialect == Dialect::kTolerant);
    }
    int next = 1;
    for (const IntervalEvent &event : day.events) {
        check(event.start_interval == next && event.end_interval >= event.start_interval);
        next = event.end_interval + 1;
    }
    check(day.events.empty() || next == static_cast<int>(day.values.size()) + 1);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    const Dialect dialect = data[0] % 2 == 0 ? Dialect::kStrict : Dialect::kTolerant;
    const size_t chunk = size_t{data[1]} + 1;
    const std::span<const char> file(reinterpret_cast<const char *>(data) + 2, size - 2);
    const auto parser = std::make_unique<Parser>(ParserOptions{.dialect = dialect});
    uint64_t days = 0;
    const auto drain = [&](Event until) {
        for (Event event; (event = parser->next()) != until;) {
            if (event != Event::kDay)
                continue;
            ++days;
            check_day(parser->day(), dialect);
        }
    };
    for (size_t at = 0; at < file.size(); at += chunk) {
        parser->push(file.subspan(at, std::min(chunk, file.size() - at)));
        drain(Event::kNeedInput);
    }
    parser->finish();
    drain(Event::kEndOfInput);
    check(parser->counts().days == days);
    return 0;
}
