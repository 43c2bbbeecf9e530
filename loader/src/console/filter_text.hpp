#pragma once
// A filter over jobs as people write it: in the query of a page, or as options of a command. The same words in both.

#include <cstdint>
#include <string>
#include <string_view>

#include "console/html.hpp"
#include "queue/job_index.hpp"

namespace nem12::loader {

// Keys: status (several with commas), sender, rule, name, since, until, order (time, name, bytes), ascending, after, limit.
// Unknown keys are ignored. Throws std::invalid_argument with a sentence for people.
JobFilter filter_from(const Query &query, int64_t now_ms);

// "2026-11-30", "2026-11-30 04:05" (UTC), or an age: "90m", "24h", "7d". Unix milliseconds; throws std::invalid_argument.
int64_t moment_from(std::string_view text, int64_t now_ms);

int64_t now_ms();

} // namespace nem12::loader
