#include "intake/intake.hpp"

#include <algorithm>
#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "loader/support/archives.hpp"
#include "loader/support/listener.hpp"
#include "loader/support/messages.hpp"
#include "loader/support/redis_server.hpp"
#include "loader/support/sample.hpp"
#include "outbox/queue_news.hpp"
#include "queue/redis_job_queue.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::broken_mdff;
using test::make_gzip;
using test::make_zip;
using test::sample_mdff;
using test::slurp;
using test::spit;
using Names = std::vector<std::string>;

Names names_in(const fs::path &folder) {
    Names names;
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file())
            names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// One daemon's taking-in half over a real Redis; "workers" here only settle what they claim.
class Daemon {
public:
    Daemon(const IngestConfig &config, const RedisConfig &redis, const QueueConfig &queue_config = {})
        : queue_(make_redis_job_queue(redis, queue_config, config.spool.string())), spool_(config),
          outbox_(config.spool / "outbox", {.queue = &queue_news_, .errors = &errors_}),
          intake_(config, queue_config, spool_, *queue_, outbox_, nullptr, right_of_way_) {}

    bool settle_inbox() { // until nothing more can be taken
        return test::eventually([this] {
            intake_.tick();
            outbox_.deliver();
            return intake_.inbox_files() == 0;
        });
    }
    int work() { // loads everything that is queued
        int done = 0;
        while (std::optional<ClaimedJob> job = queue_->claim("worker")) {
            queue_->finish(*job, JobStatus::kSuccess, "loaded");
            spool_.loaded(job->id);
            ++done;
        }
        return done;
    }
    Spool &spool() { return spool_; }
    JobQueue &queue() { return *queue_; }
    Intake &intake() { return intake_; }
    Names rejected() const { return errors_.files(); }

private:
    std::unique_ptr<JobQueue> queue_;
    Spool spool_;
    RightOfWay right_of_way_;
    QueueNews queue_news_{*queue_};
    test::Listener errors_;
    Outbox outbox_;
    Intake intake_;
};

class IntakeTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { redis_ = std::make_unique<test::RedisServer>(); }
    static void TearDownTestSuite() { redis_.reset(); }
    IntakeTest() : config_(config_for("")) {
        redis_->call({"FLUSHALL"});
        fs::create_directories(config_.inbox);
    }
    IngestConfig config_for(const std::string &daemon) {
        IngestConfig config;
        config.inbox = directory_.path() / "inbox";
        config.spool = directory_.path() / ("spool" + daemon);
        config.archive = directory_.path() / "archive";
        config.rejected = directory_.path() / "rejected";
        config.failed = directory_.path() / "failed";
        config.quiet = 10ms;
        return config;
    }
    Daemon &daemon() {
        if (!daemon_)
            daemon_ = std::make_unique<Daemon>(config_, redis_->config(), queue_config_);
        return *daemon_;
    }
    void restart() { daemon_.reset(); }
    void drop(const std::string &name, const std::string &content) {
        spit(config_.inbox / ("." + name), content);
        fs::rename(config_.inbox / ("." + name), config_.inbox / name);
    }
    Names archived() { return names_in(config_.archive); }
    Names rejected_files() {
        Names names = names_in(config_.rejected);
        std::erase_if(names, [](const std::string &name) { return name.find(".report.") != std::string::npos; });
        return names;
    }
    std::string first_code(const std::string &name) {
        return nlohmann::json::parse(slurp(config_.rejected / (name + ".report.json")))["findings"][0]["code"];
    }
    void take_everything() {
        ASSERT_TRUE(daemon().settle_inbox());
        daemon().work();
        daemon().intake().tick();
        EXPECT_EQ(names_in(config_.inbox), Names{});
        EXPECT_TRUE(daemon().spool().list().empty());
        EXPECT_EQ(names_in(config_.spool / "tmp"), Names{});
        EXPECT_TRUE(daemon().intake().idle());
    }

    static std::unique_ptr<test::RedisServer> redis_;
    test::TemporaryDirectory directory_;
    IngestConfig config_;
    QueueConfig queue_config_;
    std::unique_ptr<Daemon> daemon_;
};
std::unique_ptr<test::RedisServer> IntakeTest::redis_;

TEST_F(IntakeTest, good_files_are_queued_and_bad_ones_rejected_with_reports) {
    drop("good.csv", sample_mdff());
    drop("bad.csv", broken_mdff());
    drop("empty.csv", "");
    drop("rubbish.bin", std::string(5000, '\x80'));
    ASSERT_TRUE(daemon().settle_inbox());
    EXPECT_EQ(rejected_files(), (Names{"bad.csv", "empty.csv", "rubbish.bin"}));
    EXPECT_EQ(daemon().rejected().size(), 3u);
    EXPECT_EQ(slurp(config_.rejected / "bad.csv"), broken_mdff());
    EXPECT_EQ(first_code("bad.csv"), "value_not_numeric");
    EXPECT_EQ(first_code("empty.csv"), "empty_file");
    ASSERT_EQ(daemon().spool().list().size(), 1u);
    JudgedFile file = daemon().spool().list()[0];
    EXPECT_EQ(slurp(file.path), sample_mdff());
    EXPECT_EQ(file.expected->readings, 48);
    EXPECT_EQ(file.months, Names{"2024-01-01"});
    auto counts = daemon().queue().counts().by_status;
    EXPECT_EQ(counts["pending"], 1);
    EXPECT_EQ(counts["rejected"], 3);
    take_everything();
    EXPECT_EQ(archived(), Names{"good.csv"});
}

TEST_F(IntakeTest, archives_of_every_kind_end_as_they_were_delivered) {
    drop("one.zip", make_zip({{"inner.V01", sample_mdff("20240101")}}));
    drop("many.zip",
         make_zip({{"a.csv", sample_mdff("20240102")}, {"b.csv", sample_mdff("20240103")}, {"bad.csv", broken_mdff()}}));
    drop("nested.zip", make_zip({{"x.zip", make_zip({{"c.csv", sample_mdff("20240104")}})},
                                 {"d.csv.gz", make_gzip(sample_mdff("20240105"))}}));
    drop("e.csv.gz", make_gzip(sample_mdff("20240106")));
    drop("allbad.zip", make_zip({{"1.csv", broken_mdff("20240107")}, {"2.csv", "no mdff"}}));
    drop("corrupt.zip", make_zip({{"1.csv", sample_mdff()}}).substr(0, 60));
    drop("slip.zip", make_zip({{"../../../slipped.csv", sample_mdff("20240108")}}));
    ASSERT_TRUE(daemon().settle_inbox());
    EXPECT_EQ(daemon().spool().list().size(), 7u);
    take_everything();
    EXPECT_EQ(archived(), (Names{"e.csv.gz", "many.zip", "nested.zip", "one.zip", "slip.zip"}));
    EXPECT_EQ(rejected_files(),
              (Names{"allbad.zip", "allbad.zip--1.csv", "allbad.zip--2.csv", "corrupt.zip", "many.zip--bad.csv"}));
    EXPECT_EQ(first_code("corrupt.zip"), "archive_truncated");
    for (const auto &entry : fs::recursive_directory_iterator(directory_.path()))
        EXPECT_NE(entry.path().filename(), "slipped.csv");
}

TEST_F(IntakeTest, a_message_is_the_parcel_of_its_files) {
    drop("m.xml", test::message({sample_mdff("20240101"), broken_mdff(), sample_mdff("20240102")}, "M-1"));
    drop("bare.csv", sample_mdff("20240101"));
    drop("cut.xml", test::message({sample_mdff("20240103")}).substr(0, 600));
    drop("many.zip",
         make_zip({{"a.xml", test::message({sample_mdff("20240104")}, "M-2")}, {"b.csv", sample_mdff("20240105")}}));
    ASSERT_TRUE(daemon().settle_inbox());
    std::map<std::string, std::string> ids;
    for (const JudgedFile &file : daemon().spool().list())
        ids[file.name] = file.message_id + " " + file.transaction_id;
    EXPECT_EQ(ids.size(), 4u) << "the bare file is known by its content";
    EXPECT_EQ(ids["m.xml/3-T-3.csv"], "M-1 T-3");
    EXPECT_EQ(ids["many.zip/a.xml/1-T-1.csv"], "M-2 T-1");
    EXPECT_EQ(ids["many.zip/b.csv"], " ");
    restart(); // what the spool keeps, it keeps on disk
    for (const JudgedFile &file : daemon().spool().list())
        EXPECT_EQ(file.message_id + " " + file.transaction_id, ids[file.name]);
    take_everything();
    EXPECT_EQ(archived(), (Names{"bare.csv", "m.xml", "many.zip"}));
    EXPECT_EQ(rejected_files(), (Names{"cut.xml", "m.xml--2-T-2.csv"}));
    auto report = nlohmann::json::parse(slurp(config_.rejected / "m.xml--2-T-2.csv.report.json"));
    EXPECT_EQ(report["message_id"], "M-1");
    EXPECT_EQ(report["transaction_id"], "T-2");
    report = nlohmann::json::parse(slurp(config_.rejected / "cut.xml.report.json"));
    EXPECT_EQ(report["findings"][0]["code"], "asexml_truncated");
    EXPECT_EQ(report["message_id"], "MSG-1");
    EXPECT_EQ(report["from_participant"], "MDP1");
    EXPECT_NE(report["findings"][0]["line"], nullptr);
}

TEST_F(IntakeTest, a_bomb_is_rejected_with_its_reason_and_nothing_of_it_is_loaded) {
    drop("bomb.zip", make_zip({{"good.csv", sample_mdff()}, {"zeros", std::string(32 << 20, '0')}}));
    take_everything();
    EXPECT_EQ(rejected_files(), Names{"bomb.zip"});
    EXPECT_EQ(first_code("bomb.zip"), "archive_ratio");
    EXPECT_EQ(daemon().queue().counts().by_status["pending"], 0);
}

TEST_F(IntakeTest, the_same_content_is_queued_once_whatever_it_is_called) {
    drop("a.csv", sample_mdff());
    drop("b.csv", sample_mdff());
    drop("c.zip", make_zip({{"x", sample_mdff()}}));
    ASSERT_TRUE(daemon().settle_inbox());
    EXPECT_EQ(daemon().queue().counts().by_status["pending"], 1);
    EXPECT_EQ(daemon().work(), 1);
    drop("later.csv", sample_mdff());
    drop("later.zip", make_zip({{"y", sample_mdff()}}));
    ASSERT_TRUE(daemon().settle_inbox());
    EXPECT_EQ(daemon().work(), 0);
    take_everything();
    EXPECT_EQ(archived(), (Names{"a.csv", "b.csv", "c.zip", "later.csv", "later.zip"}));
    EXPECT_EQ(daemon().queue().counts().by_status["success"], 1);
}

TEST_F(IntakeTest, a_file_sent_again_after_it_failed_gets_another_chance) {
    drop("a.csv", sample_mdff());
    ASSERT_TRUE(daemon().settle_inbox());
    ClaimedJob job = daemon().queue().claim("worker").value();
    daemon().queue().finish(job, JobStatus::kFailed, "poison");
    daemon().spool().failed(job.id, "poison");
    EXPECT_TRUE(put_back_into_inbox(config_, job.id));
    ASSERT_TRUE(daemon().settle_inbox());
    EXPECT_EQ(daemon().work(), 1);
    EXPECT_EQ(archived(), Names{"a.csv"});
}

TEST_F(IntakeTest, skip_queues_the_file_and_still_reports) {
    config_.on_invalid = "skip";
    std::string mixed = sample_mdff(), bad = broken_mdff("20240102");
    mixed.insert(mixed.find("900"), bad.substr(bad.find("300,"), bad.find("900") - bad.find("300,")));
    drop("mixed.csv", mixed);
    take_everything();
    EXPECT_EQ(archived(), Names{"mixed.csv"});
    EXPECT_EQ(names_in(config_.rejected).size(), 2u);
    EXPECT_EQ(rejected_files(), Names{});
}

TEST_F(IntakeTest, a_full_queue_leaves_files_in_the_inbox_and_offers_them_again) {
    queue_config_.size = 2;
    queue_config_.retry_seconds = 1;
    for (int i = 0; i < 6; ++i)
        drop(std::to_string(i) + ".csv", sample_mdff("2024010" + std::to_string(i + 1)));
    ASSERT_TRUE(test::eventually([&] {
        daemon().intake().tick();
        return daemon().intake().under_backpressure();
    }));
    EXPECT_EQ(daemon().queue().counts().by_status["pending"], 2);
    EXPECT_EQ(names_in(config_.inbox).size(), 4u);
    EXPECT_FALSE(daemon().intake().idle());
    EXPECT_TRUE(test::eventually([&] {
        daemon().work();
        daemon().intake().tick();
        return daemon().intake().idle() && daemon().spool().list().empty();
    }));
    EXPECT_FALSE(daemon().intake().under_backpressure());
    EXPECT_EQ(archived().size(), 6u);
}

TEST_F(IntakeTest, an_archive_with_more_members_than_the_queue_holds_gets_in_piece_by_piece) {
    queue_config_.size = 2;
    queue_config_.retry_seconds = 1;
    std::vector<test::ArchiveFile> files;
    for (int i = 0; i < 7; ++i)
        files.push_back({std::to_string(i), sample_mdff("2024010" + std::to_string(i + 1))});
    drop("a.zip", make_zip(files));
    EXPECT_TRUE(test::eventually([&] {
        daemon().intake().tick();
        daemon().work();
        return daemon().intake().idle() && daemon().spool().list().empty() && !archived().empty();
    }));
    EXPECT_EQ(archived(), Names{"a.zip"});
    EXPECT_EQ(daemon().queue().counts().by_status["success"], 7);
}

TEST_F(IntakeTest, a_crash_after_the_spool_and_before_the_queue_loses_nothing) {
    drop("a.csv", sample_mdff());
    ASSERT_TRUE(daemon().settle_inbox());
    redis_->call({"FLUSHALL"});
    restart();
    drop("a.csv", sample_mdff()); // and the inbox entry had not been removed yet
    take_everything();
    EXPECT_EQ(archived(), Names{"a.csv"});
}

TEST_F(IntakeTest, a_cut_file_waits_for_its_rest_and_is_rejected_when_it_does_not_come) {
    config_.incomplete_grace = 2s;
    std::string whole = sample_mdff();
    drop("a.csv", whole.substr(0, 200));
    drop("b.csv", sample_mdff("20240102").substr(0, 200));
    std::string message = test::message({sample_mdff("20240103")});
    drop("c.xml", message.substr(0, 500));
    for (int i = 0; i < 20; ++i) {
        daemon().intake().tick();
        std::this_thread::sleep_for(20ms);
    }
    EXPECT_EQ(names_in(config_.inbox), (Names{"a.csv", "b.csv", "c.xml"}));
    spit(config_.inbox / "a.csv", whole);
    spit(config_.inbox / "c.xml", message);
    take_everything();
    EXPECT_EQ(archived(), (Names{"a.csv", "c.xml"}));
    EXPECT_EQ(rejected_files(), Names{"b.csv"});
}

TEST_F(IntakeTest, a_writer_that_rewrites_all_the_time_is_never_loaded_by_halves) {
    std::atomic<bool> stop = false;
    std::jthread writer([&] {
        for (int i = 0; i < 150; ++i) {
            spit(config_.inbox / "a.csv",
                 sample_mdff("20240101", "0." + std::to_string(100 + i % 7)).substr(0, i % 3 == 0 ? 150 : 2000));
            std::this_thread::sleep_for(3ms);
        }
        spit(config_.inbox / "a.csv", sample_mdff("20240103"));
        stop = true;
    });
    config_.quiet = 100ms;
    config_.incomplete_grace = 5s;
    while (!stop)
        daemon().intake().tick();
    writer.join();
    take_everything();
    EXPECT_EQ(rejected_files(), Names{});
    for (const auto &entry : fs::recursive_directory_iterator(config_.archive)) {
        if (entry.is_regular_file()) {
            EXPECT_TRUE(slurp(entry.path()).ends_with("900\r\n"));
        }
    }
}

TEST_F(IntakeTest, a_file_over_the_limit_is_rejected_without_a_copy) {
    config_.max_file_bytes = 100;
    drop("large.csv", sample_mdff());
    take_everything();
    EXPECT_EQ(rejected_files(), Names{"large.csv"});
    EXPECT_EQ(first_code("large.csv"), "file_too_large");
    EXPECT_EQ(slurp(config_.rejected / "large.csv"), sample_mdff());
}

TEST_F(IntakeTest, a_file_on_the_spools_disk_is_moved_not_copied) {
    drop("a.csv", sample_mdff());
    struct stat delivered {
    }, spooled{};
    ASSERT_EQ(::stat((config_.inbox / "a.csv").c_str(), &delivered), 0);
    ASSERT_TRUE(daemon().settle_inbox());
    ASSERT_EQ(::stat(daemon().spool().list().at(0).path.c_str(), &spooled), 0);
    EXPECT_EQ(spooled.st_ino, delivered.st_ino);
    take_everything();
    EXPECT_EQ(archived(), Names{"a.csv"});
}

TEST_F(IntakeTest, one_content_in_many_names_and_an_archive_at_once_is_queued_once) {
    for (int i = 0; i < 8; ++i)
        drop(std::to_string(i) + ".csv", sample_mdff());
    drop("z.zip", make_zip({{"x", sample_mdff()}}));
    take_everything();
    EXPECT_EQ(archived().size(), 9u);
    EXPECT_EQ(daemon().queue().counts().by_status["success"], 1);
}

TEST_F(IntakeTest, names_collide_without_loss) {
    for (const char *day : {"20240101", "20240102", "20240103"}) {
        drop("same.csv", sample_mdff(day));
        ASSERT_TRUE(daemon().settle_inbox());
    }
    take_everything();
    EXPECT_EQ(archived().size(), 3u);
}

TEST_F(IntakeTest, without_redis_files_are_checked_and_wait_in_the_spool) {
    daemon();
    redis_->stop();
    drop("a.csv", sample_mdff());
    drop("bad.csv", "100,NEM12,nonsense\r\n");
    std::this_thread::sleep_for(50ms);
    EXPECT_TRUE(daemon().intake().tick());
    EXPECT_FALSE(daemon().intake().under_backpressure());
    EXPECT_EQ(names_in(config_.inbox), Names{});
    EXPECT_EQ(names_in(config_.spool / "ready").size(), 1u);
    EXPECT_TRUE(std::filesystem::exists(config_.rejected / "bad.csv"));
    EXPECT_FALSE(daemon().intake().idle());
    redis_->start();
    take_everything();
    EXPECT_EQ(archived(), Names{"a.csv"});
    EXPECT_EQ(daemon().queue().counts().by_status.at("rejected"), 1);
}

TEST_F(IntakeTest, two_daemons_share_one_inbox) {
    config_ = config_for("1");
    Daemon second(config_for("2"), redis_->config(), queue_config_);
    daemon();
    for (int i = 0; i < 60; ++i) // two names for each content
        drop("f" + std::to_string(i) + ".csv",
             sample_mdff("20240" + std::to_string(100 + i / 2 % 28 + 1), "0." + std::to_string(i / 2)));
    std::atomic<bool> stop = false;
    auto run = [&](Daemon &which) {
        while (!stop) {
            which.intake().tick();
            which.work();
        }
    };
    std::jthread one([&] { run(daemon()); }), two([&] { run(second); });
    EXPECT_TRUE(
        test::eventually([&] { return daemon().intake().idle() && second.intake().idle() && archived().size() == 60; }));
    stop = true;
    one.join();
    two.join();
    EXPECT_EQ(names_in(config_.inbox), Names{});
    EXPECT_EQ(archived().size(), 60u);
    EXPECT_TRUE(daemon().spool().list().empty());
    EXPECT_TRUE(second.spool().list().empty());
    EXPECT_EQ(daemon().queue().counts().by_status["success"], 30);
}

TEST_F(IntakeTest, the_thread_takes_files_as_they_come_and_stops_when_told) {
    daemon();
    daemon_->intake().start();
    for (int i = 0; i < 5; ++i) {
        drop(std::to_string(i) + ".csv", sample_mdff("2024010" + std::to_string(i + 1)));
        std::this_thread::sleep_for(30ms);
    }
    EXPECT_TRUE(test::eventually([&] { return names_in(config_.inbox).empty(); }));
    EXPECT_TRUE(test::eventually([&] { return daemon_->intake().idle(); }));
    daemon_->intake().stop();
    EXPECT_EQ(daemon().work(), 5);
}

} // namespace
} // namespace nem12::loader
