#include "load_tables.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "guc.hpp"
#include "load/details.hpp"
#include "load/sql.hpp"
#include "load/stream.hpp"
#include "pg/market_time.hpp"
#include "server.hpp"

namespace nem12::load::test {
namespace {

struct Store {
    Tables tables;
    std::map<std::string, std::string> details; // key and number: content
    std::set<std::string> day_keys;
};

Store store;
Tables &tables = store.tables;
std::map<std::string, std::string> &details = store.details;
std::set<std::string> &day_keys = store.day_keys;
std::vector<StoredBatch> batches;
BatchLimits limits{};

std::string text_of(const varlena *value) { return {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)}; }

std::string text_of(Datum value, bool is_null) {
    return is_null ? "-" : text_of(reinterpret_cast<const varlena *>(DatumGetPointer(value)));
}

std::string number(Datum value, bool is_null) { return is_null ? "-" : std::to_string(static_cast<int64>(value)); }

std::string joined(std::initializer_list<std::string> columns) {
    std::string row;
    for (const std::string &column : columns)
        row += column + "|";
    return row;
}

std::string key_of(const BatchChannel &channel, int32 details_id) {
    return joined({text_of(channel.nmi), text_of(channel.nmi_suffix), std::to_string(details_id)});
}

std::string content_of(const BatchChannel &channel) {
    return joined({text_of(channel.nmi_configuration), text_of(channel.register_id), text_of(channel.mdm_data_stream),
                   text_of(channel.meter_serial), text_of(channel.uom), std::to_string(channel.interval_length),
                   channel.has_next_scheduled_read ? std::to_string(channel.next_scheduled_read) : "-"});
}

// A day with the details it refers to instead of their number, which depends on what collided with what.
std::string row_of(const BatchDay &day) {
    const BatchChannel &channel = *day.channel;
    const auto stored = details.find(key_of(channel, channel.same->details_id));
    return joined({text_of(channel.nmi), text_of(channel.nmi_suffix), std::to_string(day.date), std::to_string(day.month),
                   std::to_string(day.line), std::to_string(day.updated), std::to_string(day.msats_loaded),
                   text_of(day.quality), text_of(day.events), text_of(day.values),
                   stored == details.end() ? "NO DETAILS" : stored->second});
}

std::string row_of(const BatchB2b &b2b) {
    std::string row;
    for (int i = 0; i < kB2bColumns; ++i) {
        const bool is_number = i == 2 || i == 3 || i == 4 || i == 7;
        row += (is_number ? number(b2b.values[i], b2b.nulls[i]) : text_of(b2b.values[i], b2b.nulls[i])) + "|";
    }
    return row;
}

std::string row_of(const BatchRead &read) {
    constexpr int kNumbers[] = {4, 5, 11, 15, 19, 20, 21, 23, 24};
    constexpr int kQuantity = 17;
    std::string row;
    for (int i = 0; i < kReadColumns; ++i) {
        if (i == kQuantity)
            row += text_of_numeric(read.values[i]) + "|";
        else if (std::ranges::find(kNumbers, i) != std::end(kNumbers))
            row += number(read.values[i], read.nulls[i]) + "|";
        else
            row += text_of(read.values[i], read.nulls[i]) + "|";
    }
    return row;
}

LoadedFile result() {
    LoadedFile file{tables, batches, {}};
    for (auto rows : {&Tables::days, &Tables::staged_days, &Tables::b2bs, &Tables::reads, &Tables::details, &Tables::findings,
                      &Tables::months})
        std::ranges::sort(file.tables.*rows);
    return file;
}

} // namespace

void empty_tables() {
    store = {};
    forget_details();
}

LoadedFile load_next_file(std::string_view content, const LoadSettings &settings) {
    const Store before = store;
    batches.clear();
    limits = settings.limits;
    try {
        {
            const Statement statement;
            LoadOptions options{};
            options.skip_invalid = settings.skip_invalid;
            options.dialect = settings.dialect;
            begin_load(options);
        }
        for (size_t at = 0; at < content.size();) {
            const std::string_view piece = content.substr(at, settings.chunk);
            const std::vector<char> copy(piece.begin(), piece.end()); // ends where the chunk ends
            const Statement statement;
            load_bytes({copy.data(), copy.size()});
            at += piece.size();
        }
        const Statement statement;
        end_load();
    } catch (const ServerError &error) {
        rollback();
        store = before;
        LoadedFile refused;
        refused.error = error.sqlstate + " " + error.what();
        return refused;
    }
    commit();
    return result();
}

LoadedFile load_file(std::string_view content, const LoadSettings &settings) {
    empty_tables();
    return load_next_file(content, settings);
}

} // namespace nem12::load::test

using namespace nem12::load::test;

int nem12::batch_rows() { return limits.rows; }
int nem12::max_future_hours() { return 366 * 24; }
int nem12::batch_bytes() { return static_cast<int>(limits.bytes); }

namespace nem12::load {

bool run_begin_file(bytea *, int64 &file_id) {
    file_id = 1;
    return false;
}

bool run_finish_file(const FileFacts &facts, const FileTotals &totals, int64 &file_id) {
    file_id = facts.file_id;
    tables.ledger =
        joined({text_of(facts.sha256), facts.version, std::to_string(facts.created), text_of(facts.from_participant),
                text_of(facts.to_participant), facts.dialect, std::to_string(facts.bytes), std::to_string(totals.days_inserted),
                std::to_string(totals.days_staged), std::to_string(totals.readings), std::to_string(totals.accumulation_reads),
                std::to_string(totals.skipped_records)});
    return false;
}

void run_prepare_month(DateADT any_day) {
    const mdff::CivilDate day = mdff::civil_from_date(pg::from_date(any_day));
    tables.months.push_back(std::to_string(day.year) + "-" + std::to_string(day.month));
}

int run_store_details(const Batch &batch, int32 *&taken) {
    taken = static_cast<int32 *>(palloc(sizeof(int32) * (batch.channel_count() + 1)));
    int count = 0;
    for (int i = 0; i < batch.channel_count(); ++i) {
        const BatchChannel &channel = *batch.channels()[i];
        if (channel.is_known)
            continue;
        const auto [stored, is_new] = details.try_emplace(key_of(channel, channel.details_id), content_of(channel));
        if (!is_new && stored->second != content_of(channel))
            taken[count++] = i;
        if (is_new)
            tables.details.push_back(joined({text_of(channel.nmi), text_of(channel.nmi_suffix), content_of(channel)}));
    }
    return count;
}

// Every batch with days comes here first.
Stored store_days(const Batch &batch, int64, text *) {
    Stored stored{};
    StoredBatch &held = batches.emplace_back();
    held.bytes = held_by("nem12 batch");
    for (int i = 0; i < batch.day_count(); ++i) {
        const BatchDay &day = batch.days()[i];
        held.days.push_back(day.line);
        const bool is_new =
            day_keys.insert(joined({text_of(day.channel->nmi), text_of(day.channel->nmi_suffix), std::to_string(day.date)}))
                .second;
        (is_new ? tables.days : tables.staged_days).push_back(row_of(day));
        ++(is_new ? stored.inserted : stored.staged);
    }
    return stored;
}

Stored store_reads(const Batch &batch, int64, text *) {
    if (batch.day_count() == 0)
        batches.emplace_back().bytes = held_by("nem12 batch");
    for (int i = 0; i < batch.read_count(); ++i) {
        tables.reads.push_back(row_of(batch.reads()[i]));
        batches.back().reads.push_back(DatumGetInt32(batch.reads()[i].values[23]));
    }
    return {batch.read_count(), 0};
}

int64 store_b2bs(const Batch &batch) {
    if (batch.day_count() == 0 && batch.read_count() == 0)
        batches.emplace_back().bytes = held_by("nem12 batch");
    for (int i = 0; i < batch.b2b_count(); ++i) {
        tables.b2bs.push_back(row_of(batch.b2bs()[i]));
        batches.back().b2bs.push_back(DatumGetInt32(batch.b2bs()[i].values[4]));
    }
    return batch.b2b_count();
}

void run_log_finding(const mdff::Finding &finding, const LoggedFile &) {
    tables.findings.push_back(joined({std::to_string(finding.line), std::to_string(finding.record),
                                      std::string(mdff::rule_info(finding.rule).code), std::string(finding.text)}));
}

void run_log_cut(int64 count, int64 first_line, int64 last_line, const LoggedFile &) {
    tables.findings.push_back(joined({std::to_string(count), std::to_string(first_line), std::to_string(last_line)}));
}

} // namespace nem12::load
