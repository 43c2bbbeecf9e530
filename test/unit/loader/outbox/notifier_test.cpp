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

using test::eventually;
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
    test::TemporaryDirectory directory_;
};

TEST_F(NotifierTest, the_command_gets_the_path_as_one_argument_and_no_shell_reads_it) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("echo \"$#:$1\" >> " + log.string()), .webhook = "", .max_per_second = 1000});
    notifier.notify("/reports/a b; touch owned $(touch owned).report.json");
    ASSERT_TRUE(eventually([&] { return notifier.idle() && !slurp(log).empty(); }));
    EXPECT_EQ(slurp(log), "1:/reports/a b; touch owned $(touch owned).report.json\n");
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
    notifier.notify("/x");
    ASSERT_TRUE(eventually([&] { return notifier.idle() && !slurp(log).empty(); }));
    unsigned long long ignored_signals = std::stoull(slurp(log).substr(7), nullptr, 16);
    EXPECT_EQ(ignored_signals >> (SIGPIPE - 1) & 1, 0u);
    EXPECT_EQ(ignored_signals >> (SIGIO - 1) & 1, 0u);
}

TEST_F(NotifierTest, a_command_that_hangs_is_ended_and_the_next_report_goes_out) {
    auto log = directory_.path() / "log";
    Notifier notifier({.command = script("case $1 in *slow*) sleep 60;; *) echo $1 >> " + log.string() + ";; esac"),
                       .webhook = "",
                       .max_per_second = 1000,
                       .time_limit = std::chrono::seconds(1)});
    notifier.notify("/slow");
    notifier.notify("/quick");
    EXPECT_TRUE(eventually([&] { return slurp(log) == "/quick\n"; }));
}

TEST_F(NotifierTest, a_flood_never_blocks_and_is_bounded) {
    Notifier notifier({.command = script("sleep 60"), .webhook = "", .max_waiting = 10});
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100'000; ++i)
        notifier.notify("/x");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
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
    notifier.notify(report);
    receiver.join();
    ::close(server);
    EXPECT_EQ(request.find("POST /reports HTTP/1.1"), 0u);
    EXPECT_NE(request.find("application/json"), std::string::npos);
    EXPECT_NE(request.find("{\"file\": \"a\"}"), std::string::npos);
}

TEST_F(NotifierTest, without_a_receiver_nothing_happens) {
    Notifier notifier({});
    notifier.notify("/x");
    EXPECT_TRUE(notifier.idle());
}

} // namespace
} // namespace nem12::loader
