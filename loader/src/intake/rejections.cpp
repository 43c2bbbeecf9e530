#include "intake/rejections.hpp"

#include <algorithm>
#include <exception>

#include "intake/lease.hpp"
#include "judge/validator.hpp"
#include "log/log.hpp"
#include "outbox/findings_news.hpp"
#include "outbox/notifier.hpp"
#include "outbox/queue_news.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;

namespace {

// What may wait: a descriptor for each file, and memory for their findings.
constexpr size_t kMostWaiting = 1'000, kMostFindings = 20'000;
constexpr size_t kBatch = 32;                // share one flush of the disk
constexpr std::chrono::seconds kPatience{1}; // a batch a second goes through while loading never ends
constexpr int kNiceness = 10;
constexpr std::chrono::seconds kFirstPause{2}, kLongestPause{60}; // while none can be set aside

} // namespace

Rejections::Rejections(const IngestConfig &config, Inbox &inbox, Spool &spool, Outbox &outbox, Metrics *metrics,
                       RightOfWay &right_of_way, RejectionHooks hooks)
    : config_(config), inbox_(inbox), spool_(spool), outbox_(outbox), metrics_(metrics), right_of_way_(right_of_way),
      hooks_(std::move(hooks)), thread_(
                                    "rejections", [this] { return step(); }, kNiceness) {}

void Rejections::add(Refused refused) {
    {
        std::lock_guard lock(mutex_);
        findings_ += refused.verdict.findings.size();
        held_.insert(refused.entry.name);
        waiting_.push_back(std::move(refused));
    }
    thread_.wake();
}

bool Rejections::full() {
    std::lock_guard lock(mutex_);
    was_full_ = was_full_ || waiting_.size() >= kMostWaiting || findings_ >= kMostFindings;
    return was_full_ || outbox_.full();
}

bool Rejections::idle() const {
    std::lock_guard lock(mutex_);
    return held_.empty();
}

bool Rejections::holds(const std::string &name) const {
    std::lock_guard lock(mutex_);
    return held_.contains(name);
}

size_t Rejections::held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
}

std::chrono::milliseconds Rejections::step() {
    using std::chrono::milliseconds, std::chrono::steady_clock;
    {
        std::lock_guard lock(mutex_);
        if (waiting_.empty())
            return Ticker::kUntilWoken;
    }
    if (steady_clock::now() < next_) // woken by a new file, which would not fit either
        return std::chrono::ceil<milliseconds>(next_ - steady_clock::now());
    auto stopping = [this] { return thread_.stopping().load(); };
    right_of_way_.wait(kPatience, stopping);
    const bool forced = right_of_way_.loading();
    if (stopping())
        return milliseconds(0);
    const size_t failed = reject_some([&] { return !stopping() && (forced || !right_of_way_.loading()); });
    pause_ = failed == 0 ? std::chrono::seconds(0) : std::clamp(2 * pause_, kFirstPause, kLongestPause);
    next_ = steady_clock::now() + pause_;
    return pause_;
}

void Rejections::work_off() {
    for (bool more = true; more;) {
        size_t failed = reject_some([] { return true; });
        std::lock_guard lock(mutex_);
        more = waiting_.size() > failed;
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

void Rejections::try_again(std::vector<Refused> files) {
    std::lock_guard lock(mutex_);
    for (Refused &refused : files) {
        findings_ += refused.verdict.findings.size();
        waiting_.push_back(std::move(refused));
    }
}

void Rejections::release(const std::vector<std::string> &names) {
    bool tell = false;
    {
        std::lock_guard lock(mutex_);
        for (const std::string &name : names)
            held_.erase(name);
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

size_t Rejections::reject_some(const std::function<bool()> &go_on) {
    std::vector<Refused> files = take_some(), failed;
    std::vector<Announced> announced;
    if (files.empty())
        return 0;
    auto cannot = [&](Refused &refused, const std::exception &error) { // the inbox still has it
        troubles_.say(LogLevel::kError, "rejection_failed", "a refused file cannot be set aside; it waits in the inbox",
                      refused.entry.name, error.what());
        refused.temp = {}; // leaves its room to others
        failed.push_back(std::move(refused));
    };
    auto changed = [](const Refused &refused) {
        log_event(LogLevel::kInfo, "file_changed", "the file changed after it was refused; it is judged again",
                  {{"file", refused.entry.name}});
    };
    std::vector<std::string> done;
    size_t looked_at = 0;
    SyncBatch batch(config_.spool);
    do {
        Refused &refused = files[looked_at++];
        try {
            if (std::optional<Announced> next = announce(refused)) {
                announced.push_back(std::move(*next));
            } else {
                changed(refused);
                done.push_back(refused.entry.name);
            }
        } catch (const std::exception &error) {
            cannot(refused, error);
        }
    } while (looked_at < files.size() && go_on());
    put_back(files, looked_at);
    try {
        batch.finish();
    } catch (const std::exception &error) {
        for (Announced &next : announced)
            cannot(next.refused, error);
        announced.clear();
    }
    for (Announced &next : announced) {
        try {
            std::string name = next.refused.entry.name;
            if (finish(next))
                tell(std::move(next.news), next.refused.file, next.refused.verdict);
            else
                changed(next.refused);
            done.push_back(std::move(name));
        } catch (const std::exception &error) {
            cannot(next.refused, error);
        }
    }
    size_t count = failed.size();
    try_again(std::move(failed));
    release(done);
    return count;
}

// What is known about a refused file is written down. A copy of the bytes goes to its place with it, the original later.
// Nothing when somebody writes to it or wrote to it since it was judged; `refused` is taken otherwise.
std::optional<Rejections::Announced> Rejections::announce(Refused &refused) {
    fs::path entry = inbox_.path() / refused.entry.name;
    if (!refused.temp && !inbox_.movable(refused.fd.get())) {
        if (ReadLease(refused.fd.get()).writer())
            return std::nullopt;
        TempFile temp(spool_.temp_path());
        copy_file_durably(entry, temp.path());
        if (!inbox_.unchanged(refused.fd.get(), refused.entry))
            return std::nullopt;
        refused.temp = std::move(temp);
    }
    News news = draft(refused.file, refused.verdict);
    fs::path place;
    if (refused.temp) {
        spool_.reject(refused.file, refused.temp.path(), refused.verdict);
    } else {
        place = spool_.announce_rejection(refused.file, refused.verdict, entry);
        news.notify = outbox_.draft(Audience::kNotify, report_message(json_report_of(place)));
    }
    return Announced{std::move(refused), std::move(place), std::move(news)};
}

// False when the file changed after it was judged: it is judged again.
bool Rejections::finish(Announced &announced) {
    Refused &refused = announced.refused;
    int fd = refused.fd.get();
    auto move = [&](const fs::path &to) { return inbox_.move(refused.entry, fd, to); };
    bool may_have_writer = Inbox::may_have_writer(fd);
    if (!announced.place.empty() && !spool_.adopt_rejected(announced.place, move))
        return false;
    // When its bytes are in rejected/ otherwise. One that was written to since stays, as another delivery.
    if (inbox_.remove(refused.entry, fd) && may_have_writer && hooks_.on_taken)
        hooks_.on_taken(std::move(refused.fd), refused.entry);
    return true;
}

Rejections::News Rejections::draft(const JudgedFile &file, const Verdict &verdict) {
    return {outbox_.draft(Audience::kQueue, rejected_message(file, summary_of(verdict))),
            outbox_.draft(Audience::kErrors, findings_message(file, verdict)),
            {}};
}

void Rejections::tell(News news, const JudgedFile &file, const Verdict &verdict) {
    log_event(LogLevel::kWarning, "file_rejected", summary_of(verdict),
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
    news.queue.send();
    news.errors.send();
    news.notify.send();
}

} // namespace nem12::loader
