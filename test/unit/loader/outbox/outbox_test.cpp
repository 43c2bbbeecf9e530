#include "outbox/outbox.hpp"

#include <gtest/gtest.h>

#include "base/files.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "loader/support/listener.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;
using test::eventually;
using Answer = Recipient::Answer;

class OutboxTest : public ::testing::Test {
protected:
    Outbox &outbox() {
        if (!outbox_)
            outbox_ =
                std::make_unique<Outbox>(folder_, Outbox::Recipients{.queue = &queue_, .errors = &errors_, .notify = &notify_});
        return *outbox_;
    }
    void restart() { outbox_.reset(); }
    size_t files(const std::string &lane) const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(folder_ / lane), fs::directory_iterator{}));
    }
    static json message(int number) { return {{"file", std::to_string(number)}}; }
    static std::vector<std::string> numbers(int from, int to) {
        std::vector<std::string> names;
        for (int number = from; number <= to; ++number)
            names.push_back(std::to_string(number));
        return names;
    }

    test::TemporaryDirectory directory_;
    fs::path folder_ = directory_.path() / "outbox";
    test::Listener queue_, errors_, notify_;
    std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxTest, tells_each_audience_in_order_and_forgets_what_is_told) {
    for (int number = 1; number <= 20; ++number)
        outbox().put(Audience::kErrors, message(number));
    outbox().put(Audience::kQueue, message(21));
    EXPECT_FALSE(outbox().idle());
    outbox().deliver();
    EXPECT_EQ(errors_.files(), numbers(1, 20));
    EXPECT_EQ(queue_.files(), numbers(21, 21));
    EXPECT_TRUE(notify_.heard().empty());
    EXPECT_TRUE(outbox().idle());
    EXPECT_EQ(files("errors") + files("queue") + files("notify") + files("aside"), 0u);
}

TEST_F(OutboxTest, what_is_not_told_when_the_process_ends_is_told_by_the_next) {
    errors_.answer = Answer::kLater;
    for (int number = 1; number <= 12; ++number)
        outbox().put(Audience::kErrors, message(number));
    outbox().deliver();
    EXPECT_TRUE(errors_.heard().empty());
    restart();
    errors_.answer = Answer::kTold;
    EXPECT_EQ(outbox().waiting(Audience::kErrors), 12u);
    outbox().put(Audience::kErrors, message(13));
    outbox().deliver();
    EXPECT_EQ(errors_.files(), numbers(1, 13));
    EXPECT_TRUE(outbox().idle());
}

TEST_F(OutboxTest, one_that_is_away_holds_up_nobody_else) {
    errors_.answer = Answer::kLater;
    outbox().put(Audience::kErrors, message(1));
    outbox().put(Audience::kQueue, message(2));
    outbox().start();
    EXPECT_TRUE(eventually([&] { return queue_.files() == numbers(2, 2); }));
    EXPECT_FALSE(outbox().idle());
    errors_.answer = Answer::kTold;
    EXPECT_TRUE(eventually([&] { return outbox().idle(); }));
    EXPECT_EQ(errors_.files(), numbers(1, 1));
}

TEST_F(OutboxTest, a_notification_that_is_not_taken_does_not_keep_the_process_busy) {
    notify_.answer = Answer::kLater;
    outbox().put(Audience::kNotify, message(1));
    outbox().deliver();
    EXPECT_TRUE(outbox().idle());
    EXPECT_EQ(outbox().waiting(Audience::kNotify), 1u);
}

TEST_F(OutboxTest, a_draft_is_sent_or_withdrawn) {
    {
        Outbox::Draft sent = outbox().draft(Audience::kErrors, message(1));
        Outbox::Draft withdrawn = outbox().draft(Audience::kErrors, message(2));
        EXPECT_EQ(files("errors"), 2u);
        EXPECT_TRUE(outbox().idle());
        sent.send();
    }
    EXPECT_EQ(files("errors"), 1u);
    outbox().deliver();
    EXPECT_EQ(errors_.files(), numbers(1, 1));
}

TEST_F(OutboxTest, a_crash_between_draft_and_sending_may_tell_it_but_never_forgets_it) {
    fs::create_directories(folder_ / "errors");
    test::spit(folder_ / "errors" / "00000000000000000007.json", message(7).dump());
    test::spit(folder_ / "errors" / ".00000000000000000008.json.tmp", "{"); // the process died while it was written
    outbox().put(Audience::kErrors, message(9));
    outbox().deliver();
    EXPECT_EQ(errors_.files(), (std::vector<std::string>{"7", "9"}));
    EXPECT_EQ(files("errors"), 0u);
}

TEST_F(OutboxTest, one_message_that_is_never_taken_is_set_aside_and_the_others_are_told) {
    struct Particular : test::Listener { // takes all or nothing of a batch, and never number 5
        Answer tell(std::span<const json> messages, const std::atomic<bool> &stop) override {
            for (const json &message : messages)
                if (message.at("file") == "5")
                    return Answer::kNever;
            return Listener::tell(messages, stop);
        }
    } particular;
    particular.at_once = 32;
    Outbox outbox(folder_, {.errors = &particular});
    for (int number = 1; number <= 9; ++number)
        outbox.put(Audience::kErrors, message(number));
    outbox.deliver();
    std::vector<std::string> expected = numbers(1, 9);
    std::erase(expected, "5");
    EXPECT_EQ(particular.files(), expected);
    EXPECT_EQ(files("aside"), 1u);
    EXPECT_EQ(test::slurp(fs::directory_iterator(folder_ / "aside")->path()), message(5).dump());
    EXPECT_TRUE(outbox.idle());
}

TEST_F(OutboxTest, damaged_messages_are_set_aside_and_hold_up_nothing) {
    fs::create_directories(folder_ / "queue");
    test::spit(folder_ / "queue" / "00000000000000000001.json", "");
    test::spit(folder_ / "queue" / "00000000000000000002.json", "[1, 2");
    test::spit(folder_ / "queue" / "00000000000000000003.json", "\"a word\"");
    test::spit(folder_ / "queue" / "00000000000000000004.json", message(4).dump());
    outbox().deliver();
    EXPECT_EQ(queue_.files(), numbers(4, 4));
    EXPECT_EQ(files("aside"), 3u);
    EXPECT_TRUE(outbox().idle());
}

TEST_F(OutboxTest, one_that_was_removed_by_hand_is_passed_over) {
    outbox().put(Audience::kErrors, message(1));
    outbox().put(Audience::kErrors, message(2));
    fs::remove(folder_ / "errors" / "00000000000000000001.json");
    outbox().deliver();
    EXPECT_EQ(errors_.files(), numbers(2, 2));
    EXPECT_TRUE(outbox().idle());
}

TEST_F(OutboxTest, many_threads_put_and_each_message_is_told_once) {
    outbox().start();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 50; ++i)
                outbox().put(i % 2 == 0 ? Audience::kErrors : Audience::kQueue, message(thread * 1000 + i));
        });
    threads.clear();
    EXPECT_TRUE(eventually([&] { return outbox().idle(); }));
    std::vector<std::string> all = errors_.files();
    for (const std::string &name : queue_.files())
        all.push_back(name);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all.size(), 200u);
    EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST_F(OutboxTest, nobody_is_told_where_there_is_no_recipient) {
    Outbox outbox(folder_, {.queue = &queue_});
    outbox.put(Audience::kNotify, message(1));
    outbox.deliver();
    EXPECT_TRUE(outbox.idle());
    EXPECT_EQ(files("notify"), 0u);
}

} // namespace
} // namespace nem12::loader
