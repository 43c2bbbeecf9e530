#pragma once
// Stands between libpq and the server and cuts the wire at the worst moment: COMMIT has reached the server, its answer
// does not reach the client.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "loader/support/child_process.hpp"

namespace nem12::loader::test {

class CuttingProxy {
public:
    enum class Cut { kBeforeCommit, kAfterCommit }; // is the COMMIT passed on?

    // `server`: the folder of its socket. Cuts `times` connections.
    CuttingProxy(std::filesystem::path server, Cut cut, int times) : server_(std::move(server)), cut_(cut), cuts_left_(times) {
        listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = address_in(folder());
        if (bind(listener_, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(listener_, 16) != 0)
            throw std::runtime_error("proxy cannot listen");
        thread_ = std::thread([this] { run(); });
    }
    ~CuttingProxy() {
        stop_ = true;
        thread_.join();
        for (auto &pump : pumps_)
            pump.join();
        close(listener_);
    }
    std::filesystem::path folder() const { return directory_.path(); }
    int cuts() const { return cuts_; }

private:
    static sockaddr_un address_in(const std::filesystem::path &folder) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        strncpy(address.sun_path, (folder / ".s.PGSQL.5432").c_str(), sizeof address.sun_path - 1);
        return address;
    }
    void run() {
        while (!stop_) {
            pollfd waiting{listener_, POLLIN, 0};
            if (poll(&waiting, 1, 20) > 0)
                pumps_.emplace_back([this, client = accept(listener_, nullptr, nullptr)] { pump(client); });
        }
    }
    void pump(int client) {
        int server = socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = address_in(server_);
        bool open = connect(server, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0;
        std::string buffer(1 << 16, '\0');
        while (open && !stop_) {
            pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (poll(ends, 2, 20) <= 0)
                continue;
            for (int i = 0; i < 2 && open; ++i) {
                if (!(ends[i].revents & (POLLIN | POLLHUP)))
                    continue;
                ssize_t got = read(ends[i].fd, buffer.data(), buffer.size());
                bool commit =
                    i == 0 && got > 0 &&
                    std::string_view(buffer.data(), static_cast<size_t>(got)).find("COMMIT") != std::string_view::npos;
                bool cut = commit && cuts_left_ > 0;
                if (got <= 0 || (cut && cut_ == Cut::kBeforeCommit))
                    open = false;
                else
                    open = send(ends[1 - i].fd, buffer.data(), static_cast<size_t>(got), MSG_NOSIGNAL) == got;
                if (cut) {
                    --cuts_left_;
                    ++cuts_;
                    if (open && poll(&ends[1], 1, 5000) > 0) // the server has answered
                        open = false;
                }
            }
        }
        close(client);
        close(server);
    }

    TemporaryDirectory directory_;
    std::filesystem::path server_;
    Cut cut_;
    std::atomic<int> cuts_left_, cuts_{0};
    std::atomic<bool> stop_{false};
    int listener_ = -1;
    std::thread thread_;
    std::vector<std::thread> pumps_;
};

} // namespace nem12::loader::test
