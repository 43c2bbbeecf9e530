#include "outbox/notifier.hpp"

#include <atomic>
#include <csignal>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

using test::slurp;
using test::spit;

class NotifierTest : public ::testing::Test {
protected:
    std::string script(const std::string &body) {
        auto path = directory_.path() / "notify";
        spit(path, "#!/bin/sh\n" + body + "\n");
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    // A report that is there.
    std::filesystem::path report(const std::string &name) {
        auto path = directory_.path() / name;
        spit(path, "{\"file\": \"a\"}");
        return path;
    }
    Recipient::Answer tell(Notifier &notifier, const std::filesystem::path &path) {
        const nlohmann::json message = report_message(path);
        return notifier.tell({&message, 1}, stop_);
    }
    test::TemporaryDirectory directory_;
    std::atomic<bool> stop_{false};
};

using Answer = Recipient::Answer;

TEST_F(NotifierTest, the_command_gets_the_path_as_one_argument_and_no_shell_reads_it) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("echo \"$#:$1\" >> " + log.string()), .webhook = ""});
    auto path = report("a b; touch owned $(touch owned).report.json");
    EXPECT_EQ(tell(notifier, path), Answer::kTold);
    EXPECT_EQ(slurp(log), "1:" + path.string() + "\n");
}

TEST_F(NotifierTest, the_command_gets_every_signal_as_a_program_expects_it) {
    struct Ignored { // as the daemon has them
        Ignored() : pipe(std::signal(SIGPIPE, SIG_IGN)), io(std::signal(SIGIO, SIG_IGN)) {}
        ~Ignored() {
            std::signal(SIGPIPE, pipe);
            std::signal(SIGIO, io);
        }
        void (*pipe)(int), (*io)(int);
    } ignored;
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("grep SigIgn /proc/self/status > " + log.string()), .webhook = ""});
    EXPECT_EQ(tell(notifier, report("x")), Answer::kTold);
    unsigned long long ignored_signals = std::stoull(slurp(log).substr(7), nullptr, 16);
    EXPECT_EQ(ignored_signals >> (SIGPIPE - 1) & 1, 0u);
    EXPECT_EQ(ignored_signals >> (SIGIO - 1) & 1, 0u);
}

TEST_F(NotifierTest, a_command_that_hangs_is_ended_and_the_next_report_goes_out) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("case $1 in *slow*) sleep 60;; *) echo $1 >> " + log.string() + ";; esac"),
                       .webhook = "",
                       .time_limit = std::chrono::seconds(1)});
    EXPECT_EQ(tell(notifier, report("slow")), Answer::kTold);
    EXPECT_EQ(tell(notifier, report("quick")), Answer::kTold);
    EXPECT_EQ(slurp(log), (directory_.path() / "quick\n").string());
}

TEST_F(NotifierTest, a_command_under_way_when_the_process_ends_is_told_again) {
    Notifier notifier({.command = script("sleep 60"), .webhook = ""});
    std::jthread ends([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        stop_ = true;
    });
    EXPECT_EQ(tell(notifier, report("x")), Answer::kLater);
}

TEST_F(NotifierTest, a_report_that_is_gone_is_not_told) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("echo $1 >> " + log.string()), .webhook = ""});
    EXPECT_EQ(tell(notifier, directory_.path() / "requeued"), Answer::kTold);
    EXPECT_FALSE(std::filesystem::exists(log));
}

TEST_F(NotifierTest, a_webhook_that_is_away_gets_it_later_and_the_command_runs_once) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("echo $1 >> " + log.string()), .webhook = "http://127.0.0.1:1/reports"});
    auto path = report("x");
    EXPECT_EQ(tell(notifier, path), Answer::kLater);
    EXPECT_EQ(tell(notifier, path), Answer::kLater);
    EXPECT_EQ(slurp(log), path.string() + "\n");
}

TEST_F(NotifierTest, the_webhook_gets_the_report_by_post) {
    int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr *>(&address), size), 0);
    ASSERT_EQ(::listen(server, 1), 0);
    ::getsockname(server, reinterpret_cast<sockaddr *>(&address), &size);
    std::string request;
    std::jthread receiver([&] {
        int client = ::accept(server, nullptr, nullptr);
        char buffer[4096];
        while (request.find("\"file\"") == std::string::npos) {
            ssize_t got = ::read(client, buffer, sizeof buffer);
            if (got <= 0)
                break;
            request.append(buffer, static_cast<size_t>(got));
        }
        std::string_view answer = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
        EXPECT_EQ(::write(client, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
        ::close(client);
    });
    auto report = directory_.path() / "a.report.json";
    spit(report, "{\"file\": \"a\"}");
    Notifier notifier({.command = "", .webhook = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/reports"});
    EXPECT_EQ(tell(notifier, report), Answer::kTold);
    receiver.join();
    ::close(server);
    EXPECT_EQ(request.find("POST /reports HTTP/1.1"), 0u);
    EXPECT_NE(request.find("application/json"), std::string::npos);
    EXPECT_NE(request.find("{\"file\": \"a\"}"), std::string::npos);
}

TEST_F(NotifierTest, without_a_receiver_nobody_is_told) { EXPECT_FALSE(Notifier({}).wanted()); }

} // namespace
} // namespace nem12::loader
