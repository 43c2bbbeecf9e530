#include "database/pg_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <future>
#include <thread>

#include "log/log.hpp"

namespace nem12::loader {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLookUp{100}; // how often a wait looks whether it was cancelled

std::string_view field_of(const PGresult *result, int code) {
    const char *text = PQresultErrorField(result, code);
    return text ? text : "";
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    return text;
}

// A failed connect has no SQLSTATE field, but verbose text has it: "FATAL:  28P01: password ...".
std::string sqlstate_in(std::string_view message) {
    for (std::string_view severity : {"FATAL:  ", "ERROR:  "}) {
        size_t at = message.find(severity);
        if (at == std::string_view::npos || message.size() < at + severity.size() + 6)
            continue;
        std::string_view code = message.substr(at + severity.size(), 5);
        bool shaped =
            std::all_of(code.begin(), code.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
        if (shaped && message[at + severity.size() + 5] == ':')
            return std::string(code);
    }
    return {};
}

// Verbose text as people want it: without the code, which is known by now, and without the place in the server's source.
std::string plain_text(std::string text, const std::string &sqlstate) {
    if (const size_t at = sqlstate.empty() ? std::string::npos : text.find(sqlstate + ": "); at != std::string::npos)
        text.erase(at, sqlstate.size() + 2);
    for (size_t at = 0; (at = text.find("\nLOCATION:", at)) != std::string::npos;)
        text.erase(at, text.find('\n', at + 1) - at);
    return text;
}

// Milliseconds for poll: no longer than until the next look at the flag.
int poll_time(const Patience &patience) {
    auto left = std::chrono::ceil<milliseconds>(patience.deadline - steady_clock::now());
    return static_cast<int>(std::clamp(left, milliseconds(0), kLookUp).count());
}

bool cancelled(const Patience &patience) { return patience.cancelled && patience.cancelled->load(std::memory_order_relaxed); }

} // namespace

PgConnection::PgConnection(DatabaseConfig config, milliseconds statement_timeout, Purpose purpose)
    : config_(std::move(config)), statement_timeout_(statement_timeout), purpose_(purpose) {}

void PgConnection::receive_notice(void *self, const PGresult *notice) {
    std::string_view sqlstate = field_of(notice, PG_DIAG_SQLSTATE);
    if (sqlstate.substr(0, 4) == "57P0")
        static_cast<PgConnection *>(self)->said_goodbye_ = true;
    log_event(LogLevel::kDebug, "server_notice", field_of(notice, PG_DIAG_MESSAGE_PRIMARY), {{"sqlstate", sqlstate}});
}

void PgConnection::connect(milliseconds timeout) {
    auto parameters = connection_parameters(config_, purpose_);
    std::vector<const char *> keywords, values;
    for (const auto &[keyword, value] : parameters) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    said_goodbye_ = false;
    connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!connection_)
        throw DatabaseError(ErrorClass::kInfrastructure, "", "out of memory");
    PQsetErrorVerbosity(get(), PQERRORS_VERBOSE);
    PQsetNoticeReceiver(get(), receive_notice, this);
    auto deadline = steady_clock::now() + timeout;
    for (auto polled = PGRES_POLLING_WRITING; polled != PGRES_POLLING_OK;) {
        std::string why;
        if (PQstatus(get()) == CONNECTION_BAD || polled == PGRES_POLLING_FAILED) {
            why = trimmed(PQerrorMessage(get()));
        } else {
            pollfd socket{PQsocket(get()), static_cast<short>(polled == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
            auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
            if (left.count() <= 0)
                why = "no answer from the server within " + std::to_string(timeout.count()) + " ms";
            else if (poll(&socket, 1, static_cast<int>(left.count())) > 0)
                polled = PQconnectPoll(get());
        }
        if (!why.empty()) {
            connection_.reset();
            std::string sqlstate = sqlstate_in(why);
            throw DatabaseError(classify(sqlstate, true, false), sqlstate, plain_text(why, sqlstate));
        }
    }
    PQsetErrorVerbosity(get(), PQERRORS_DEFAULT);
    PQsetnonblocking(get(), 1);
    // As statements and not as startup options: poolers refuse those. The ack rule needs synchronous_commit, whatever
    // the cluster's default; a lock that is held for long is somebody else's work on the same file or table.
    std::string settings = "SET synchronous_commit = on; SET lock_timeout = '5s'; SET client_min_messages = warning;"
                           "SET idle_in_transaction_session_timeout = '60s'; SET client_connection_check_interval = '10s';"
                           "SET statement_timeout = " +
                           std::to_string(statement_timeout_.count());
    if (!PQsendQuery(get(), settings.c_str()))
        fail(nullptr);
    Patience patience = Patience::of(std::max(timeout, milliseconds(1000)));
    PgResult failed;
    while (PgResult result = next_result(patience))
        if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && !failed)
            failed = std::move(result);
    if (failed)
        fail(failed.get());
}

void PgConnection::ensure(milliseconds timeout) {
    // A restart or a timeout while we were idle shows as last words and an end of file: better found now than by the
    // next file's first statement.
    for (bool silent = false; connection_ && !silent;) {
        pollfd socket{PQsocket(get()), POLLIN, 0};
        silent = poll(&socket, 1, 0) <= 0;
        if (!silent && PQconsumeInput(get()))
            PQisBusy(get()); // has the words read
        else if (!silent)
            connection_.reset();
    }
    if (connection_ && (PQstatus(get()) == CONNECTION_BAD || said_goodbye_))
        connection_.reset();
    if (!connection_)
        connect(timeout);
}

// PQcancel blocks as long as the network lets it, so a thread of its own does it and is not waited for for ever.
void PgConnection::cancel_and_close() {
    if (PGcancel *handle = PQgetCancel(get())) {
        std::packaged_task<void()> task([handle] {
            char error[256];
            PQcancel(handle, error, sizeof error);
            PQfreeCancel(handle);
        });
        auto done = task.get_future();
        std::thread(std::move(task)).detach();
        done.wait_for(std::chrono::seconds(5));
    }
    connection_.reset();
}

void PgConnection::wait_for_input(const Patience &patience) {
    if (cancelled(patience)) {
        cancel_and_close();
        throw Cancelled();
    }
    if (steady_clock::now() >= patience.deadline) {
        cancel_and_close();
        throw DatabaseError(ErrorClass::kSlow, "57014", "no answer from the server in the time allowed");
    }
    int unsent = PQflush(get());
    pollfd socket{PQsocket(get()), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
    // A failed flush may still leave the server's last words to be read.
    if (poll(&socket, 1, poll_time(patience)) > 0 && (socket.revents & (POLLIN | POLLHUP | POLLERR)))
        PQconsumeInput(get());
    else if (unsent < 0)
        fail(nullptr);
}

PgResult PgConnection::next_result(const Patience &patience) {
    if (!connection_)
        throw DatabaseError(ErrorClass::kInfrastructure, "", "not connected");
    while (PQisBusy(get()))
        wait_for_input(patience);
    return PgResult(PQgetResult(get()));
}

PgCopyRow PgConnection::next_copy_row(const Patience &patience) {
    for (;;) {
        char *bytes = nullptr;
        const int size = PQgetCopyData(get(), &bytes, 1);
        PgCopyRow row{std::unique_ptr<char, PgCopyRowDeleter>(bytes), static_cast<size_t>(std::max(size, 0))};
        if (size == -2)
            fail(nullptr);
        if (size != 0 && !cancelled(patience))
            return row;
        wait_for_input(patience);
    }
}

std::string PgConnection::literal(std::string_view text) const {
    const std::unique_ptr<char, PgCopyRowDeleter> quoted(PQescapeLiteral(get(), text.data(), text.size()));
    if (!quoted)
        throw DatabaseError(ErrorClass::kConfig, "", trimmed(PQerrorMessage(get())));
    return quoted.get();
}

void PgConnection::send(const char *sql, const std::vector<PgParameter> &parameters) {
    std::vector<const char *> values;
    std::vector<int> lengths, formats;
    for (const auto &parameter : parameters) {
        values.push_back(parameter.null ? nullptr : parameter.value.data());
        lengths.push_back(static_cast<int>(parameter.value.size()));
        formats.push_back(parameter.binary);
    }
    if (!PQsendQueryParams(get(), sql, static_cast<int>(parameters.size()), nullptr, values.data(), lengths.data(),
                           formats.data(), 0))
        fail(nullptr);
}

void PgConnection::flush() {
    if (PQflush(get()) < 0)
        fail(nullptr);
}

PgResult PgConnection::execute(const char *sql, const std::vector<PgParameter> &parameters, const Patience &patience) {
    if (!connection_)
        throw DatabaseError(ErrorClass::kInfrastructure, "", "not connected");
    send(sql, parameters);
    PgResult last, failed;
    while (PgResult result = next_result(patience)) {
        if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR && !failed)
            failed = std::move(result);
        else
            last = std::move(result);
    }
    if (failed)
        fail(failed.get());
    if (!last)
        fail(nullptr);
    return last;
}

void PgConnection::fail(const PGresult *result, bool commit_sent) {
    bool lost = PQstatus(get()) == CONNECTION_BAD;
    std::string sqlstate(result ? field_of(result, PG_DIAG_SQLSTATE) : "");
    std::string message(result ? field_of(result, PG_DIAG_MESSAGE_PRIMARY) : "");
    std::string detail(result ? field_of(result, PG_DIAG_MESSAGE_DETAIL) : "");
    if (message.empty())
        message = trimmed(result ? PQresultErrorMessage(result) : PQerrorMessage(get()));
    DatabaseError error(classify(sqlstate, lost, commit_sent), sqlstate, message, detail);
    error.hint = result ? field_of(result, PG_DIAG_MESSAGE_HINT) : "";
    error.server_process_died = lost && sqlstate.empty() && !said_goodbye_;
    // 25006: this server has become a standby, and the pool must not stay pinned to it.
    if (lost || sqlstate == "25006")
        connection_.reset();
    throw error;
}

} // namespace nem12::loader
