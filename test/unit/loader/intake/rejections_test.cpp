#include "intake/rejections.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/sha256.hpp"
#include "judge/validator.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/listener.hpp"
#include "loader/support/redis_server.hpp"
#include "loader/support/sample.hpp"
#include "outbox/queue_news.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::broken_mdff;
using test::eventually;
using test::sample_mdff;
using test::slurp;
using test::spit;

class RejectionsTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { redis_ = std::make_unique<test::RedisServer>(); }
    static void TearDownTestSuite() { redis_.reset(); }
    RejectionsTest() : config_(prepared()) { redis_->call({"FLUSHALL"}); }

    IngestConfig prepared() {
        IngestConfig config;
        config.inbox = directory_.path() / "inbox";
        config.spool = directory_.path() / "spool";
        config.archive = directory_.path() / "archive";
        config.rejected = directory_.path() / "rejected";
        config.failed = directory_.path() / "failed";
        config.quiet = 0ms;
        fs::create_directories(config.spool); // the inbox moves files only to a disk it knows
        return config;
    }
    fs::path in_inbox(const std::string &name) { return config_.inbox / name; }

    // A file in the inbox as intake judges it, locked. Without a copy of its bytes, as where it can be moved.
    Refused refused(const std::string &name, const std::string &content) {
        spit(in_inbox(name), content);
        InboxEntry entry;
        EXPECT_TRUE(eventually([&] {
            for (const InboxEntry &settled : inbox_.settled())
                if (settled.name == name)
                    entry = settled;
            return entry.name == name;
        }));
        UniqueFd fd = inbox_.open(entry);
        EXPECT_GE(fd.get(), 0);
        JudgedFile file;
        file.name = name;
        file.sha256 = sha256_of_file(in_inbox(name));
        file.bytes = entry.state.size;
        return {entry, std::move(fd), file, validate_file(in_inbox(name), config_), {}};
    }
    std::map<std::string, std::string> set_aside() { // name -> bytes, reports left out
        std::map<std::string, std::string> files;
        for (const auto &entry : fs::directory_iterator(config_.rejected)) {
            const std::string name = entry.path().filename();
            if (entry.is_regular_file() && name.find(".report.") == std::string::npos)
                files[name] = slurp(entry.path());
        }
        return files;
    }
    size_t told() { // by nem12_errors' lane; the notifications are as many
        outbox_.deliver();
        EXPECT_EQ(notified_.heard().size(), errors_.heard().size());
        return errors_.heard().size();
    }
    int recorded() { return static_cast<int>(queue_->counts().by_status["rejected"]); }

    static std::unique_ptr<test::RedisServer> redis_;
    test::TemporaryDirectory directory_;
    IngestConfig config_;
    Inbox inbox_{config_};
    Spool spool_{config_};
    std::unique_ptr<JobQueue> queue_ = make_redis_job_queue(redis_->config(), QueueConfig{}, config_.spool.string());
    std::atomic<bool> loading_ = false;
    RightOfWay right_of_way_{[this] { return loading_.load(); }};
    std::atomic<int> rooms_ = 0;
    QueueNews queue_news_{*queue_};
    test::Listener errors_, notified_;
    Outbox outbox_{config_.spool / "outbox", {.queue = &queue_news_, .errors = &errors_, .notify = &notified_}};
    Rejections rejections_{config_, inbox_, spool_, outbox_, nullptr, right_of_way_, {[this] { ++rooms_; }}};
};

std::unique_ptr<test::RedisServer> RejectionsTest::redis_;

TEST_F(RejectionsTest, a_file_stays_in_the_inbox_until_it_is_set_aside_with_its_reports) {
    Refused bad = refused("a.csv", broken_mdff());
    const std::string sha256 = bad.file.sha256;
    rejections_.add(std::move(bad));
    EXPECT_TRUE(rejections_.holds("a.csv"));
    EXPECT_EQ(rejections_.held(), 1u);
    EXPECT_FALSE(rejections_.idle());
    EXPECT_EQ(slurp(in_inbox("a.csv")), broken_mdff());

    rejections_.work_off();
    EXPECT_EQ(set_aside(), (std::map<std::string, std::string>{{"a.csv", broken_mdff()}}));
    EXPECT_NE(slurp(config_.rejected / "a.csv.report.json").find(sha256), std::string::npos);
    EXPECT_TRUE(fs::exists(config_.rejected / "a.csv.report.txt"));
    EXPECT_FALSE(fs::exists(in_inbox("a.csv")));
    EXPECT_FALSE(rejections_.holds("a.csv"));
    EXPECT_TRUE(rejections_.idle());
    EXPECT_EQ(told(), 1u);
    EXPECT_TRUE(outbox_.idle());
    EXPECT_EQ(rooms_, 1);
    EXPECT_EQ(queue_->find(sha256)->status, JobStatus::kRejected);
}

TEST_F(RejectionsTest, the_notification_names_the_report) {
    rejections_.add(refused("a.csv", broken_mdff()));
    rejections_.work_off();
    outbox_.deliver();
    ASSERT_EQ(notified_.heard().size(), 1u);
    EXPECT_EQ(notified_.heard().at(0).at("report"), (config_.rejected / "a.csv.report.json").string());
    EXPECT_EQ(errors_.files(), std::vector<std::string>{"a.csv"});
}

TEST_F(RejectionsTest, every_content_of_one_name_is_kept_and_kept_once) {
    std::set<std::string> sent;
    std::multiset<std::string> kept;
    for (const char *day : {"20240101", "20240102", "20240103", "20240101"}) {
        rejections_.add(refused("a.csv", broken_mdff(day)));
        rejections_.work_off();
        sent.insert(broken_mdff(day));
    }
    for (const auto &[name, content] : set_aside())
        kept.insert(content);
    EXPECT_EQ(kept, (std::multiset<std::string>(sent.begin(), sent.end())));
    EXPECT_FALSE(fs::exists(in_inbox("a.csv")));
    EXPECT_EQ(told(), 4u);
    EXPECT_EQ(recorded(), 3);
}

TEST_F(RejectionsTest, a_file_that_changed_since_it_was_judged_stays_and_is_told_to_nobody) {
    rejections_.add(refused("a.csv", broken_mdff()));
    std::this_thread::sleep_for(20ms); // past the granularity of the file system's clock
    spit(in_inbox("a.csv"), sample_mdff());
    rejections_.work_off();
    EXPECT_EQ(slurp(in_inbox("a.csv")), sample_mdff());
    EXPECT_TRUE(fs::is_empty(config_.rejected));
    EXPECT_FALSE(rejections_.holds("a.csv"));
    EXPECT_EQ(told(), 0u);
    EXPECT_EQ(recorded(), 0);
}

TEST_F(RejectionsTest, a_file_that_somebody_has_open_for_writing_stays_until_he_closes_it) {
    rejections_.add(refused("a.csv", broken_mdff()));
    UniqueFd writer(::open(in_inbox("a.csv").c_str(), O_WRONLY));
    rejections_.work_off(); // a copy would lose what he still writes
    EXPECT_EQ(slurp(in_inbox("a.csv")), broken_mdff());
    EXPECT_TRUE(fs::is_empty(config_.rejected));
    EXPECT_TRUE(rejections_.idle());
    EXPECT_EQ(told(), 0u);
    writer = {};
    rejections_.add(refused("a.csv", broken_mdff()));
    rejections_.work_off();
    EXPECT_EQ(set_aside()["a.csv"], broken_mdff());
    EXPECT_FALSE(fs::exists(in_inbox("a.csv")));
    EXPECT_EQ(told(), 1u);
}

TEST_F(RejectionsTest, one_that_cannot_be_set_aside_waits_and_the_others_go_on) {
    fs::create_directory(config_.rejected / "b.csv.report.txt"); // its report cannot be written
    rejections_.add(refused("b.csv", broken_mdff("20240102")));
    rejections_.add(refused("a.csv", broken_mdff()));
    rejections_.work_off();
    EXPECT_EQ(set_aside()["a.csv"], broken_mdff());
    EXPECT_TRUE(rejections_.holds("b.csv"));
    EXPECT_FALSE(rejections_.idle());
    fs::remove(config_.rejected / "b.csv.report.txt");
    rejections_.work_off();
    EXPECT_EQ(set_aside()["b.csv"], broken_mdff("20240102"));
    EXPECT_TRUE(rejections_.idle());
    EXPECT_TRUE(fs::is_empty(config_.spool / "tmp"));
}

TEST_F(RejectionsTest, a_file_that_somebody_rewrites_while_he_has_it_open_stays) {
    rejections_.add(refused("a.csv", broken_mdff()));
    std::this_thread::sleep_for(20ms);
    UniqueFd writer(::open(in_inbox("a.csv").c_str(), O_WRONLY | O_TRUNC));
    const std::string good = sample_mdff();
    ASSERT_EQ(::write(writer.get(), good.data(), good.size()), static_cast<ssize_t>(good.size()));
    rejections_.work_off();
    EXPECT_EQ(slurp(in_inbox("a.csv")), good);
    EXPECT_TRUE(fs::is_empty(config_.rejected));
    EXPECT_EQ(told(), 0u);
    EXPECT_EQ(recorded(), 0);
}

TEST_F(RejectionsTest, many_findings_fill_it_until_they_are_worked_off) {
    Refused bad = refused("a.csv", broken_mdff());
    bad.verdict.findings.resize(20'000, bad.verdict.findings.at(0));
    EXPECT_FALSE(rejections_.full());
    rejections_.add(std::move(bad));
    EXPECT_TRUE(rejections_.full());
    rejections_.work_off();
    EXPECT_FALSE(rejections_.full());
    EXPECT_EQ(set_aside().size(), 1u);
}

TEST_F(RejectionsTest, loading_goes_first_but_not_for_ever) {
    loading_ = true;
    rejections_.start();
    const auto begin = std::chrono::steady_clock::now();
    rejections_.add(refused("a.csv", broken_mdff()));
    std::this_thread::sleep_for(300ms);
    if (std::chrono::steady_clock::now() - begin < 900ms) { // else the machine slept
        EXPECT_TRUE(fs::exists(in_inbox("a.csv")));
    }
    EXPECT_TRUE(eventually([&] { return rejections_.idle(); })) << "while loading went on";
    loading_ = false;
    rejections_.add(refused("b.csv", broken_mdff("20240102")));
    EXPECT_TRUE(eventually([&] { return rejections_.idle(); }));
    EXPECT_EQ(set_aside().size(), 2u);
}

TEST_F(RejectionsTest, what_still_waits_at_the_end_stays_in_the_inbox) {
    loading_ = true;
    rejections_.start();
    rejections_.add(refused("a.csv", broken_mdff()));
    rejections_.stop();
    if (set_aside().empty()) // a stop within its patience of a second
        EXPECT_EQ(slurp(in_inbox("a.csv")), broken_mdff());
    else
        EXPECT_EQ(told(), 1u);
}

TEST_F(RejectionsTest, the_queue_hears_of_it_later_when_it_is_away) {
    redis_->stop();
    rejections_.add(refused("a.csv", broken_mdff()));
    rejections_.work_off();
    EXPECT_EQ(set_aside().size(), 1u);
    EXPECT_EQ(told(), 1u);
    EXPECT_FALSE(outbox_.idle());
    redis_->start();
    EXPECT_TRUE(eventually([&] {
        outbox_.deliver();
        return outbox_.idle();
    }));
    EXPECT_EQ(recorded(), 1);
}

} // namespace
} // namespace nem12::loader
