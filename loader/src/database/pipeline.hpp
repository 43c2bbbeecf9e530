#pragma once
// libpq's pipeline mode: statements are sent before earlier ones were answered; answers come in order. After an error or
// an early end the connection is closed, which is the one rollback that works in every state.

#include <vector>

#include "database/pg_connection.hpp"

namespace nem12::loader {

class Pipeline {
public:
    explicit Pipeline(PgConnection &connection);
    ~Pipeline();
    Pipeline(const Pipeline &) = delete;
    Pipeline &operator=(const Pipeline &) = delete;

    // Queues a statement and asks the server to answer it without waiting for more.
    void send(const char *sql, const std::vector<PgParameter> &parameters = {});
    // The same in two steps, for statements that fly together.
    void queue(const char *sql, const std::vector<PgParameter> &parameters = {});
    void flush();
    // The answer to the oldest unanswered statement. Throws DatabaseError; kInDoubt for a connection lost after commit().
    PgResult receive(const Patience &patience);
    void send_commit();
    // Receives the answer to COMMIT and leaves pipeline mode.
    void receive_commit(const Patience &patience);

private:
    PgConnection &connection_;
    bool commit_sent_ = false, done_ = false;
};

} // namespace nem12::loader
