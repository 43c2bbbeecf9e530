#include <cinttypes>
#include <cstdio>

#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "database/installation.hpp"
#include "database/pg_connection.hpp"
#include "database/server_calls.hpp"

namespace nem12::loader {

int merge_now(const Config &config) {
    PgConnection connection(config.database);
    connection.ensure();
    require_functions(connection, {"nem12_merge_staging"});
    MergeCounts all;
    int64_t before = -1;
    // Stops also when a call changes nothing: then what is left cannot be merged (nem12_staging_days says why).
    for (MergeCounts counts{.remaining = 1}; counts.remaining > 0 && counts.remaining != before;) {
        before = counts.remaining;
        counts = merge_staging(connection, config.merge.max_days, Patience::of(std::chrono::hours(1)));
        all.inserted += counts.inserted;
        all.updated += counts.updated;
        all.discarded += counts.discarded;
        all.remaining = counts.remaining;
        if (counts.inserted + counts.updated + counts.discarded > 0) {
            before = -1;
        }
    }
    std::printf("inserted %" PRId64 "  updated %" PRId64 "  discarded %" PRId64 "  remaining %" PRId64 "\n", all.inserted,
                all.updated, all.discarded, all.remaining);
    return all.remaining == 0 ? kExitOk : kExitSomeBad;
}

} // namespace nem12::loader
