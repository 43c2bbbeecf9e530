#include "database/server_calls.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace nem12::loader {
namespace {

constexpr std::ptrdiff_t kMonthsInOneCall = 120; // the server makes 240 at most

std::string bytea(std::string_view hex) { return "\\x" + std::string(hex); }

std::string_view text_at(const PgResult &result, int row, int column) {
    return {PQgetvalue(result.get(), row, column), static_cast<size_t>(PQgetlength(result.get(), row, column))};
}

int64_t number_at(const PgResult &result, int row, int column) {
    std::string_view text = text_at(result, row, column);
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string array_of(const std::vector<std::string> &items) {
    std::string out = "{";
    for (const auto &item : items)
        out += (out.size() > 1 ? "," : "") + item;
    return out + "}";
}

} // namespace

bool file_loaded(PgConnection &connection, std::string_view sha256, const Patience &patience) {
    std::string hash = bytea(sha256);
    return text_at(connection.execute("SELECT nem12_file_loaded($1::bytea)", {{hash}}, patience), 0, 0) == "t";
}

std::set<std::string> files_loaded(PgConnection &connection, const std::vector<std::string> &sha256s,
                                   const Patience &patience) {
    std::string hashes = array_of(sha256s);
    PgResult rows = connection.execute("SELECT sha FROM unnest($1::text[]) sha WHERE nem12_file_loaded(decode(sha, 'hex'))",
                                       {{hashes}}, patience);
    std::set<std::string> loaded;
    for (int row = 0; row < PQntuples(rows.get()); ++row)
        loaded.emplace(text_at(rows, row, 0));
    return loaded;
}

FindingsReport findings_report(std::string_view file, std::string_view sha256, const Verdict &verdict) {
    nlohmann::json array = nlohmann::json::array();
    for (const auto &finding : verdict.findings)
        array.push_back({{"line", finding.line},
                         {"record", finding.record},
                         {"field", finding.field},
                         {"severity", finding.severity},
                         {"code", finding.code},
                         {"sqlstate", finding.sqlstate},
                         {"message", finding.message},
                         {"text", finding.text}});
    // A name or a text that is no UTF-8 must not stop its own report.
    return {std::string(file), std::string(sha256), verdict.from_participant, verdict.to_participant,
            array.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

int64_t report_findings(PgConnection &connection, const FindingsReport &report, const Patience &patience) {
    std::string hash = bytea(report.sha256);
    auto sender = [](const std::string &participant) { return PgParameter{participant, false, participant.empty()}; };
    return number_at(connection.execute("SELECT nem12_report_findings($1::text, $2::bytea, $3::jsonb, $4::text, $5::text)",
                                        {{report.file},
                                         {hash, false, report.sha256.empty()}, // an archive that could not be opened
                                         {report.findings},
                                         sender(report.from_participant),
                                         sender(report.to_participant)},
                                        patience),
                     0, 0);
}

void ping_write(PgConnection &connection, const Patience &patience) {
    connection.execute("SELECT nem12_ping_write()", {}, patience);
}

int64_t staging_depth(PgConnection &connection, const Patience &patience) {
    return number_at(connection.execute("SELECT nem12_staging_depth()", {}, patience), 0, 0);
}

MergeCounts merge_staging(PgConnection &connection, int64_t max_days, const Patience &patience) {
    std::string most = std::to_string(max_days);
    PgResult row = connection.execute("SELECT inserted, updated, discarded, remaining FROM nem12_merge_staging($1::bigint)",
                                      {{most, false, max_days <= 0}}, patience);
    return {number_at(row, 0, 0), number_at(row, 0, 1), number_at(row, 0, 2), number_at(row, 0, 3)};
}

void PreparedMonths::prepare(PgConnection &connection, const std::vector<std::string> &months, const Patience &patience) {
    std::vector<std::string> missing;
    {
        std::lock_guard lock(mutex_);
        for (const auto &month : months)
            if (!known_.count(month))
                missing.push_back(month);
    }
    if (missing.empty())
        return;
    for (auto begin = missing.begin(); begin != missing.end();) {
        const auto end = missing.end() - begin > kMonthsInOneCall ? begin + kMonthsInOneCall : missing.end();
        std::string dates = array_of({begin, end});
        connection.execute("SELECT nem12_prepare_months($1::date[])", {{dates}}, patience);
        std::lock_guard lock(mutex_);
        known_.insert(begin, end);
        begin = end;
    }
}

} // namespace nem12::loader
