#include "daemon/http_server.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace nem12::loader {
namespace {

class HttpServerTest : public testing::Test {
protected:
    HttpServer server_{"127.0.0.1:0",
                       {{"/livez",
                         [] {
                             return HttpResponse{200, "text/plain", "ok\n"};
                         }},
                        {"/broken", []() -> HttpResponse { throw std::runtime_error("no"); }}}};
    std::string listen() const { return "127.0.0.1:" + std::to_string(server_.port()); }

    int connected() const { // -1: nobody took the connection
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(server_.port()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(fd, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0) {
            return fd;
        }
        close(fd);
        return -1;
    }

    std::string exchange(const std::string &request) const {
        const int fd = connected();
        EXPECT_GE(fd, 0);
        EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
        std::string reply;
        char part[1024];
        for (ssize_t got = recv(fd, part, sizeof part, 0); got > 0; got = recv(fd, part, sizeof part, 0)) {
            reply.append(part, static_cast<size_t>(got));
        }
        close(fd);
        return reply;
    }

    void expect_answers_beside(int clients, const std::string &beginning, std::chrono::milliseconds within) const {
        std::atomic<bool> stop{false};
        std::vector<std::jthread> slow;
        for (int n = 0; n < clients; ++n) {
            slow.emplace_back([&] {
                while (!stop) {
                    const int fd = connected();
                    bool open = fd >= 0 && send(fd, beginning.data(), beginning.size(), MSG_NOSIGNAL) > 0;
                    while (open && !stop) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(200));
                        open = send(fd, "x", 1, MSG_NOSIGNAL) > 0;
                    }
                    close(fd);
                }
            });
        }
        std::this_thread::sleep_for(std::chrono::seconds(2));
        for (int n = 0; n < 10; ++n) {
            const auto begin = std::chrono::steady_clock::now();
            EXPECT_EQ(http_get(listen(), "/livez").status, 200);
            EXPECT_LT(std::chrono::steady_clock::now() - begin, within);
        }
        stop = true;
    }
};

TEST_F(HttpServerTest, AnswersItsRoutes) {
    const HttpResponse response = http_get(listen(), "/livez");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "ok\n");
}

TEST_F(HttpServerTest, OtherPathsAndMethodsAreRefused) {
    EXPECT_EQ(http_get(listen(), "/etc/passwd").status, 404);
    EXPECT_EQ(http_get(listen(), "/livez/../../etc/passwd").status, 404);
    EXPECT_EQ(exchange("POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").rfind("HTTP/1.1 405", 0), 0U);
    EXPECT_EQ(exchange("DELETE /livez HTTP/1.1\r\nHost: x\r\n\r\n").rfind("HTTP/1.1 405", 0), 0U);
}

TEST_F(HttpServerTest, HeadSendsNoBody) {
    const std::string reply = exchange("HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(reply.rfind("HTTP/1.1 200 OK", 0), 0U) << reply;
    EXPECT_EQ(reply.substr(reply.size() - 4), "\r\n\r\n");
}

TEST_F(HttpServerTest, AFailingHandlerIsA500) { EXPECT_EQ(http_get(listen(), "/broken").status, 500); }

TEST_F(HttpServerTest, LongRequestsAreRefused) {
    const std::string reply = exchange("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + std::string(20000, 'a') + "\r\n\r\n");
    EXPECT_NE(reply.rfind("HTTP/1.1 200", 0), 0U);
}

// Clients that send a byte now and then, for ever: of their headers, or of a body that they announced.
TEST_F(HttpServerTest, FiftySlowClientsDoNotTakeTheProbesAway) {
    expect_answers_beside(50, "GET /livez HTTP/1.1\r\nX: ", std::chrono::milliseconds(500));
}

TEST_F(HttpServerTest, ManySlowClientsDelayTheProbesOnly) {
    expect_answers_beside(200, "GET /livez HTTP/1.1\r\nX: ", std::chrono::seconds(4));
}

TEST_F(HttpServerTest, BodiesAreNotWaitedFor) {
    expect_answers_beside(200, "POST /livez HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n", std::chrono::seconds(4));
}

TEST(HttpServer, AnUnusablePortIsAnError) {
    const HttpServer first("127.0.0.1:0", {});
    EXPECT_THROW(HttpServer("127.0.0.1:" + std::to_string(first.port()), {}), std::runtime_error);
    EXPECT_THROW(http_get("127.0.0.1:1", "/livez"), std::runtime_error);
}

} // namespace
} // namespace nem12::loader
