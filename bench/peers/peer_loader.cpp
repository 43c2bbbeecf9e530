// The ways people load meter files today, each written as well as we can: what nem12 is measured against.
//
//   peer_loader MODE CONNINFO FILE...
//     upsert       2,000-row INSERT ... ON CONFLICT DO UPDATE from 5 connections, after a validation pass over the file
//     copy-text    COPY of exploded rows, text
//     copy-binary  COPY of exploded rows, binary
//     day-arrays   COPY binary of one row per day, values as int4[]
//     totals       loads nothing: count and sum of what the files hold
// Makes its table in schema peer, loads every file, prints one line of JSON.

#include <libpq-fe.h>
#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>
#include <thread>

#include "copy_format.hpp"
#include "day_source.hpp"

namespace nem12::bench {
namespace {

struct Connection {
    explicit Connection(const std::string &conninfo) : handle(PQconnectdb(conninfo.c_str()), &PQfinish) {
        if (PQstatus(handle.get()) != CONNECTION_OK)
            throw std::runtime_error(PQerrorMessage(handle.get()));
    }
    void run(const std::string &sql, ExecStatusType expected = PGRES_COMMAND_OK) {
        std::unique_ptr<PGresult, void (*)(PGresult *)> result(PQexec(handle.get(), sql.c_str()), &PQclear);
        if (PQresultStatus(result.get()) != expected)
            throw std::runtime_error(PQerrorMessage(handle.get()));
    }
    std::unique_ptr<PGconn, void (*)(PGconn *)> handle;
};

class CopyIn {
public:
    CopyIn(Connection &connection, const std::string &sql) : connection_(connection) { connection_.run(sql, PGRES_COPY_IN); }
    void flush_if_full() {
        if (buffer.size() >= size_t{1} << 18)
            flush();
    }
    void finish() {
        flush();
        if (PQputCopyEnd(connection_.handle.get(), nullptr) != 1)
            fail();
        std::unique_ptr<PGresult, void (*)(PGresult *)> result(PQgetResult(connection_.handle.get()), &PQclear);
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
            fail();
        PQclear(PQgetResult(connection_.handle.get()));
    }
    std::string buffer;

private:
    void flush() {
        if (PQputCopyData(connection_.handle.get(), buffer.data(), static_cast<int>(buffer.size())) != 1)
            fail();
        buffer.clear();
    }
    [[noreturn]] void fail() { throw std::runtime_error(PQerrorMessage(connection_.handle.get())); }
    Connection &connection_;
};

int64_t copy_rows(const std::string &conninfo, const std::string &path, bool binary) {
    Connection connection(conninfo);
    CopyIn copy(connection, std::string("COPY peer.rows FROM STDIN") + (binary ? " (FORMAT binary)" : ""));
    if (binary)
        copy.buffer = binary_header();
    int64_t readings = 0;
    for_each_day(path, [&](const mdff::Header &, const mdff::ChannelDetails &channel, const mdff::IntervalDay &day) {
        int64_t at = mdff::start_of(day.date).seconds;
        for (const int64_t value : day.values) {
            if (binary) {
                BinaryRow row(copy.buffer, 5);
                row.text(channel.nmi);
                row.text(channel.nmi_suffix);
                row.timestamp(at);
                row.numeric(value, day.scale);
                row.text(day.quality.method);
            } else {
                copy.buffer.append(channel.nmi).append("\t").append(channel.nmi_suffix).append("\t");
                append_timestamp(copy.buffer, at);
                copy.buffer.push_back('\t');
                append_decimal(copy.buffer, value, day.scale);
                copy.buffer.append("\t").append(day.quality.method).append("\n");
            }
            at += day.interval_length * 60;
        }
        readings += static_cast<int64_t>(day.values.size());
        copy.flush_if_full();
    });
    if (binary)
        append_big_endian(copy.buffer, int16_t{-1});
    copy.finish();
    return readings;
}

int64_t copy_day_arrays(const std::string &conninfo, const std::string &path) {
    Connection connection(conninfo);
    CopyIn copy(connection, "COPY peer.days FROM STDIN (FORMAT binary)");
    copy.buffer = binary_header();
    int64_t readings = 0;
    for_each_day(path, [&](const mdff::Header &, const mdff::ChannelDetails &channel, const mdff::IntervalDay &day) {
        BinaryRow row(copy.buffer, 6);
        row.text(channel.nmi);
        row.text(channel.nmi_suffix);
        row.date(day.date);
        row.int2(day.scale);
        row.text(day.quality.method);
        row.int4_array(day.values.data(), static_cast<int32_t>(day.values.size()));
        readings += static_cast<int64_t>(day.values.size());
        copy.flush_if_full();
    });
    append_big_endian(copy.buffer, int16_t{-1});
    copy.finish();
    return readings;
}

// Statements from one producer to the connections' threads, a few in hand.
class StatementQueue {
public:
    void push(std::string statement) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return statements_.size() < 16; });
        statements_.push_back(std::move(statement));
        filled_.notify_one();
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        filled_.notify_all();
    }
    bool pop(std::string &out) {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [&] { return closed_ || !statements_.empty(); });
        if (statements_.empty())
            return false;
        out = std::move(statements_.front());
        statements_.pop_front();
        room_.notify_one();
        return true;
    }

private:
    std::mutex mutex_;
    std::condition_variable room_, filled_;
    std::deque<std::string> statements_;
    bool closed_ = false;
};

int64_t upsert_rows(const std::string &conninfo, const std::string &path) {
    constexpr int kConnections = 5;
    constexpr int kRowsPerStatement = 2000;
    for_each_day(path, [](const auto &, const auto &, const auto &) {}); // the validation pass
    StatementQueue queue;
    std::vector<std::jthread> workers;
    for (int i = 0; i < kConnections; ++i) {
        workers.emplace_back([&queue, &conninfo] {
            Connection connection(conninfo);
            for (std::string statement; queue.pop(statement);)
                connection.run(statement);
        });
    }
    std::string rows;
    int count = 0;
    int64_t readings = 0;
    const auto send = [&] {
        if (count == 0)
            return;
        queue.push("INSERT INTO peer.meter_readings (nmi, \"timestamp\", consumption, file_creation_date) VALUES " + rows +
                   " ON CONFLICT (nmi, \"timestamp\") DO UPDATE SET consumption = EXCLUDED.consumption,"
                   " file_creation_date = EXCLUDED.file_creation_date");
        rows.clear();
        count = 0;
    };
    for_each_day(path, [&](const mdff::Header &header, const mdff::ChannelDetails &channel, const mdff::IntervalDay &day) {
        int64_t at = mdff::start_of(day.date).seconds;
        for (const int64_t value : day.values) {
            // The replaced design has no suffix column; it goes with the NMI so that E1 and B1 do not overwrite each other.
            rows.append(count == 0 ? "('" : ",('").append(channel.nmi).append(channel.nmi_suffix).append("','");
            append_timestamp(rows, at);
            rows.append("',");
            append_decimal(rows, value, day.scale);
            rows.append(",'");
            append_timestamp(rows, header.created.seconds);
            rows.append("')");
            at += day.interval_length * 60;
            if (++count == kRowsPerStatement)
                send();
        }
        readings += static_cast<int64_t>(day.values.size());
    });
    send();
    queue.close();
    workers.clear();
    return readings;
}

// Prints the number of readings and their sum, for comparison with what a load stored.
int print_totals(int argc, char **argv) {
    int64_t readings = 0;
    __int128 sum = 0; // at mdff::kMaxScale
    for (int i = 3; i < argc; ++i) {
        for_each_day(argv[i], [&](const auto &, const auto &, const mdff::IntervalDay &day) {
            int64_t day_sum = 0;
            for (const int64_t value : day.values)
                day_sum += value;
            sum += static_cast<__int128>(day_sum) * mdff::kPowersOfTen[mdff::kMaxScale - day.scale];
            readings += static_cast<int64_t>(day.values.size());
        });
    }
    std::string text;
    append_decimal(text, static_cast<int64_t>(sum), mdff::kMaxScale); // a benchmark's sum stays below 18 digits
    std::cout << readings << "|" << text << "\n";
    return 0;
}

void make_tables(const std::string &conninfo) {
    Connection(conninfo).run(
        "DROP SCHEMA IF EXISTS peer CASCADE; CREATE SCHEMA peer;"
        "CREATE TABLE peer.meter_readings (id uuid NOT NULL DEFAULT gen_random_uuid(), nmi varchar(12) NOT NULL,"
        " \"timestamp\" timestamp NOT NULL, consumption numeric NOT NULL, file_creation_date timestamp,"
        " PRIMARY KEY (id), UNIQUE (nmi, \"timestamp\"));"
        "CREATE TABLE peer.rows (nmi text, nmi_suffix text, ts timestamp, consumption numeric, quality text,"
        " PRIMARY KEY (nmi, nmi_suffix, ts));"
        "CREATE TABLE peer.days (nmi text, nmi_suffix text, day date, scale int2, quality text, readings int4[],"
        " PRIMARY KEY (nmi, nmi_suffix, day))");
}

int run(int argc, char **argv) {
    if (argc < 4)
        throw std::runtime_error("usage: peer_loader upsert|copy-text|copy-binary|day-arrays|totals CONNINFO FILE...");
    const std::string mode = argv[1];
    const std::string conninfo = argv[2];
    if (mode == "totals")
        return print_totals(argc, argv);
    make_tables(conninfo);
    const auto begin = std::chrono::steady_clock::now();
    int64_t readings = 0;
    for (int i = 3; i < argc; ++i) {
        if (mode == "upsert")
            readings += upsert_rows(conninfo, argv[i]);
        else if (mode == "copy-text")
            readings += copy_rows(conninfo, argv[i], false);
        else if (mode == "copy-binary")
            readings += copy_rows(conninfo, argv[i], true);
        else if (mode == "day-arrays")
            readings += copy_day_arrays(conninfo, argv[i]);
        else
            throw std::runtime_error("unknown mode " + mode);
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "{\"readings\": " << readings << ", \"seconds\": " << elapsed.count() << ", \"peak_kb\": " << usage.ru_maxrss
              << "}\n";
    return 0;
}

} // namespace
} // namespace nem12::bench

int main(int argc, char **argv) {
    try {
        return nem12::bench::run(argc, argv);
    } catch (const std::exception &error) {
        std::cerr << "peer_loader: " << error.what() << "\n";
        return 2;
    }
}
