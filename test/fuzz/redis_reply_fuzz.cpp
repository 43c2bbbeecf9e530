// Any bytes as what Redis answers to the queue's calls: an answer, or a RedisError. The other end of the socket is a thread
// that says the whole input to whoever connects.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>

#include "folder.hpp"
#include "log/log.hpp"
#include "queue/redis_job_queue.hpp"

namespace {

using namespace nem12::loader;

class Speaker {
public:
    Speaker() : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = socket_path();
        NEM12_REQUIRE(path.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path.c_str(), path.size());
        NEM12_REQUIRE(::bind(listener_, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
        NEM12_REQUIRE(::listen(listener_, 16) == 0);
        thread_ = std::thread([this] { run(); });
    }
    ~Speaker() {
        ::shutdown(listener_, SHUT_RDWR); // ends accept()
        thread_.join();
        ::close(listener_);
    }
    std::string socket_path() const { return (folder_.path() / "s").string(); }
    void say(std::string words) {
        const std::lock_guard lock(mutex_);
        words_ = std::move(words);
    }

private:
    nem12::fuzz::Folder folder_;
    int listener_;
    std::mutex mutex_;
    std::string words_;
    std::thread thread_;

    void run() {
        int before = -1; // stays open until the next one, so that commands can still be sent to it
        for (int client; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; before = client) {
            if (before >= 0)
                ::close(before);
            const std::lock_guard lock(mutex_);
            const ssize_t said = ::send(client, words_.data(), words_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            (void)said; // what does not fit is not said: inputs are small
            ::shutdown(client, SHUT_WR);
        }
        if (before >= 0)
            ::close(before);
    }
};

// hiredis 0.14 allocates what the head of a reply announces, and walks through it to free it again: 16 GB for "*2147483647". A
// Redis that says so is not ours to survive; such inputs would find only this.
bool announces_too_much(std::string_view words) {
    size_t digits = 0;
    bool counting = false;
    for (const char c : words) {
        if (c == '*')
            counting = true, digits = 0;
        else if (counting && c >= '0' && c <= '9' && ++digits > 5)
            return true;
        else if (c == '\n')
            counting = false;
    }
    return false;
}

template <typename Call>
void ask(Call call) {
    try {
        call();
    } catch (const RedisError &) {}
}

} // namespace

// The first byte chooses the first of three calls; each gets the replies that the ones before left. Before them all the client
// asks for the version of the queue's functions, and loads these when the answer is another.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Speaker speaker;
    static const bool quiet = (set_up_log("error", "text"), true);
    (void)quiet;
    if (size < 1 || announces_too_much({reinterpret_cast<const char *>(data) + 1, size - 1}))
        return 0;
    speaker.say(std::string(reinterpret_cast<const char *>(data) + 1, size - 1));
    RedisConfig redis;
    redis.url = "unix://" + speaker.socket_path();
    const auto queue = make_redis_job_queue(redis, QueueConfig{}, "home");
    const JobOffer offer{"id", "name", 1, "202401010000"};
    const ClaimedJob job{.id = "id", .name = "name", .fence = "1:1"};
    for (int i = 0; i < 3; ++i) {
        switch ((data[0] + i) % 12) {
        case 0: ask([&] { queue->claim("worker"); }); break;
        case 1: ask([&] { queue->offer(offer); }); break;
        case 2: ask([&] { queue->find("id"); }); break;
        case 3: ask([&] { queue->list(JobStatus::kPending, 10); }); break;
        case 4: ask([&] { queue->sweep(); }); break;
        case 5: ask([&] { NEM12_REQUIRE(queue->counts().by_status.size() <= 5); }); break;
        case 6: ask([&] { queue->renew(job); }); break;
        case 7: ask([&] { queue->finish(job, JobStatus::kSuccess, "reason"); }); break;
        case 8: ask([&] { queue->retry(job, std::chrono::milliseconds(5), "reason", true); }); break;
        case 9: ask([&] { queue->requeue("id"); }); break;
        case 10: ask([&] { queue->epoch(); }); break;
        case 11: ask([&] { queue->room(); }); break;
        }
    }
    return 0;
}
