#include "database/load_stream.hpp"

#include <algorithm>
#include <charconv>
#include <deque>
#include <system_error>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "database/chunk_reader.hpp"
#include "database/pipeline.hpp"
#include "log/log.hpp"
#include "mdff/without.hpp"

namespace nem12::loader {
namespace {

constexpr size_t kChunksUnderWay = 2;

int64_t number_of_column(const PgResult &row, const char *column) {
    int64_t value = 0;
    int at = PQfnumber(row.get(), column);
    if (at < 0)
        throw DatabaseError(ErrorClass::kConfig, "", std::string("nem12_load_end has no column ") + column);
    std::string_view text = PQgetvalue(row.get(), 0, at);
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

LoadOutcome outcome_of(const PgResult &row) {
    if (PQntuples(row.get()) != 1)
        throw DatabaseError(ErrorClass::kInternal, "", "nem12_load_end did not return one row");
    LoadOutcome outcome;
    int status = PQfnumber(row.get(), "status");
    if (status >= 0 && std::string_view(PQgetvalue(row.get(), 0, status)) == "already_loaded")
        outcome.status = LoadStatus::kAlreadyLoaded;
    outcome.file_id = number_of_column(row, "file_id");
    outcome.days_inserted = number_of_column(row, "days_inserted");
    outcome.days_staged = number_of_column(row, "days_staged");
    outcome.readings = number_of_column(row, "readings");
    outcome.accumulation_reads = number_of_column(row, "accumulation_reads");
    outcome.skipped_records = number_of_column(row, "skipped_records");
    return outcome;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// After COMMIT nobody can cancel any more; a connection lost now is settled by asking.
Patience to_the_end(const Patience &patience) {
    return {std::max(patience.deadline, std::chrono::steady_clock::now() + std::chrono::seconds(60)), nullptr};
}

// The law of conservation, before anything is committed: the server took what validation counted.
void check_conservation(const JudgedFile &file, const LoadOptions &options, const LoadOutcome &outcome) {
    if (!file.expected || file.expected->dialect != options.dialect || NEM12_WITHOUT(conservation_loader))
        return;
    const ExpectedCounts &expected = *file.expected;
    const struct {
        const char *what;
        int64_t validated, loaded;
    } sums[] = {{"days", expected.days, outcome.days_inserted + outcome.days_staged},
                {"readings", expected.readings, outcome.readings},
                {"accumulation reads", expected.accumulation_reads, outcome.accumulation_reads},
                {"refused records", expected.skipped_records, outcome.skipped_records}};
    for (const auto &sum : sums) {
        if (sum.validated != sum.loaded)
            throw DatabaseError(ErrorClass::kInternal, "",
                                "validation counted " + std::to_string(sum.validated) + " " + sum.what + " and the server " +
                                    std::to_string(sum.loaded) +
                                    "; nothing was loaded. Are loader and extension of one version?");
    }
}

} // namespace

LoadStream::LoadStream(PgConnection &connection, PreparedMonths &months, LoadOptions options)
    : connection_(connection), months_(months), options_(std::move(options)),
      max_future_hours_(std::to_string(options_.max_future_hours)) {}

LoadOutcome LoadStream::load(const JudgedFile &file, LoadProgress &progress) {
    auto start = std::chrono::steady_clock::now();
    Patience patience{start + options_.timeout, &progress.cancel};
    connection_.ensure();
    months_.prepare(connection_, file.months, patience);
    LoadOutcome outcome;
    try {
        outcome = stream(file, progress, patience);
    } catch (const std::system_error &error) {
        throw SpoolError(error.what());
    } catch (const DatabaseError &error) {
        // The server hashes what it gets and compares; why it refused a file that was validated is ours to find out.
        if (error.error_class() == ErrorClass::kData && sha256_of_file(file.path) != file.sha256)
            throw SpoolError("SPOOL_CORRUPT: the spooled bytes are not those that were validated");
        throw;
    }
    outcome.seconds = seconds_since(start);
    return outcome;
}

std::vector<LoadOutcome> LoadStream::load_together(std::span<const JudgedFile> files, LoadProgress &progress) {
    auto start = std::chrono::steady_clock::now();
    Patience patience{start + options_.timeout, &progress.cancel};
    connection_.ensure();
    for (const JudgedFile &file : files)
        months_.prepare(connection_, file.months, patience);
    std::vector<std::string> contents; // until they are sent
    Pipeline pipeline(connection_);
    begin(pipeline);
    for (const JudgedFile &file : files) {
        contents.push_back(read_file(file.path));
        begin_file(pipeline, file);
        pipeline.queue("SELECT nem12_load_chunk($1::bytea)", {{contents.back(), true}});
        pipeline.send("SELECT * FROM nem12_load_end()");
    }
    pipeline.receive(patience);
    pipeline.receive(patience);
    std::vector<LoadOutcome> outcomes;
    for (size_t n = 0; n < files.size(); ++n) {
        pipeline.receive(patience); // begun
        pipeline.receive(patience); // its bytes
        LoadOutcome outcome = outcome_of(pipeline.receive(patience));
        const auto bytes = static_cast<int64_t>(contents[n].size());
        progress.acknowledged += bytes;
        if (progress.on_acknowledged)
            progress.on_acknowledged(bytes);
        if (outcome.status == LoadStatus::kAlreadyLoaded) {
            outcome = {};
            outcome.status = LoadStatus::kAlreadyLoaded;
        } else {
            outcome.bytes = bytes;
            check_conservation(files[n], options_, outcome);
        }
        outcomes.push_back(outcome);
    }
    progress.finishing = true;
    if (progress.cancel)
        throw Cancelled();
    pipeline.send_commit();
    pipeline.receive_commit(to_the_end(patience));
    for (LoadOutcome &outcome : outcomes)
        outcome.seconds = seconds_since(start);
    return outcomes;
}

void LoadStream::begin(Pipeline &pipeline) const {
    pipeline.queue("BEGIN");
    // In the transaction, so that server and validation agree behind a pooler too.
    pipeline.queue("SELECT set_config('nem12.max_future_hours', $1::text, true)", {{max_future_hours_}});
}

void LoadStream::begin_file(Pipeline &pipeline, const JudgedFile &file) const {
    const std::string sha256 = "\\x" + file.sha256;
    const auto if_any = [](const std::string &id) { return PgParameter{id, false, id.empty()}; };
    pipeline.queue("SELECT nem12_load_begin($1::text, $2::text, $3::text, $4::bytea, $5::text, $6::text)",
                   {{file.name},
                    {options_.on_invalid},
                    {options_.dialect},
                    {sha256},
                    if_any(file.message_id),
                    if_any(file.transaction_id)});
}

LoadOutcome LoadStream::stream(const JudgedFile &file, LoadProgress &progress, const Patience &patience) {
    ChunkReader reader(file.path, options_.chunk_bytes);
    Pipeline pipeline(connection_);
    begin(pipeline);
    begin_file(pipeline, file);
    pipeline.flush();
    pipeline.receive(patience);
    pipeline.receive(patience);
    PgResult begun = pipeline.receive(patience);
    if (std::string_view(PQgetvalue(begun.get(), 0, 0)) == "already_loaded") {
        pipeline.send_commit(); // an empty transaction, ended in good order to keep the connection
        pipeline.receive_commit(patience);
        LoadOutcome known;
        known.status = LoadStatus::kAlreadyLoaded;
        return known;
    }

    std::deque<int64_t> under_way;
    int64_t total = 0;
    auto acknowledge = [&] {
        pipeline.receive(patience);
        int64_t bytes = under_way.front();
        under_way.pop_front();
        progress.acknowledged += bytes;
        if (progress.on_acknowledged)
            progress.on_acknowledged(bytes);
    };
    for (std::string_view chunk = reader.next(); !chunk.empty(); chunk = reader.next()) {
        if (under_way.size() == kChunksUnderWay)
            acknowledge();
        pipeline.send("SELECT nem12_load_chunk($1::bytea)", {{chunk, true}});
        under_way.push_back(static_cast<int64_t>(chunk.size()));
        total += static_cast<int64_t>(chunk.size());
    }
    while (!under_way.empty())
        acknowledge();

    progress.finishing = true;
    pipeline.send("SELECT * FROM nem12_load_end()");
    LoadOutcome outcome = outcome_of(pipeline.receive(patience));
    outcome.bytes = total;
    try {
        check_conservation(file, options_, outcome);
    } catch (const DatabaseError &) {
        connection_.close(); // rolls back
        throw;
    }
    if (progress.cancel)
        throw Cancelled();
    try {
        pipeline.send_commit();
        pipeline.receive_commit(to_the_end(patience));
    } catch (const DatabaseError &error) {
        if (error.error_class() != ErrorClass::kInDoubt && error.error_class() != ErrorClass::kSlow)
            throw;
        connection_.close();
        connection_.ensure();
        bool loaded = file_loaded(connection_, file.sha256, Patience::of(std::chrono::seconds(10)));
        log_event(LogLevel::kWarning, "commit_in_doubt", "asked the ledger about a commit without an answer",
                  {{"sha256", file.sha256}, {"file", file.name}, {"loaded", loaded}});
        if (!loaded)
            throw DatabaseError(ErrorClass::kInfrastructure, error.sqlstate(), error.what());
    }
    return outcome;
}

} // namespace nem12::loader
