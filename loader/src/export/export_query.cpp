#include "export/export_query.hpp"

#include <charconv>

namespace nem12::loader {
namespace {

// Constants, not parameters: COPY takes none, and with constants nem12_export becomes part of the query.
class Constants {
public:
    Constants(const PgConnection &connection, const ExportRequest &request) : connection_(connection), request_(request) {}

    std::string nmis() const {
        if (request_.nmis.empty())
            return "NULL::text[]";
        std::string array;
        for (const std::string &nmi : request_.nmis) {
            array += array.empty() ? "{\"" : ",\"";
            for (const char c : nmi) {
                if (c == '"' || c == '\\')
                    array += '\\';
                array += c;
            }
            array += '"';
        }
        return connection_.literal(array + "}") + "::text[]";
    }
    std::string of(const std::string &text, const char *type) const {
        return (text.empty() ? "NULL" : connection_.literal(text)) + "::" + type;
    }

private:
    const PgConnection &connection_;
    const ExportRequest &request_;
};

std::string records_query(const char *function, const ExportRequest &request, const Constants &constants) {
    return std::string("SELECT * FROM ") + function + "(" + constants.nmis() + ", " + constants.of(request.from_date, "date") +
           ", " + constants.of(request.to_date, "date") + ", " + constants.of(request.as_of, "timestamptz") + ", " +
           constants.of(request.from_participant, "text") + ", " + constants.of(request.to_participant, "text") + ", " +
           constants.of(request.created, "timestamp") + ")";
}

// Of the days that are asked for; " WHERE ..." or nothing.
std::string conditions(const ExportRequest &request, const Constants &constants, const std::string &first = {}) {
    std::string all;
    const auto add = [&all](const std::string &condition) { all += (all.empty() ? " WHERE " : " AND ") + condition; };
    if (!first.empty())
        add(first);
    if (!request.nmis.empty())
        add("nmi = ANY (" + constants.nmis() + ")");
    if (!request.from_date.empty())
        add("interval_date >= " + constants.of(request.from_date, "date"));
    if (!request.to_date.empty())
        add("interval_date <= " + constants.of(request.to_date, "date"));
    return all;
}

// Days are sorted and then taken apart: sorting readings would take the server's disk and the time of 288 times as many rows.
std::string readings_query(const ExportRequest &request, const Constants &constants) {
    const bool current = request.as_of.empty();
    const std::string days =
        current ? "nem12_day_versions" : "nem12_days_as_of(" + constants.of(request.as_of, "timestamptz") + ")";
    return R"(SELECT d.nmi, d.nmi_suffix, r."timestamp", r.consumption, d.uom, d.flow, r.interval_length, r.quality_method,)"
           R"( r.reason_code, r.reason_description, d.meter_serial, d.file_creation_date)"
           R"( FROM (SELECT nmi, nmi_suffix, interval_date, "values", quality, events, uom, flow, meter_serial, file_creation_date FROM )" +
           days + conditions(request, constants, current ? "status = 'current'" : "") +
           R"( ORDER BY nmi, nmi_suffix, interval_date) d)"
           R"( CROSS JOIN LATERAL nem12_day_readings(d.interval_date, d."values", d.quality, d.events) r)";
}

} // namespace

void begin_reading(PgConnection &connection, const Patience &patience) {
    connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", {}, patience);
    // Of the transaction and not the session: behind a pooler the next transaction may be in another one.
    connection.execute("SELECT set_config(name, value, true) FROM (VALUES ('TimeZone', '<+10>-10'), ('DateStyle', 'ISO, YMD'),"
                       " ('client_encoding', 'UTF8'), ('jit', 'off')) v(name, value)",
                       {}, patience);
}

bool is_readable(PgConnection &connection, const std::string &text, const char *type, const Patience &patience) {
    try {
        connection.execute(("SELECT $1::" + std::string(type)).c_str(), {{text}}, patience);
        return true;
    } catch (const DatabaseError &error) {
        if (error.sqlstate().starts_with("22"))
            return false;
        throw;
    }
}

std::string export_query(const PgConnection &connection, const ExportRequest &request) {
    const Constants constants(connection, request);
    switch (request.format) {
    case ExportFormat::kNem12: return records_query("nem12_export", request, constants);
    case ExportFormat::kNem13: return records_query("nem12_export_reads", request, constants);
    case ExportFormat::kCsv: break;
    }
    return readings_query(request, constants);
}

CopyOut::Format copy_format(ExportFormat format) {
    return format == ExportFormat::kCsv ? CopyOut::Format::kCsv : CopyOut::Format::kText;
}

int64_t expected_units(PgConnection &connection, const ExportRequest &request, const Patience &patience) {
    if (request.format == ExportFormat::kNem13)
        return -1;
    const char *counted = request.format == ExportFormat::kCsv ? "coalesce(sum(intervals), 0)" : "count(*)";
    const std::string query =
        std::string("SELECT ") + counted + " FROM nem12_day_totals" + conditions(request, Constants(connection, request));
    const PgResult result = connection.execute(query.c_str(), {}, patience);
    const std::string_view number(PQgetvalue(result.get(), 0, 0));
    int64_t units = -1;
    std::from_chars(number.data(), number.data() + number.size(), units);
    return units;
}

} // namespace nem12::loader
