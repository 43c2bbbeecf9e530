#pragma once
// What storing days and reads have in common: statements over the rows of a batch, and safe mode.

#include <span>

#include "load/sql.hpp"
#include "pg/row_set.hpp"
#include "pg/statement.hpp"
#include "pg/subtransaction.hpp"

namespace nem12::load {

inline constexpr char kBatchRows[] = "nem12_batch"; // what the statements call them

// The line numbers, sorted, that a statement has just given.
std::span<const int32> lines_given(int64 count);

// Stages the rows of the batch, and returns how many. $1 reason, $2 SQLSTATE, $3 message.
int64 run_staging(pg::Statement &staging, const char *reason, pg::Caught failure);

// Safe mode: one load at a time. Each row in a subtransaction of its own; what fails is staged with its SQLSTATE and logged.
// After a deadlock, which is returned, the rest of the batch is staged untried: each try could wait for the deadlock detector
// again.
pg::Caught take_safe_mode();
bool is_deadlock(pg::Caught failure);
// `what` was staged, for nem12_errors.
void log_failure(pg::Caught failure, text *file_name, int64 file_id, int32 line, int record, const char *what);

} // namespace nem12::load
