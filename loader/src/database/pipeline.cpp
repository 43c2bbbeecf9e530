#include "database/pipeline.hpp"

#include <cstring>

namespace nem12::loader {

Pipeline::Pipeline(PgConnection &connection) : connection_(connection) {
    if (!PQenterPipelineMode(connection_.get()))
        connection_.fail(nullptr);
}

Pipeline::~Pipeline() {
    if (!done_)
        connection_.close();
}

void Pipeline::send(const char *sql, const std::vector<PgParameter> &parameters) {
    queue(sql, parameters);
    flush();
}

void Pipeline::flush() {
    if (!PQsendFlushRequest(connection_.get()))
        connection_.fail(nullptr);
    connection_.flush();
}

void Pipeline::queue(const char *sql, const std::vector<PgParameter> &parameters) { connection_.send(sql, parameters); }

PgResult Pipeline::receive(const Patience &patience) {
    PgResult answer = connection_.next_result(patience);
    if (!answer)
        connection_.fail(nullptr, commit_sent_);
    ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        connection_.fail(answer.get(), commit_sent_);
    // The null that ends this statement's results.
    if (connection_.next_result(patience))
        throw DatabaseError(ErrorClass::kInternal, "", "more than one result for a statement");
    return answer;
}

void Pipeline::send_commit() {
    connection_.send("COMMIT", {});
    if (!PQpipelineSync(connection_.get()))
        connection_.fail(nullptr);
    commit_sent_ = true;
    connection_.flush();
}

void Pipeline::receive_commit(const Patience &patience) {
    PgResult answer = receive(patience);
    if (strcmp(PQcmdStatus(answer.get()), "COMMIT") != 0)
        throw DatabaseError(ErrorClass::kInternal, "", "the server answered ROLLBACK to COMMIT");
    // The commit stands whatever happens to the rest of the conversation.
    done_ = true;
    try {
        PgResult sync = connection_.next_result(patience);
        if (!sync || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC || !PQexitPipelineMode(connection_.get()))
            connection_.close();
    } catch (const std::exception &) {
        connection_.close();
    }
}

} // namespace nem12::loader
