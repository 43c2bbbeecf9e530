#include "outbox/notifier.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include <curl/curl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "base/files.hpp"
#include "log/log.hpp"

extern char **environ;

namespace nem12::loader {

namespace fs = std::filesystem;

Notifier::Notifier(NotifierOptions options) : options_(std::move(options)) {
    if (!options_.webhook.empty())
        curl_global_init(CURL_GLOBAL_DEFAULT);
}

nlohmann::json report_message(const fs::path &report) { return {{"report", fs::absolute(report).string()}}; }

Recipient::Answer Notifier::tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) {
    const auto path = messages.front().find("report");
    if (path == messages.front().end() || !path->is_string())
        return Answer::kNever;
    const fs::path report = path->get<std::string>();
    if (!fs::exists(report))
        return Answer::kTold;
    if (!options_.command.empty() && commanded_ != report) {
        if (run_command(report, stop) == Answer::kLater)
            return Answer::kLater;
        commanded_ = report;
    }
    const Answer answer = options_.webhook.empty() ? Answer::kTold : post(report);
    if (answer != Answer::kLater)
        commanded_.clear();
    return answer;
}

Recipient::Answer Notifier::run_command(const fs::path &report, const std::atomic<bool> &stop) const {
    std::string program = options_.command, argument = report.string();
    char *arguments[] = {program.data(), argument.data(), nullptr};
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none); // the daemon blocks signals that the command wants
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t all; // ignored signals stay ignored over an exec: a pipeline in the command would never end by SIGPIPE
    sigfillset(&all);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    pid_t child = 0;
    int error = ::posix_spawnp(&child, program.c_str(), nullptr, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        log_event(LogLevel::kError, "notify_failed", "notify_command cannot be run",
                  {{"command", program}, {"error", std::strerror(error)}});
        return Answer::kTold;
    }
    auto deadline = std::chrono::steady_clock::now() + options_.time_limit;
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        const bool ends = stop;
        if (ends || std::chrono::steady_clock::now() > deadline) {
            ::kill(-child, SIGKILL);
            ::waitpid(child, &status, 0);
            if (ends)
                return Answer::kLater;
            log_event(LogLevel::kError, "notify_failed", "notify_command took too long", {{"report", argument}});
            return Answer::kTold;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        log_event(LogLevel::kError, "notify_failed", "notify_command failed",
                  {{"report", argument}, {"exit", WIFEXITED(status) ? WEXITSTATUS(status) : -1}});
    return Answer::kTold;
}

Recipient::Answer Notifier::post(const fs::path &report) const {
    std::string body;
    try {
        body = read_file(report);
    } catch (const FileError &error) {
        log_event(LogLevel::kError, "notify_failed", "the report cannot be read", {{"error", error.what()}});
        return Answer::kTold;
    }
    std::unique_ptr<CURL, void (*)(CURL *)> curl(curl_easy_init(), curl_easy_cleanup);
    std::unique_ptr<curl_slist, void (*)(curl_slist *)> headers(curl_slist_append(nullptr, "Content-Type: application/json"),
                                                                curl_slist_free_all);
    curl_easy_setopt(curl.get(), CURLOPT_URL, options_.webhook.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, static_cast<long>(options_.time_limit.count()));
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(
        curl.get(), CURLOPT_WRITEFUNCTION, +[](char *, size_t size, size_t count, void *) { return size * count; });
    CURLcode result = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    const bool later = result != CURLE_OK || status == 429 || status >= 500;
    if (later || status >= 300)
        log_event(LogLevel::kError, "notify_failed", "notify_webhook did not take the report",
                  {{"report", report.string()}, {"status", status}, {"error", curl_easy_strerror(result)}});
    return later ? Answer::kLater : Answer::kTold;
}

} // namespace nem12::loader
