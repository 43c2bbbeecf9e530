#include "outbox/outbox.hpp"

#include <algorithm>
#include <charconv>

#include "base/files.hpp"
#include "log/log.hpp"

namespace nem12::loader {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstPause{500}, kLongestPause{5000};

std::string file_name(uint64_t number) {
    std::string digits = std::to_string(number);
    return std::string(20 - digits.size(), '0') + digits + ".json";
}

} // namespace

std::string_view name_of(Audience audience) {
    switch (audience) {
    case Audience::kQueue: return "queue";
    case Audience::kErrors: return "errors";
    case Audience::kNotify: return "notify";
    }
    return {};
}

class Outbox::Lane {
public:
    Lane(const fs::path &outbox, Audience audience, Recipient *recipient)
        : audience_(audience), folder_(outbox / name_of(audience)), aside_(outbox / "aside"), recipient_(recipient),
          thread_("outbox-" + std::string(name_of(audience)), [this] { return step(); }) {
        make_folder(folder_);
        make_folder(aside_);
        find_left();
    }

    void start() {
        if (recipient_ != nullptr)
            thread_.start();
    }
    void stop() { thread_.stop(); }

    bool served() const { return recipient_ != nullptr; }

    uint64_t write(const nlohmann::json &message) {
        const uint64_t number = ++last_;
        write_file_durably(folder_ / file_name(number), message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return number;
    }

    void send(uint64_t number) {
        bool first = false;
        {
            const std::lock_guard lock(mutex_);
            first = waiting_.empty();
            waiting_.push_back(number);
        }
        if (first) // else it is at work, or in a pause that is for these too
            thread_.wake();
    }

    void remove(uint64_t number) { remove_if_there(folder_ / file_name(number)); }

    bool idle() const {
        const std::lock_guard lock(mutex_);
        return waiting_.empty() || (audience_ == Audience::kNotify && pause_.load() > milliseconds(0));
    }
    size_t waiting() const {
        const std::lock_guard lock(mutex_);
        return waiting_.size();
    }
    // True once for each time that it becomes full.
    bool over_the_bound(bool &first) {
        const std::lock_guard lock(mutex_);
        const bool full = waiting_.size() >= kMostWaiting;
        first = full && !was_full_;
        was_full_ = full;
        return full;
    }

    void deliver() {
        if (recipient_ == nullptr)
            return;
        do {
            step();
        } while (waiting() > 0 && pause_.load() == milliseconds(0));
    }

private:
    struct Batch {
        std::vector<uint64_t> numbers;
        std::vector<nlohmann::json> messages;
    };

    void find_left() {
        for (const fs::directory_entry &entry : fs::directory_iterator(folder_)) {
            const std::string name = entry.path().filename();
            uint64_t number = 0;
            const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
            if (error == std::errc() && std::string_view(end, name.data() + name.size()) == ".json")
                waiting_.push_back(number);
            else
                fs::remove_all(entry.path()); // half of a message that was never sent
        }
        std::sort(waiting_.begin(), waiting_.end());
        if (!waiting_.empty())
            last_ = waiting_.back();
    }

    // Those that come next, as far as they can be read; the others leave the lane.
    Batch next(size_t most) {
        std::vector<uint64_t> numbers;
        {
            const std::lock_guard lock(mutex_);
            numbers.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size())));
        }
        Batch batch;
        for (const uint64_t number : numbers) {
            const fs::path path = folder_ / file_name(number);
            if (!fs::exists(path)) {
                done({number}); // removed by hand
                continue;
            }
            nlohmann::json message = nlohmann::json::parse(read_file(path), nullptr, false);
            if (message.is_object()) {
                batch.numbers.push_back(number);
                batch.messages.push_back(std::move(message));
            } else {
                set_aside(number, "it is damaged: power failed before it was whole, or somebody changed it");
            }
        }
        return batch;
    }

    void done(const std::vector<uint64_t> &numbers) {
        for (const uint64_t number : numbers)
            remove(number);
        const std::lock_guard lock(mutex_);
        for (const uint64_t number : numbers)
            waiting_.erase(std::find(waiting_.begin(), waiting_.end(), number)); // one of the first
    }

    void set_aside(uint64_t number, std::string_view why) {
        const fs::path to = aside_ / (std::string(name_of(audience_)) + "-" + file_name(number));
        log_event(LogLevel::kError, "message_set_aside", "a message cannot be told and is kept in the outbox's folder aside",
                  {{"audience", name_of(audience_)}, {"message", to.string()}, {"reason", std::string(why)}});
        fs::rename(folder_ / file_name(number), to);
        done({number});
    }

    milliseconds step() {
        try {
            return tell_some();
        } catch (const std::exception &error) { // a disk that cannot be read; what was not told is tried again
            log_event(LogLevel::kError, "outbox_failed", error.what(), {{"audience", name_of(audience_)}});
            return later();
        }
    }

    milliseconds tell_some() {
        if (waiting() == 0)
            return Ticker::kUntilWoken;
        if (!recipient_->open(thread_.stopping()))
            return later();
        const Batch batch = next(std::min(at_once_, recipient_->most_at_once()));
        if (batch.numbers.empty())
            return milliseconds(0);
        switch (recipient_->tell(batch.messages, thread_.stopping())) {
        case Recipient::Answer::kLater: return later();
        case Recipient::Answer::kTold:
            done(batch.numbers);
            at_once_ *= 2;
            break;
        case Recipient::Answer::kNever:
            if (batch.numbers.size() == 1)
                set_aside(batch.numbers.front(), "it was not taken, and never will be");
            at_once_ = 1; // to find the one that is not taken
        }
        at_once_ = std::min(at_once_, recipient_->most_at_once());
        set_pause(milliseconds(0));
        return recipient_->pause_between();
    }

    milliseconds later() {
        const milliseconds pause = std::clamp(2 * pause_.load(), kFirstPause, kLongestPause);
        set_pause(pause);
        return pause;
    }
    void set_pause(milliseconds pause) { pause_ = pause; }

    const Audience audience_;
    const fs::path folder_, aside_;
    Recipient *const recipient_;
    std::atomic<uint64_t> last_{0};
    mutable std::mutex mutex_;
    std::deque<uint64_t> waiting_; // sent and not told, in this order
    bool was_full_ = false;
    std::atomic<milliseconds> pause_{milliseconds(0)}; // more than 0: the last try came to nothing
    size_t at_once_ = 1;                               // of the thread
    Ticker thread_;
};

Outbox::Outbox(const fs::path &folder, Recipients recipients) {
    make_folder(folder);
    lanes_.push_back(std::make_unique<Lane>(folder, Audience::kQueue, recipients.queue));
    lanes_.push_back(std::make_unique<Lane>(folder, Audience::kErrors, recipients.errors));
    lanes_.push_back(std::make_unique<Lane>(folder, Audience::kNotify, recipients.notify));
}

Outbox::~Outbox() { stop(); }

void Outbox::start() {
    for (const auto &lane : lanes_)
        lane->start();
}

void Outbox::stop() {
    for (const auto &lane : lanes_)
        lane->stop();
}

void Outbox::deliver() {
    for (const auto &lane : lanes_)
        lane->deliver();
}

Outbox::Draft Outbox::draft(Audience audience, const nlohmann::json &message) {
    Lane &to = lane(audience);
    if (!to.served())
        return {};
    bool first = false;
    if (audience == Audience::kNotify && to.over_the_bound(first)) {
        if (first)
            log_event(LogLevel::kWarning, "notify_queue_full",
                      "too many reports wait for their receiver; further ones are not announced");
        return {};
    }
    return {*this, audience, to.write(message)};
}

bool Outbox::idle() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto &lane) { return lane->idle(); });
}

bool Outbox::full() const { return waiting(Audience::kQueue) >= kMostWaiting || waiting(Audience::kErrors) >= kMostWaiting; }

size_t Outbox::waiting(Audience audience) const { return lane(audience).waiting(); }

Outbox::Draft &Outbox::Draft::operator=(Draft &&other) noexcept {
    std::swap(outbox_, other.outbox_);
    std::swap(audience_, other.audience_);
    std::swap(number_, other.number_);
    return *this;
}

void Outbox::Draft::send() {
    if (Outbox *outbox = std::exchange(outbox_, nullptr))
        outbox->lane(audience_).send(number_);
}

void Outbox::Draft::withdraw() {
    if (Outbox *outbox = std::exchange(outbox_, nullptr)) {
        try {
            outbox->lane(audience_).remove(number_);
        } catch (const FileError &) { // then it is told after the next start
        }
    }
}

} // namespace nem12::loader
