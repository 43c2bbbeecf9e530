#pragma once
// One connection to the server, never blocking longer than it is allowed to. Not for several threads at once.

#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "database/conninfo.hpp"
#include "database/database_error.hpp"

namespace nem12::loader {

struct PgResultDeleter {
    void operator()(PGresult *result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, PgResultDeleter>;

struct PgParameter {
    std::string_view value;
    bool binary = false; // as the type's recv takes it; otherwise text, and then zero-terminated
    bool null = false;
};

// A row of COPY ... TO STDOUT, as libpq hands it out.
struct PgCopyRowDeleter {
    void operator()(char *bytes) const { PQfreemem(bytes); }
};
struct PgCopyRow {
    std::unique_ptr<char, PgCopyRowDeleter> bytes; // null: no more rows
    size_t size = 0;
    std::string_view view() const { return {bytes.get(), size}; }
};

// How long a call may take, and who may end it earlier.
struct Patience {
    std::chrono::steady_clock::time_point deadline;
    const std::atomic<bool> *cancelled = nullptr;

    static Patience of(std::chrono::milliseconds time, const std::atomic<bool> *cancelled = nullptr) {
        return {std::chrono::steady_clock::now() + time, cancelled};
    }
};

class PgConnection {
public:
    // statement_timeout: set in the session, 0 for none.
    explicit PgConnection(DatabaseConfig config, std::chrono::milliseconds statement_timeout = std::chrono::milliseconds(0),
                          Purpose purpose = Purpose::kLoading);
    PgConnection(const PgConnection &) = delete;
    PgConnection &operator=(const PgConnection &) = delete;

    // Connects unless there is a living connection. Throws DatabaseError.
    void ensure(std::chrono::milliseconds timeout = std::chrono::seconds(10));
    bool connected() const { return connection_ != nullptr; }
    void close() { connection_.reset(); }

    // One statement outside pipeline mode. Throws DatabaseError; Cancelled after patience.cancelled. Both a timeout
    // and a cancellation cancel the statement on the server and close the connection.
    PgResult execute(const char *sql, const std::vector<PgParameter> &parameters, const Patience &patience);

    // For pipelines.
    PGconn *get() const { return connection_.get(); }
    void send(const char *sql, const std::vector<PgParameter> &parameters); // queued; wait() or flush() moves it
    void flush();                                                           // as much as the socket takes
    PgResult next_result(const Patience &patience);                         // null at the end of a statement's results
    PgCopyRow next_copy_row(const Patience &patience); // after a result PGRES_COPY_OUT; the end's own result comes next
    std::string literal(std::string_view text) const;  // quoted, where a statement takes no parameters
    // For an error result, or (null) for the connection.
    [[noreturn]] void fail(const PGresult *result, bool commit_sent = false);

private:
    struct ConnectionDeleter {
        void operator()(PGconn *connection) const { PQfinish(connection); }
    };
    void connect(std::chrono::milliseconds timeout);
    void wait_for_input(const Patience &patience);
    void cancel_and_close();
    static void receive_notice(void *self, const PGresult *notice);

    DatabaseConfig config_;
    std::chrono::milliseconds statement_timeout_;
    Purpose purpose_;
    std::unique_ptr<PGconn, ConnectionDeleter> connection_;
    bool said_goodbye_ = false; // the server announced that it ends this connection (57P0x)
};

} // namespace nem12::loader
