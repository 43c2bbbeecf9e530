#include "intake/rejections.hpp"

#include <exception>

#include <sys/resource.h>
#include <unistd.h>

#include "intake/offers.hpp"
#include "log/log.hpp"
#include "validate/validator.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

// What may wait: a descriptor for each file, and memory for their findings.
constexpr size_t kMostWaiting = 1'000, kMostFindings = 20'000;
constexpr size_t kBatch = 32;                // share one flush of the disk
constexpr std::chrono::seconds kPatience{1}; // a batch a second goes through while loading never ends
constexpr int kNiceness = 10;
constexpr size_t kMostUnrecorded = 10'000;

void drop_temp(const Refused &refused) {
    std::error_code none;
    if (!refused.temp.empty())
        fs::remove(refused.temp, none);
}

} // namespace

Rejections::Rejections(const IngestConfig &config, Inbox &inbox, Spool &spool, JobQueue &queue, Metrics *metrics,
                       RightOfWay &right_of_way, RejectionHooks hooks)
    : config_(config), inbox_(inbox), spool_(spool), queue_(queue), metrics_(metrics), right_of_way_(right_of_way),
      hooks_(std::move(hooks)) {}

Rejections::~Rejections() { stop(); }

void Rejections::start() {
    thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Rejections::stop() { thread_ = {}; }

void Rejections::add(Refused refused) {
    std::lock_guard lock(mutex_);
    findings_ += refused.verdict.findings.size();
    held_.insert(refused.entry.name);
    waiting_.push_back(std::move(refused));
    changed_.notify_all();
}

bool Rejections::full() {
    std::lock_guard lock(mutex_);
    was_full_ = was_full_ || waiting_.size() >= kMostWaiting || findings_ >= kMostFindings;
    return was_full_;
}

bool Rejections::idle() const {
    {
        std::lock_guard lock(mutex_);
        if (!held_.empty())
            return false;
    }
    std::lock_guard lock(recording_);
    return unrecorded_.empty();
}

bool Rejections::holds(const std::string &name) const {
    std::lock_guard lock(mutex_);
    return held_.contains(name);
}

size_t Rejections::held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
}

void Rejections::run(std::stop_token stop) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); }))
                return;
        }
        right_of_way_.wait(kPatience, [&] { return stop.stop_requested(); });
        bool forced = right_of_way_.loading();
        if (stop.stop_requested())
            return;
        reject_some([&] { return !stop.stop_requested() && (forced || !right_of_way_.loading()); });
    }
}

void Rejections::work_off() {
    for (bool more = true; more;) {
        reject_some([] { return true; });
        std::lock_guard lock(mutex_);
        more = !waiting_.empty();
    }
}

std::vector<Refused> Rejections::take_some() {
    std::lock_guard lock(mutex_);
    std::vector<Refused> files;
    for (; !waiting_.empty() && files.size() < kBatch; waiting_.pop_front()) {
        findings_ -= waiting_.front().verdict.findings.size();
        files.push_back(std::move(waiting_.front()));
    }
    return files;
}

void Rejections::release(const std::vector<Refused> &files) {
    bool tell = false;
    {
        std::lock_guard lock(mutex_);
        for (const Refused &refused : files)
            held_.erase(refused.entry.name);
        tell = waiting_.empty() || (was_full_ && waiting_.size() < kMostWaiting / 2);
        was_full_ = was_full_ && !tell;
    }
    if (tell && hooks_.on_room)
        hooks_.on_room();
}

void Rejections::put_back(std::vector<Refused> &files, size_t from) {
    std::lock_guard lock(mutex_);
    for (; files.size() > from; files.pop_back()) {
        findings_ += files.back().verdict.findings.size();
        waiting_.push_front(std::move(files.back()));
    }
}

void Rejections::reject_some(const std::function<bool()> &go_on) {
    std::vector<Refused> files = take_some();
    if (files.empty())
        return;
    try {
        std::vector<fs::path> places;
        SyncBatch batch(config_.spool);
        do
            places.push_back(announce(files[places.size()]));
        while (places.size() < files.size() && go_on());
        put_back(files, places.size());
        batch.finish();
        for (size_t i = 0; i < files.size(); ++i) {
            if (finish(files[i], places[i]))
                tell(files[i].file, files[i].verdict);
        }
    } catch (const std::exception &error) { // disk full and the like: the inbox still has the files
        log_event(LogLevel::kError, "intake_failed", "a refused file could not be set aside; trying again",
                  {{"error", error.what()}});
        for (const Refused &refused : files)
            drop_temp(refused);
    }
    release(files);
}

// What is known about a refused file is written down. A copy of the bytes goes to its place with it, the original later.
fs::path Rejections::announce(Refused &refused) {
    if (refused.temp.empty() && !inbox_.movable(refused.fd.get())) {
        refused.temp = spool_.temp_path();
        copy_file_durably(inbox_.path() / refused.entry.name, refused.temp);
        if (!inbox_.unchanged(refused.fd.get(), refused.entry)) { // these are not the bytes that were judged
            drop_temp(refused);
            refused.temp.clear(); // finish() finds that it changed
        }
    }
    if (refused.temp.empty())
        return spool_.announce_rejection(refused.file, refused.verdict, inbox_.path() / refused.entry.name);
    spool_.reject(refused.file, refused.temp, refused.verdict);
    return {};
}

// False when the file changed after it was judged: it is judged again.
bool Rejections::finish(Refused &refused, const fs::path &place) {
    auto move = [&](const fs::path &to) { return inbox_.move(refused.entry, refused.fd.get(), to); };
    if (!place.empty() && !spool_.adopt_rejected(place, move)) {
        log_event(LogLevel::kInfo, "file_changed", "the file changed after it was refused; it is judged again",
                  {{"file", refused.entry.name}});
        return false;
    }
    inbox_.remove(refused.entry); // when its bytes are in rejected/ otherwise
    return true;
}

void Rejections::tell(const SpooledFile &file, const Verdict &verdict) {
    std::string reason = summary_of(verdict);
    log_event(LogLevel::kWarning, "file_rejected", reason,
              {{"file", file.name},
               {"sha256", file.sha256},
               {"errors", verdict.errors},
               {"status", "rejected"},
               {"from", verdict.from_participant},
               {"to", verdict.to_participant}});
    if (metrics_ != nullptr) {
        metrics_->file_taken_in(file.bytes);
        metrics_->file_done("rejected");
    }
    {
        std::lock_guard lock(recording_);
        unrecorded_.emplace_back(offer_of(file), std::move(reason));
    }
    tell_queue_again();
    if (hooks_.on_rejected)
        hooks_.on_rejected(file, verdict);
}

// The reports in rejected/ say the same, so a long absence of the queue may cost the oldest of these.
void Rejections::tell_queue_again() {
    std::lock_guard lock(recording_);
    try {
        for (; !unrecorded_.empty(); unrecorded_.pop_front())
            queue_.record(unrecorded_.front().first, JobStatus::kRejected, unrecorded_.front().second);
    } catch (const std::exception &error) {
        log_event(LogLevel::kDebug, "record_failed", "the queue cannot be reached; it hears of this later",
                  {{"error", error.what()}});
        if (unrecorded_.size() > kMostUnrecorded)
            unrecorded_.pop_front();
    }
}

} // namespace nem12::loader
