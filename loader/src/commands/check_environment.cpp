// check-config --connect: what the daemon will need, looked at before it is started.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/version.hpp"
#include "commands/cli.hpp"
#include "commands/commands.hpp"
#include "config/load_config.hpp"
#include "database/installation.hpp"
#include "database/server_calls.hpp"
#include "log/log.hpp"
#include "queue/redis_client.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{10};
constexpr double kClocksMayDiffer = 5; // seconds
constexpr uintmax_t kLittleRoom = uintmax_t{1} << 30, kNoRoom = uintmax_t{64} << 20;

// The list, printed line by line.
class Checklist {
public:
    void good(const char *subject, const std::string &what) { line("ok", subject, what); }
    void note(const char *subject, const std::string &what, const std::string &advice) { line("note", subject, what, advice); }
    void wrong(const char *subject, const std::string &what, const std::string &advice) {
        ++wrong_;
        line("WRONG", subject, what, advice);
    }
    int end() const {
        std::printf(wrong_ == 0 ? "ready\n" : "%d to mend\n", wrong_);
        return wrong_ == 0 ? kExitOk : kExitSomeBad;
    }

private:
    static void line(const char *verdict, const char *subject, const std::string &what, const std::string &advice = {}) {
        std::string text = mask_secrets(what); // libpq's has several lines
        for (size_t at = 0; (at = text.find_first_of("\n\t", at)) != std::string::npos;)
            text.replace(at, 1, " ");
        std::printf("%-6s %-10s %s\n", verdict, subject, text.c_str());
        if (!advice.empty())
            std::printf("%-17s -> %s\n", "", advice.c_str());
    }
    int wrong_ = 0;
};

void check_clock(double seconds_ahead, Checklist &list) {
    char text[80];
    std::snprintf(text, sizeof text, "the database's is %.1f s %s this host's", std::abs(seconds_ahead),
                  seconds_ahead < 0 ? "behind" : "ahead of");
    if (std::abs(seconds_ahead) > kClocksMayDiffer)
        list.wrong("clock", text,
                   "have both set by NTP: a file that seems to come from the future is refused (max_future_hours)");
    else
        list.good("clock", "this host's and the database's agree");
}

void check_extension(PgConnection &connection, Checklist &list) {
    const Installation found = look_at_installation(connection, loader_functions(), Patience::of(kPatience));
    list.good("database", "PostgreSQL " + found.server_version + ", database " + found.database + ", as " + found.role);
    for (const std::string &setting : found.settings_that_lose_data)
        list.wrong("database", setting + ": a power cut may lose what is committed", "set it to on in postgresql.conf");
    check_clock(found.seconds_ahead, list);
    if (const Obstacle obstacle = extension_obstacle(found)) {
        list.wrong("extension", obstacle.what, obstacle.what_to_do);
        return;
    }
    const std::string version = "nem12 " + found.extension_version + " in schema " + found.schema;
    if (found.extension_version == kVersion)
        list.good("extension", version);
    else
        list.wrong("extension", version + ", but this loader is " + std::string(kVersion),
                   "install the packages of one version, then: ALTER EXTENSION nem12 UPDATE");
    const std::set<std::string> forbidden(found.forbidden.begin(), found.forbidden.end());
    for (const std::string &function : loader_functions()) {
        if (!forbidden.contains(function))
            list.good("right", found.role + " may call " + function);
        else
            list.wrong("right", found.role + " may not call " + function,
                       "as the extension's owner: GRANT EXECUTE ON FUNCTION " + function + " TO \"" + found.role + "\"");
    }
    if (forbidden.contains("nem12_ping_write"))
        return;
    ping_write(connection, Patience::of(kPatience));
    list.good("database", "takes writes");
}

void check_database(const Config &config, Checklist &list) {
    PgConnection connection(config.database);
    try {
        connection.ensure(kPatience);
    } catch (const DatabaseError &error) {
        list.wrong("database", error.what(), connection_advice(error));
        return;
    }
    try {
        check_extension(connection, list);
    } catch (const DatabaseError &error) {
        list.wrong("database", error.what(), error.hint.empty() ? "look at the server's log" : error.hint);
    }
}

std::string advice_for(const RedisError &error) {
    if (error.kind() == RedisError::Kind::kConfig)
        return "correct [redis] url, user and password; the user's rights are in docs/security.md, \"A user in Redis\"";
    if (error.kind() == RedisError::Kind::kFull)
        return "raise maxmemory, or remove what else is in this Redis";
    return "is it up (redis-cli ping), and is [redis] url right?";
}

// Each command that the queue's functions run, on a key of its own kind: what is not permitted shows here and not in the night.
void check_redis_rights(RedisClient &client, const std::string &prefix, Checklist &list) {
    const std::string text = prefix + "check-config:text", hash = prefix + "check-config:hash",
                      order = prefix + "check-config:order";
    const std::vector<std::vector<std::string_view>> commands{{"TIME"},
                                                              {"SETNX", text, "1"},
                                                              {"INCR", text},
                                                              {"GET", text},
                                                              {"EXPIRE", text, "60"},
                                                              {"PERSIST", text},
                                                              {"HSET", hash, "a", "1"},
                                                              {"HSETNX", hash, "b", "1"},
                                                              {"HINCRBY", hash, "a", "1"},
                                                              {"HGET", hash, "a"},
                                                              {"HMGET", hash, "a", "b"},
                                                              {"HGETALL", hash},
                                                              {"HDEL", hash, "b"},
                                                              {"ZADD", order, "1", "a"},
                                                              {"ZCARD", order},
                                                              {"ZSCORE", order, "a"},
                                                              {"ZRANGE", order, "0", "0"},
                                                              {"ZRANGEBYSCORE", order, "0", "1"},
                                                              {"ZREM", order, "a"},
                                                              {"ZREMRANGEBYRANK", order, "0", "0"},
                                                              {"DEL", text, hash, order}};
    std::string refused;
    for (const auto &command : commands) {
        try {
            client.call(command);
        } catch (const RedisError &error) {
            if (std::string_view(error.what()).find("NOPERM") == std::string_view::npos)
                throw;
            refused += (refused.empty() ? "" : ", ") + std::string(command[0]);
        }
    }
    if (refused.empty())
        list.good("redis", "every command of the queue is permitted on " + prefix + "*");
    else
        list.wrong("redis", "not permitted on " + prefix + "*: " + refused,
                   "ACL SETUSER as in docs/security.md, \"A user in Redis\", with this prefix");
}

void check_redis(const Config &config, Checklist &list) {
    try {
        RedisClient client(config.redis);
        check_redis_rights(client, config.redis.prefix, list);
        const auto queue = make_redis_job_queue(config.redis, config.queue);
        const auto counts = queue->counts();
        list.good("redis", "the queue's functions run; " + std::to_string(counts.by_status.at("pending")) + " jobs pending");
        const std::string wrong = queue->wrong_settings();
        if (wrong.empty())
            list.good("redis", "throws no job away");
        else
            list.wrong("redis", wrong, "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf");
    } catch (const RedisError &error) {
        list.wrong("redis", error.what(), advice_for(error));
    }
}

// The directory, or the nearest one above it that exists: there it will be made.
fs::path standing(fs::path directory) {
    std::error_code ignored;
    while (!fs::exists(directory, ignored) && directory.has_relative_path())
        directory = directory.parent_path();
    return directory;
}

std::string this_user() { return "the user with the number " + std::to_string(::geteuid()); }

// Returns the file system's number; 0 when the directory is of no use.
dev_t check_directory(const char *key, const fs::path &directory, Checklist &list) {
    const fs::path place = standing(directory);
    struct stat status {};
    if (::stat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        list.wrong("directory", std::string(key) + ": " + place.string() + " is no directory",
                   "give another in [ingest] " + std::string(key));
        return 0;
    }
    const std::string shown = std::string(key) + ": " + directory.string();
    if (::faccessat(AT_FDCWD, place.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        list.wrong("directory", shown + ": " + this_user() + " may not write in " + place.string(),
                   "chown it to the loader's user, and run this check as that user (sudo -u nem12)");
        return 0;
    }
    if ((status.st_mode & S_ISVTX) != 0 && status.st_uid != ::geteuid() && place == directory)
        list.wrong("directory", shown + " is sticky: files of others cannot be taken out", "chmod -t " + place.string());
    else
        list.good("directory", shown + (place == directory ? "" : " (will be made)"));
    return status.st_dev;
}

void check_room(const fs::path &spool, Checklist &list) {
    std::error_code failed;
    const uintmax_t free = fs::space(standing(spool), failed).available;
    if (failed)
        return;
    const std::string what = std::to_string(free >> 20) + " MiB free for the spool";
    const char *advice = "make room: the spool holds files until they are loaded, archive/ and rejected/ are never cleared";
    if (free < kNoRoom)
        list.wrong("room", what, advice);
    else if (free < kLittleRoom)
        list.note("room", what, advice);
    else
        list.good("room", what);
}

void check_directories(const IngestConfig &ingest, Checklist &list) {
    const dev_t inbox = check_directory("inbox", ingest.inbox, list), spool = check_directory("spool", ingest.spool, list);
    std::string elsewhere;
    for (const auto &[key, directory] :
         {std::pair{"archive", ingest.archive}, std::pair{"rejected", ingest.rejected}, std::pair{"failed", ingest.failed}}) {
        const dev_t device = check_directory(key, directory, list);
        if (device != 0 && spool != 0 && device != spool)
            elsewhere += (elsewhere.empty() ? "" : ", ") + std::string(key);
    }
    if (!elsewhere.empty())
        list.wrong("directory", "not on the spool's file system: " + elsewhere,
                   "put spool, archive, rejected and failed on one: files move between them by rename");
    else if (inbox != 0 && spool != 0 && inbox != spool)
        list.note("directory", "the inbox is on another file system than the spool",
                  "this works; files are copied into the spool, which takes about as long as checking them");
    if (spool != 0)
        check_room(ingest.spool, list);
}

} // namespace

int check_environment(const Config &config) {
    Checklist list;
    check_database(config, list);
    check_redis(config, list);
    check_directories(config.ingest, list);
    return list.end();
}

} // namespace nem12::loader
