#include "outbox/offers.hpp"

#include <exception>
#include <vector>

#include "judge/validator.hpp"
#include "log/log.hpp"

namespace nem12::loader {

JobOffer offer_of(const JudgedFile &file) {
    return {file.sha256, file.name, file.bytes, file.file_creation, file.from_participant};
}

std::vector<Offers::Result> Offers::offer(std::span<const JudgedFile> files) {
    std::vector<JobOffer> offers;
    for (const JudgedFile &file : files)
        offers.push_back(offer_of(file));
    std::vector<Result> results(files.size(), Result::kUnreachable);
    if (files.empty())
        return results;
    try {
        const std::vector<Offered> answers = queue_.offer(offers);
        for (size_t i = 0; i < files.size(); ++i)
            results[i] = answers[i] == Offered::kQueued ? Result::kQueued
                         : answers[i] == Offered::kFull ? Result::kFull
                                                        : join(files[i]);
    } catch (const FileError &) {
        throw;
    } catch (const std::exception &error) { // Redis is gone; the files are safe where they are
        troubles_.say(LogLevel::kWarning, "offer_failed", "the queue cannot be reached; the file waits in the spool",
                      files.front().name, error.what());
    }
    for (size_t i = 0; i < files.size(); ++i) {
        if (results[i] == Result::kQueued || results[i] == Result::kDuplicate)
            waiting_.erase(files[i].sha256);
        else
            waiting_[files[i].sha256] = results[i];
    }
    open_ = waiting_.size();
    return results;
}

// The queue knows this content already: loaded, set aside earlier, or in work here or elsewhere.
Offers::Result Offers::join(const JudgedFile &file) {
    std::optional<JobRecord> job = queue_.find(file.sha256);
    if (!job || job->status == JobStatus::kPending || job->status == JobStatus::kInProgress)
        return Result::kFollowed;
    if (job->status == JobStatus::kSuccess)
        return settle_like(file, job->status, job->reason);
    // Sent again after it was refused or set aside: it gets another chance.
    return queue_.requeue(file.sha256) ? Result::kQueued : Result::kFollowed;
}

Offers::Result Offers::settle_like(const JudgedFile &file, JobStatus status, const std::string &reason) {
    if (status == JobStatus::kSuccess)
        spool_.loaded(file.sha256);
    else if (status == JobStatus::kFailed)
        spool_.failed(file.sha256, reason);
    else
        spool_.rejected(file.sha256, refusal("refused_by_server", reason, "Correct the file and send it again"));
    log_event(LogLevel::kInfo, "file_duplicate", "the same content was settled before",
              {{"file", file.name}, {"sha256", file.sha256}, {"status", std::string(name_of(status))}});
    return Result::kDuplicate;
}

void Offers::retry_full() { retry(Result::kFull); }

// Asked again as an offer, not by looking: when the other daemon is gone the job comes to us.
void Offers::follow() {
    retry(Result::kUnreachable);
    retry(Result::kFollowed);
}

void Offers::retry(Result which) {
    std::vector<std::string> due;
    for (const auto &[sha256, result] : waiting_) {
        if (result == which)
            due.push_back(sha256);
    }
    for (const std::string &sha256 : due) {
        std::optional<JudgedFile> file = spool_.find(sha256);
        if (!file) {
            waiting_.erase(sha256); // the reconciler or a worker was faster
        } else if (Result again = offer({&*file, 1}).front(); again == Result::kFull || again == Result::kUnreachable) {
            break;
        }
    }
    open_ = waiting_.size();
}

} // namespace nem12::loader
