#pragma once
// A private PostgreSQL on a unix socket; as user postgres when the test is run by root.

#include <libpq-fe.h>

#include <cstdio>

#include "config/config.hpp"
#include "loader/support/child_process.hpp"
#include "log/log.hpp"

namespace nem12::loader::test {

class PostgresServer {
public:
    explicit PostgresServer(std::vector<std::string> settings = {}) : settings_(std::move(settings)) {
        set_log_level("error"); // tests make trouble on purpose
        if (geteuid() == 0)
            if (const passwd *user = getpwnam("postgres"))
                if (chown(directory_.path().c_str(), user->pw_uid, user->pw_gid) != 0)
                    throw std::runtime_error("chown failed");
        ChildProcess initdb({bindir() + "/initdb", "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                             "--no-sync", "--no-instructions"},
                            log(), "postgres");
        if (initdb.stop(0) != 0)
            throw std::runtime_error("initdb failed");
        start();
    }
    ~PostgresServer() { stop(); }

    void start() {
        std::vector<std::string> words{bindir() + "/postgres", "-D", data(),      "-k", directory_.path().string(), "-c",
                                       "listen_addresses=",    "-c", "fsync=off", "-c", "shared_buffers=32MB"};
        for (const auto &setting : settings_)
            words.insert(words.end(), {"-c", setting});
        process_ = ChildProcess(words, log(), "postgres");
        if (!eventually([&] { return PQping(conninfo().c_str()) == PQPING_OK; }))
            throw std::runtime_error("PostgreSQL did not start");
    }
    // SIGINT: fast, SIGQUIT: immediate.
    void stop(int signal = SIGINT) { process_.stop(signal); }
    void restart(int signal = SIGINT) {
        stop(signal);
        start();
    }

    std::filesystem::path folder() const { return directory_.path(); } // of its socket
    std::string conninfo(const std::string &database = "postgres") const {
        return "host=" + directory_.path().string() + " user=postgres dbname=" + database;
    }
    DatabaseConfig config(const std::string &database = "postgres") const {
        DatabaseConfig config;
        config.conninfo = conninfo(database);
        return config;
    }

    // Runs SQL as superuser; the first row's first column as text, "" when there is none. Throws on an error.
    std::string query(const std::string &sql, const std::string &database = "postgres") const {
        std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(conninfo(database).c_str()), PQfinish);
        std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
        auto status = PQresultStatus(result.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw std::runtime_error(PQerrorMessage(connection.get()));
        return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
    }

private:
    struct PipeEnd {
        void operator()(FILE *pipe) const { pclose(pipe); }
    };

    // Of the PostgreSQL that scripts/with-servers takes too.
    static std::string bindir() {
        static const std::string folder = [] {
            std::unique_ptr<FILE, PipeEnd> answer(popen("${PG_CONFIG:-pg_config} --bindir", "r"));
            std::string line(4096, '\0');
            if (!answer || fgets(line.data(), static_cast<int>(line.size()), answer.get()) == nullptr)
                throw std::runtime_error("pg_config --bindir says nothing");
            return line.substr(0, line.find('\n'));
        }();
        return folder;
    }
    std::string data() const { return (directory_.path() / "data").string(); }
    std::filesystem::path log() const { return directory_.path() / "postgres.log"; }

    TemporaryDirectory directory_;
    std::vector<std::string> settings_;
    ChildProcess process_;
};

} // namespace nem12::loader::test
