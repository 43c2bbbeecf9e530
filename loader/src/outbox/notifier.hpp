#pragma once
// Tells the outside of every report: notify_command with the report's path as its only argument, and the JSON report by POST
// to notify_webhook. A command that failed has had its turn. A webhook that cannot be reached, or answers that it cannot now
// (429, 5xx), gets the report later; a report that is gone by then (its file was requeued) is not told.

#include <filesystem>

#include "outbox/outbox.hpp"

namespace nem12::loader {

struct NotifierOptions {
    std::string command; // empty: none. No shell: a program, found by PATH
    std::string webhook; // empty: none
    int max_per_second = 20;
    std::chrono::seconds time_limit{10}; // of one command or one POST
};

nlohmann::json report_message(const std::filesystem::path &report);

class Notifier : public Recipient {
public:
    explicit Notifier(NotifierOptions options);
    bool wanted() const { return !options_.command.empty() || !options_.webhook.empty(); } // somebody is to be told

    std::chrono::milliseconds pause_between() const override {
        return std::chrono::milliseconds(1000 / options_.max_per_second);
    }
    Answer tell(std::span<const nlohmann::json> messages, const std::atomic<bool> &stop) override;

private:
    // Each says whether the message has to be told again.
    Answer run_command(const std::filesystem::path &report, const std::atomic<bool> &stop) const;
    Answer post(const std::filesystem::path &report) const;

    NotifierOptions options_;
    std::filesystem::path commanded_; // the command has had this report, which the webhook did not take yet
};

} // namespace nem12::loader
