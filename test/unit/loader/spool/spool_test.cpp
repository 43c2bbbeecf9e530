#include "spool/spool.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/sha256.hpp"
#include "judge/validator.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using test::slurp;
using test::spit;

class SpoolTest : public ::testing::Test {
protected:
    SpoolTest() {
        for (auto [member, name] : {std::pair{&config_.inbox, "inbox"},
                                    {&config_.spool, "spool"},
                                    {&config_.archive, "archive"},
                                    {&config_.rejected, "rejected"},
                                    {&config_.failed, "failed"}})
            *member = directory_.path() / name;
        open();
    }
    void open() {
        spool_.reset();
        spool_ = std::make_unique<Spool>(config_);
    }
    JudgedFile file_of(const std::string &name, const std::string &content, const std::string &parcel = "") {
        JudgedFile file;
        Sha256 sha;
        sha.add(content);
        file.sha256 = sha.finish();
        file.name = name;
        file.bytes = static_cast<int64_t>(content.size());
        file.parent_sha256 = parcel;
        file.months = {"2024-01-01"};
        file.expected = ExpectedCounts{"strict", 7, 336, 0, 0};
        return file;
    }
    fs::path temp_with(const std::string &content) {
        fs::path temp = spool_->temp_path();
        spit(temp, content);
        return temp;
    }
    JudgedFile add(const std::string &name, const std::string &content, const std::string &parcel = "") {
        JudgedFile file = file_of(name, content, parcel);
        spool_->add(file, TempFile(temp_with(content)));
        return file;
    }
    std::string open_parcel(const std::string &name, const std::string &bytes) {
        std::string sha = file_of(name, bytes).sha256;
        spool_->open_parcel(sha, name, temp_with(bytes));
        return sha;
    }
    static std::vector<std::string> names_in(const fs::path &folder) {
        std::vector<std::string> names;
        for (const auto &entry : fs::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file())
                names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    std::vector<std::string> archived() { return names_in(config_.archive); }
    std::vector<std::string> rejected() { return names_in(config_.rejected); }
    void expect_empty_spool() {
        spool_->forget_settled();
        for (const char *folder : {"tmp", "ready", "meta", "parcels"})
            EXPECT_EQ(names_in(config_.spool / folder), std::vector<std::string>{}) << folder;
        EXPECT_EQ(spool_->bytes(), 0);
    }

    using Names = std::vector<std::string>;
    test::TemporaryDirectory directory_;
    IngestConfig config_;
    std::unique_ptr<Spool> spool_;
    Verdict bad_ = refusal("value_count", "too few", "send more");
};

TEST_F(SpoolTest, files_that_were_loaded_together_are_archived_together) {
    const std::string archive = open_parcel("outer.zip", "zip");
    const std::vector<std::string> ids{add("a.csv", "a").sha256, add("b.csv", "b").sha256,
                                       add("outer.zip/c.csv", "c", archive).sha256, add("a.csv", "other a").sha256,
                                       file_of("gone.csv", "gone").sha256};
    add("b again.csv", "b");
    spool_->seal_parcel(archive);
    spool_->loaded(ids);
    std::vector<std::string> names = archived();
    EXPECT_EQ(names.size(), 5u) << "both a.csv, b.csv twice, outer.zip";
    EXPECT_EQ(std::count(names.begin(), names.end(), "outer.zip"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "b again.csv"), 1);
    expect_empty_spool();
    spool_->loaded(ids); // once more, as after a crash
    EXPECT_EQ(archived(), names);
}

TEST_F(SpoolTest, what_is_added_is_found_listed_and_survives_a_restart) {
    JudgedFile file = add("a.csv", "content");
    EXPECT_EQ(slurp(file.path), "content");
    open();
    JudgedFile found = spool_->find(file.sha256).value();
    EXPECT_EQ(found.name, "a.csv");
    EXPECT_EQ(found.months, file.months);
    EXPECT_EQ(found.expected->days, 7);
    EXPECT_EQ(found.path, file.path);
    EXPECT_EQ(spool_->list().size(), 1u);
    EXPECT_EQ(spool_->bytes(), 7);
    EXPECT_FALSE(spool_->find("00"));
    EXPECT_FALSE(spool_->find(""));
}

TEST_F(SpoolTest, a_loaded_file_goes_to_the_archive_once) {
    JudgedFile file = add("a.csv", "content");
    EXPECT_TRUE(spool_->loaded(file.sha256));
    EXPECT_FALSE(spool_->loaded(file.sha256));
    EXPECT_EQ(archived(), Names{"a.csv"});
    expect_empty_spool();
}

TEST_F(SpoolTest, a_loaded_file_is_deleted_when_the_config_says_so) {
    config_.on_success = "delete";
    open();
    EXPECT_TRUE(spool_->loaded(add("a.csv", "content").sha256));
    EXPECT_EQ(archived(), Names{});
    expect_empty_spool();
}

TEST_F(SpoolTest, another_content_under_a_taken_name_overwrites_nothing) {
    std::string first = add("a.csv", "one").sha256, second = add("a.csv", "two").sha256, third = add("a.csv", "three").sha256;
    for (const std::string &sha : {first, second, third})
        spool_->loaded(sha);
    EXPECT_EQ(archived(), (Names{"a.csv", "a~" + second.substr(0, 8) + ".csv", "a~" + third.substr(0, 8) + ".csv"}));
}

TEST_F(SpoolTest, the_same_content_under_three_names_ends_under_all_of_them) {
    JudgedFile file = add("a.csv", "content");
    JudgedFile again = file_of("b.csv", "content");
    EXPECT_EQ(spool_->add(again, TempFile(temp_with("content"))), Spool::Added::kKnown);
    add("c.csv", "content");
    add("c.csv", "content");
    EXPECT_EQ(spool_->list().size(), 1u);
    spool_->loaded(file.sha256);
    EXPECT_EQ(archived(), (Names{"a.csv", "b.csv", "c.csv"}));
    for (const auto &entry : fs::recursive_directory_iterator(config_.archive)) {
        if (entry.is_regular_file()) {
            EXPECT_EQ(fs::hard_link_count(entry), 1u) << entry;
        }
    }
    expect_empty_spool();
}

TEST_F(SpoolTest, a_rejected_file_lies_beside_its_reports_and_is_announced) {
    std::vector<fs::path> reports;
    spool_->on_report = [&](const fs::path &report) { reports.push_back(report); };
    JudgedFile file = file_of("a.csv", "bad");
    spool_->reject(file, temp_with("bad"), bad_);
    EXPECT_EQ(rejected(), (Names{"a.csv", "a.csv.report.json", "a.csv.report.txt"}));
    ASSERT_EQ(reports.size(), 1u);
    EXPECT_EQ(reports[0], config_.rejected / "a.csv.report.json");
    EXPECT_NE(slurp(reports[0]).find("value_count"), std::string::npos);
    expect_empty_spool();
}

TEST_F(SpoolTest, the_server_may_refuse_a_file_later) {
    JudgedFile file = add("a.csv", "bad after all");
    EXPECT_TRUE(spool_->rejected(file.sha256, bad_));
    EXPECT_EQ(rejected(), (Names{"a.csv", "a.csv.report.json", "a.csv.report.txt"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, a_failed_file_is_kept_and_can_be_put_back_into_the_inbox) {
    JudgedFile file = add("a.csv", "content");
    spool_->failed(file.sha256, "poison\x1b");
    EXPECT_EQ(names_in(config_.failed), (Names{"a.csv", "a.csv.report.json", "a.csv.report.txt"}));
    EXPECT_NE(slurp(config_.failed / "a.csv.report.txt").find("poison\\x1b"), std::string::npos);
    EXPECT_FALSE(put_back_into_inbox(config_, "ab"));
    EXPECT_TRUE(put_back_into_inbox(config_, file.sha256));
    EXPECT_EQ(names_in(config_.failed), Names{});
    EXPECT_EQ(slurp(config_.inbox / "a.csv"), "content");
    EXPECT_EQ(fs::hard_link_count(config_.inbox / "a.csv"), 1u);
}

TEST_F(SpoolTest, an_archive_waits_for_its_last_member) {
    std::string parcel = open_parcel("p.zip", "PK...");
    std::string one = add("p.zip/1.csv", "one", parcel).sha256, two = add("p.zip/2.csv", "two", parcel).sha256;
    spool_->loaded(one); // before it is sealed
    spool_->seal_parcel(parcel);
    EXPECT_EQ(archived(), Names{});
    spool_->loaded(two);
    EXPECT_EQ(archived(), Names{"p.zip"});
    expect_empty_spool();
}

TEST_F(SpoolTest, a_bad_member_is_rejected_by_itself_and_the_archive_follows_the_good_one) {
    std::string parcel = open_parcel("p.zip", "PK...");
    std::string good = add("p.zip/good.csv", "good", parcel).sha256;
    spool_->reject(file_of("p.zip/bad.csv", "bad", parcel), temp_with("bad"), bad_);
    spool_->seal_parcel(parcel);
    EXPECT_EQ(rejected(), (Names{"p.zip--bad.csv", "p.zip--bad.csv.report.json", "p.zip--bad.csv.report.txt"}));
    spool_->loaded(good);
    EXPECT_EQ(archived(), Names{"p.zip"});
    expect_empty_spool();
}

TEST_F(SpoolTest, an_archive_without_a_good_member_is_rejected_with_its_own_report) {
    std::string parcel = open_parcel("p.zip", "PK...");
    spool_->reject(file_of("p.zip/bad.csv", "bad", parcel), temp_with("bad"), bad_);
    spool_->seal_parcel(parcel);
    Names names = rejected();
    EXPECT_EQ(std::count(names.begin(), names.end(), "p.zip"), 1);
    EXPECT_EQ(std::count(names.begin(), names.end(), "p.zip.report.json"), 1);
    EXPECT_EQ(archived(), Names{});
    expect_empty_spool();
}

TEST_F(SpoolTest, an_archive_whose_expansion_was_cut_short_is_expanded_again) {
    std::string parcel = open_parcel("p.zip", "PK...");
    std::string one = add("p.zip/1.csv", "one", parcel).sha256;
    open(); // crashed before the seal; the inbox still has the file
    EXPECT_EQ(open_parcel("p.zip", "PK..."), parcel);
    add("p.zip/1.csv", "one", parcel);
    spool_->seal_parcel(parcel);
    open();
    EXPECT_EQ(spool_->open_parcel(parcel, "q.zip", temp_with("PK...")), Spool::Added::kKnown);
    spool_->loaded(one);
    EXPECT_EQ(archived(), (Names{"p.zip", "q.zip"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, a_crash_between_the_steps_of_settling_is_repaired_by_the_next_call) {
    JudgedFile file = add("a.csv", "content");
    fs::path place = config_.rejected / "a.csv";
    fs::create_hard_link(file.path, place); // placed, then killed
    open();
    EXPECT_TRUE(spool_->rejected(file.sha256, bad_));
    EXPECT_EQ(rejected(), (Names{"a.csv", "a.csv.report.json", "a.csv.report.txt"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, a_restart_wipes_what_never_became_part_of_the_spool) {
    JudgedFile file = add("a.csv", "content");
    temp_with("half a copy");
    spit(config_.spool / "meta" / (std::string(64, 'a') + ".json"), "{}"); // killed between meta and ready
    open();
    EXPECT_EQ(names_in(config_.spool / "tmp"), Names{});
    EXPECT_EQ(names_in(config_.spool / "meta"), Names{file.sha256 + ".json"});
    EXPECT_EQ(spool_->list().size(), 1u);
}

TEST_F(SpoolTest, a_damaged_record_does_not_lose_the_file) {
    JudgedFile file = add("a.csv", "content");
    spit(config_.spool / "meta" / (file.sha256 + ".json"), "not json");
    open();
    ASSERT_TRUE(spool_->find(file.sha256));
    EXPECT_TRUE(spool_->loaded(file.sha256));
    EXPECT_EQ(archived(), Names{file.sha256});
}

TEST_F(SpoolTest, a_record_that_cannot_be_read_is_not_taken_for_a_damaged_one) {
    JudgedFile file = add("a.csv", "content");
    fs::path meta = config_.spool / "meta" / (file.sha256 + ".json"), aside = config_.spool / "aside";
    fs::rename(meta, aside);
    fs::create_directory(meta); // root may read everything else
    EXPECT_THROW(spool_->find(file.sha256, "a.csv"), FileError);
    EXPECT_THROW(spool_->list(), FileError); // so that nobody takes the spool for empty
    EXPECT_THROW(spool_->loaded(file.sha256), FileError);
    open(); // a start does not fail for it
    fs::remove(meta);
    fs::rename(aside, meta);
    ASSERT_TRUE(spool_->find(file.sha256));
    EXPECT_EQ(spool_->find(file.sha256)->name, "a.csv");
    EXPECT_TRUE(spool_->loaded(file.sha256));
    EXPECT_EQ(archived(), Names{"a.csv"});
    expect_empty_spool();
}

TEST_F(SpoolTest, the_name_of_a_damaged_record_is_found_where_anything_still_has_it) {
    std::string sha = add("a.csv", "content").sha256;
    fs::path meta = config_.spool / "meta" / (sha + ".json");
    spit(meta, slurp(meta).substr(0, slurp(meta).rfind("\"readings\""))); // cut short
    EXPECT_EQ(spool_->find(sha)->name, "a.csv");
    spit(meta, "");
    EXPECT_EQ(spool_->find(sha)->name, sha);
    EXPECT_EQ(spool_->find(sha, "a.csv")->name, "a.csv") << "the queue knew it";
    EXPECT_EQ(spool_->find(sha)->name, "a.csv") << "and it was written down again";
    std::string parcel = open_parcel("p.zip", "PK..."), member = add("p.zip/1.csv", "one", parcel).sha256;
    spool_->seal_parcel(parcel);
    fs::remove(config_.spool / "meta" / (member + ".json"));
    EXPECT_EQ(spool_->find(member)->name, "p.zip/1.csv");
    spool_->loaded(sha);
    spool_->loaded(member);
    EXPECT_EQ(archived(), (Names{"a.csv", "p.zip"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, an_archive_whose_record_is_damaged_goes_back_to_the_inbox) {
    fs::create_directory(config_.inbox);
    std::string parcel = open_parcel("p.zip", "PK..."), one = add("p.zip/1.csv", "one", parcel).sha256;
    spool_->seal_parcel(parcel);
    spit(config_.spool / "parcels" / (parcel + ".json"), "{}");
    EXPECT_TRUE(spool_->loaded(one));
    EXPECT_EQ(slurp(config_.inbox / "p.zip"), "PK...");
    expect_empty_spool();

    parcel = open_parcel("q.zip", "PK.q.");
    one = add("q.zip/1.csv", "two", parcel).sha256;
    spool_->seal_parcel(parcel);
    fs::path record = config_.spool / "parcels" / (parcel + ".json");
    spit(record, slurp(record).substr(0, slurp(record).size() / 2));
    open(); // and at the next start
    EXPECT_EQ(slurp(config_.inbox / "q.zip"), "PK.q.");
    EXPECT_TRUE(spool_->loaded(one));
    expect_empty_spool();
}

TEST_F(SpoolTest, a_moved_archive_that_was_never_sealed_goes_back_to_the_inbox) {
    fs::create_directory(config_.inbox);
    std::string sha = file_of("p.zip", "PK...").sha256;
    EXPECT_EQ(spool_->announce_parcel(sha, "p.zip", {}), Spool::Added::kNew);
    spit(config_.spool / "parcels" / sha, "PK..."); // moved, then killed
    open();
    EXPECT_EQ(slurp(config_.inbox / "p.zip"), "PK...");
    expect_empty_spool();
}

TEST_F(SpoolTest, what_its_writer_still_writes_makes_a_new_delivery) {
    fs::create_directory(config_.inbox);
    auto deliver = [&](const std::string &name, const std::string &content) {
        spit(config_.inbox / name, content);
        struct stat status {};
        EXPECT_EQ(::stat((config_.inbox / name).c_str(), &status), 0);
        JudgedFile file = file_of(name, content);
        EXPECT_EQ(spool_->announce(file, stamp_of(status)), Spool::Added::kNew);
        EXPECT_TRUE(spool_->adopt(file, [&](const fs::path &to) { return rename_no_replace(config_.inbox / name, to); }));
        return file;
    };
    JudgedFile written = deliver("a.csv", "half"), still = deliver("b.csv", "whole"), reopened = deliver("c.csv", "third");
    JudgedFile again = file_of("other.csv", "whole");
    EXPECT_EQ(spool_->announce(again), Spool::Added::kLater) << "neither may stand for the other";
    ino_t inode = 0;
    struct stat status {};
    ASSERT_EQ(::stat(still.path.c_str(), &status), 0);
    inode = status.st_ino;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    std::ofstream(written.path, std::ios::app) << " and the rest";
    EXPECT_TRUE(spool_->loaded(written.sha256));
    EXPECT_EQ(slurp(config_.inbox / "a.csv"), "half and the rest");
    EXPECT_TRUE(spool_->loaded(still.sha256));
    EXPECT_EQ(archived(), Names{"b.csv"});
    for (const auto &entry : fs::recursive_directory_iterator(config_.archive)) {
        if (entry.is_regular_file()) {
            ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
            EXPECT_EQ(status.st_ino, inode) << "the file itself, not a copy of it";
        }
    }
    open(); // the stamp outlives a restart
    std::ofstream(reopened.path, std::ios::app) << "!";
    open();
    EXPECT_EQ(slurp(config_.inbox / "c.csv"), "third!");
    expect_empty_spool();
}

TEST_F(SpoolTest, bytes_are_moved_in_after_their_record) {
    JudgedFile file = file_of("a.csv", "content"), other = file_of("other.csv", "other");
    fs::create_directory(config_.inbox);
    spit(config_.inbox / "a.csv", "content");
    auto move = [&](const fs::path &to) { return rename_no_replace(config_.inbox / "a.csv", to); };
    EXPECT_FALSE(spool_->adopt(file, move)) << "not announced";
    EXPECT_EQ(spool_->announce(file), Spool::Added::kNew);
    EXPECT_FALSE(spool_->find(file.sha256)) << "the bytes are not here yet";
    EXPECT_TRUE(spool_->adopt(file, move));
    EXPECT_EQ(slurp(file.path), "content");
    EXPECT_EQ(spool_->bytes(), 7);
    file.name = "again.csv";
    EXPECT_EQ(spool_->announce(file), Spool::Added::kKnown);
    EXPECT_EQ(spool_->announce(other), Spool::Added::kNew);
    EXPECT_FALSE(spool_->adopt(other, [](const fs::path &) { return false; }));
    EXPECT_TRUE(spool_->loaded(file.sha256));
    EXPECT_EQ(archived(), (Names{"a.csv", "again.csv"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, moved_bytes_that_the_disk_lost_are_set_aside_not_dropped) {
    JudgedFile file = file_of("a.csv", "content");
    spool_->announce(file);
    ASSERT_TRUE(spool_->adopt(file, [](const fs::path &to) { return spit(to, "con"), true; }));
    open();
    EXPECT_FALSE(spool_->find(file.sha256));
    EXPECT_EQ(names_in(config_.failed), (Names{"a.csv", "a.csv.report.json", "a.csv.report.txt"}));
    expect_empty_spool();
}

TEST_F(SpoolTest, a_copy_that_a_power_cut_left_short_is_dropped_at_start) {
    JudgedFile cut = add("a.csv", "content"), whole = add("b.csv", "other");
    spit(cut.path, "con");
    open();
    EXPECT_FALSE(spool_->find(cut.sha256));
    EXPECT_TRUE(spool_->find(whole.sha256));
    EXPECT_EQ(names_in(config_.spool / "meta"), Names{whole.sha256 + ".json"});
}

TEST_F(SpoolTest, a_copy_that_a_power_cut_filled_with_zeros_is_dropped_at_start) {
    JudgedFile cut = add("a.csv", "content");
    spit(cut.path, std::string("con\0\0\0\0", 7));
    open();
    EXPECT_FALSE(spool_->find(cut.sha256));
    expect_empty_spool();
}

TEST_F(SpoolTest, what_a_power_cut_brings_back_without_its_record_is_not_archived_twice) {
    JudgedFile file = add("a.csv", "content");
    fs::create_directories(config_.archive / "2024/01");
    fs::create_hard_link(file.path, config_.archive / "2024/01/a.csv"); // settled, but the last removal was lost
    fs::remove(config_.spool / "meta" / (file.sha256 + ".json"));
    open();
    EXPECT_TRUE(spool_->loaded(file.sha256));
    EXPECT_EQ(archived(), Names{"a.csv"});
    expect_empty_spool();
}

TEST_F(SpoolTest, a_member_that_a_power_cut_spoiled_with_its_record_comes_out_of_its_archive_again) {
    fs::create_directory(config_.inbox);
    for (bool sealed : {false, true}) {
        std::string parcel = open_parcel("p.zip", "PK..."), whole = add("p.zip/1.csv", "one", parcel).sha256;
        JudgedFile cut = add("p.zip/2.csv", "content", parcel);
        if (sealed)
            spool_->seal_parcel(parcel);
        spit(cut.path, "con");
        spit(config_.spool / "meta" / (cut.sha256 + ".json"), "");
        open();
        EXPECT_FALSE(spool_->find(cut.sha256)) << sealed;
        EXPECT_EQ(slurp(config_.inbox / "p.zip"), "PK...");

        fs::remove(config_.inbox / "p.zip"); // taken in once more
        open_parcel("p.zip", "PK...");
        add("p.zip/1.csv", "one", parcel);
        add("p.zip/2.csv", "content", parcel);
        spool_->seal_parcel(parcel);
        EXPECT_TRUE(spool_->loaded(whole));
        EXPECT_TRUE(spool_->loaded(cut.sha256));
        expect_empty_spool();
    }
}

TEST_F(SpoolTest, a_sealed_archive_that_lost_a_member_is_expanded_again_from_the_inbox) {
    std::string parcel = open_parcel("p.zip", "PK..."), lost = add("p.zip/1.csv", "one", parcel).sha256;
    spool_->seal_parcel(parcel);
    fs::remove(config_.spool / "ready" / lost);
    fs::create_directory(config_.inbox);
    spit(config_.inbox / "p.zip", "PK...");
    open();
    EXPECT_EQ(spool_->open_parcel(parcel, "p.zip", temp_with("PK...")), Spool::Added::kNew);
}

TEST_F(SpoolTest, two_daemons_do_not_share_a_spool) {
    try {
        Spool second(config_);
        FAIL() << "the lock was not held";
    } catch (const FileError &error) {
        EXPECT_NE(std::string(error.what()).find("another nem12-loader uses the spool"), std::string::npos);
    }
}

TEST_F(SpoolTest, folders_on_another_file_system_are_refused) {
    struct stat here {
    }, there{};
    if (::stat("/dev/shm", &there) != 0 || ::stat(directory_.path().c_str(), &here) != 0 || here.st_dev == there.st_dev)
        GTEST_SKIP() << "no second file system at /dev/shm";
    spool_.reset();
    std::string folder = "/dev/shm/nem12-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    config_.archive = folder;
    EXPECT_THROW(Spool{config_}, FileError);
    fs::remove_all(folder);
}

} // namespace
} // namespace nem12::loader
