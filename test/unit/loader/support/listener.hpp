#pragma once
// A recipient of the outbox that keeps what it hears.

#include <mutex>
#include <string>
#include <vector>

#include "outbox/outbox.hpp"

namespace nem12::loader::test {

class Listener : public Recipient {
public:
    Answer tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &) override {
        const std::lock_guard lock(mutex_);
        if (answer == Answer::kTold)
            heard_.insert(heard_.end(), messages.begin(), messages.end());
        return answer;
    }
    size_t most_at_once() const override { return at_once; }

    std::vector<nlohmann::json> heard() const {
        const std::lock_guard lock(mutex_);
        return heard_;
    }
    std::vector<std::string> files() const { // that findings are about
        std::vector<std::string> names;
        for (const nlohmann::json &message : heard())
            names.push_back(message.at("file"));
        return names;
    }

    std::atomic<Answer> answer{Answer::kTold};
    size_t at_once = 1;

private:
    mutable std::mutex mutex_;
    std::vector<nlohmann::json> heard_;
};

} // namespace nem12::loader::test
