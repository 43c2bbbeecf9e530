#include "load/rows.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgrprotos.h"
}

namespace nem12::load {

std::span<const int32> lines_given(int64 count) {
    auto *lines = static_cast<int32 *>(palloc(sizeof(int32) * (count + 1)));
    for (int64 i = 0; i < count; ++i)
        lines[i] = DatumGetInt32(pg::column(1, nullptr, i));
    std::sort(lines, lines + count);
    return {lines, static_cast<size_t>(count)};
}

int64 run_staging(pg::Statement &staging, const char *reason, pg::Caught failure) {
    pg::Arguments arguments;
    arguments.add_text(reason);
    arguments.add_text(failure == nullptr ? nullptr : unpack_sql_state(failure->sqlerrcode));
    arguments.add_text(failure == nullptr ? nullptr : failure->message);
    return pg::run(staging, arguments);
}

pg::Caught take_safe_mode() {
    constexpr int32 kLock[] = {1852140849, 2}; // the locks are listed in 20-load.sql
    const pg::Caught failure =
        pg::attempt([&] { DirectFunctionCall2(pg_advisory_xact_lock_int4, Int32GetDatum(kLock[0]), Int32GetDatum(kLock[1])); });
    if (failure != nullptr && !is_deadlock(failure))
        ReThrowError(failure);
    return failure;
}

bool is_deadlock(pg::Caught failure) { return failure != nullptr && failure->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED; }

void log_failure(pg::Caught failure, text *file_name, int64 file_id, int32 line, int record, const char *what) {
    static pg::Statement statement{
        "INSERT INTO %1$s.nem12_errors (file_name, file_id, line_no, record_indicator, code, sqlstate, message) "
        "VALUES ($1, $2, $3, $4, 'insert_failed', $5, $6)",
        6,
        {TEXTOID, INT8OID, INT4OID, INT4OID, TEXTOID, TEXTOID}};
    pg::Arguments arguments;
    arguments.add_pointer(file_name);
    arguments.add(Int64GetDatum(file_id));
    arguments.add(Int32GetDatum(line));
    arguments.add(Int32GetDatum(record));
    arguments.add_text(unpack_sql_state(failure->sqlerrcode));
    arguments.add_text(psprintf("%s was staged: %s", what, failure->message));
    pg::run(statement, arguments);
}

} // namespace nem12::load
