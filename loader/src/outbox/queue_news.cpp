#include "outbox/queue_news.hpp"

#include "log/log.hpp"
#include "queue/redis_client.hpp"

namespace nem12::loader {
namespace {

struct News {
    std::string id, name, file_creation, sender, fence, status, reason; // without a fence: of no claim
    int64_t bytes = 0, known_ms = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(News, id, name, file_creation, sender, fence, status, reason, bytes, known_ms)

int64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

} // namespace

nlohmann::json rejected_message(const JudgedFile &file, std::string_view reason) {
    return News{.id = file.sha256,
                .name = file.name,
                .file_creation = file.file_creation,
                .sender = file.from_participant,
                .fence = {},
                .status = std::string(name_of(JobStatus::kRejected)),
                .reason = std::string(reason),
                .bytes = file.bytes,
                .known_ms = now_ms()};
}

nlohmann::json ended_message(const ClaimedJob &job, JobStatus status, std::string_view reason) {
    return News{.id = job.id,
                .name = job.name,
                .file_creation = {},
                .sender = {},
                .fence = job.fence,
                .status = std::string(name_of(status)),
                .reason = std::string(reason)};
}

Recipient::Answer QueueNews::tell(std::span<const nlohmann::json> messages, const std::atomic<bool> & /*stop*/) {
    try {
        for (const nlohmann::json &message : messages) {
            const auto news = message.get<News>();
            const std::optional<JobStatus> status = job_status_of(news.status);
            if (!status)
                return Answer::kNever;
            if (news.fence.empty()) {
                queue_.record({news.id, news.name, news.bytes, news.file_creation, news.sender, news.known_ms}, *status,
                              news.reason);
            } else {
                ClaimedJob job;
                job.id = news.id;
                job.name = news.name;
                job.fence = news.fence;
                queue_.finish(job, *status, news.reason);
            }
        }
        away_ = false;
        return Answer::kTold;
    } catch (const nlohmann::json::exception &) {
        return Answer::kNever;
    } catch (const RedisError &error) {
        log_event(away_ ? LogLevel::kDebug : LogLevel::kWarning, "queue_told_later", error.what());
        away_ = true;
        return Answer::kLater;
    }
}

} // namespace nem12::loader
