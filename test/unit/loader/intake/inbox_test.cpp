#include "intake/inbox.hpp"

#include <atomic>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intake/inbox_watch.hpp"
#include "loader/support/archives.hpp"
#include "loader/support/child_process.hpp"
#include "log/log.hpp"

namespace nem12::loader {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::spit;

class InboxTest : public ::testing::Test {
protected:
    InboxTest() {
        config_.inbox = directory_.path() / "inbox";
        config_.quiet = 200ms;
        inbox_ = std::make_unique<Inbox>(config_);
    }
    fs::path in(const std::string &name) { return config_.inbox / name; }
    std::vector<std::string> settled() {
        std::vector<std::string> names;
        for (const InboxEntry &entry : inbox_->settled())
            names.push_back(entry.name);
        return names;
    }
    InboxEntry wait_for_one() {
        std::vector<InboxEntry> entries;
        EXPECT_TRUE(test::eventually([&] { return !(entries = inbox_->settled()).empty(); }));
        return entries.empty() ? InboxEntry{} : entries[0];
    }
    test::TemporaryDirectory directory_;
    IngestConfig config_;
    std::unique_ptr<Inbox> inbox_;
};

// Root reads everything; a test of what cannot be read is nobody's.
class AsNobody {
public:
    explicit AsNobody(const fs::path &folder) : is_root_(::geteuid() == 0) {
        if (!is_root_)
            return;
        constexpr uid_t kNobody = 65534;
        for (const fs::path &path : {folder, folder / "inbox"})
            EXPECT_EQ(::chown(path.c_str(), kNobody, static_cast<gid_t>(-1)), 0);
        EXPECT_EQ(::seteuid(kNobody), 0);
    }
    ~AsNobody() {
        if (is_root_) {
            EXPECT_EQ(::seteuid(0), 0);
        }
    }
    AsNobody(const AsNobody &) = delete;
    AsNobody &operator=(const AsNobody &) = delete;

private:
    bool is_root_;
};

TEST_F(InboxTest, names_of_unfinished_files_are_passed_over) {
    for (const char *name : {".hidden", "a.tmp", "a.csv.part", "a.filepart", "A.CRDOWNLOAD", ""})
        EXPECT_FALSE(is_taken_name(name)) << name;
    for (const char *name : {"a.csv", "NEM12#1#A#B", "a.zip", "part", "tmp.csv"})
        EXPECT_TRUE(is_taken_name(name)) << name;
}

TEST_F(InboxTest, a_file_settles_when_it_has_stood_still) {
    spit(in("a.csv"), "one");
    EXPECT_TRUE(settled().empty());
    EXPECT_EQ(inbox_->seen(), 1u);
    std::this_thread::sleep_for(120ms);
    spit(in("a.csv"), "one, two");
    std::this_thread::sleep_for(120ms);
    EXPECT_TRUE(settled().empty()) << "it changed since";
    EXPECT_EQ(wait_for_one().name, "a.csv");
}

TEST_F(InboxTest, a_preserved_old_modification_time_does_not_make_a_new_file_old) {
    spit(in("a.csv"), "one");
    timespec old[2] = {{1'000'000, 0}, {1'000'000, 0}};
    ::utimensat(AT_FDCWD, in("a.csv").c_str(), old, 0);
    EXPECT_TRUE(settled().empty());
}

TEST_F(InboxTest, what_is_not_a_plain_file_is_left_alone_and_blocks_nothing) {
    spit(directory_.path() / "outside", "secret");
    fs::create_symlink(directory_.path() / "outside", in("link.csv"));
    fs::create_symlink(directory_.path() / "nowhere", in("dangling.csv"));
    ASSERT_EQ(::mkfifo(in("fifo.csv").c_str(), 0600), 0);
    fs::create_directory(in("folder.csv"));
    fs::create_hard_link(directory_.path() / "outside", in("hard.csv"));
    spit(in("good.csv"), "x");
    EXPECT_EQ(wait_for_one().name, "good.csv");
    EXPECT_EQ(settled(), std::vector<std::string>{"good.csv"});
    EXPECT_EQ(inbox_->seen(), 1u);
    EXPECT_TRUE(fs::is_symlink(in("link.csv")));
}

TEST_F(InboxTest, a_file_swapped_after_the_look_is_not_opened) {
    spit(in("a.csv"), "one");
    InboxEntry entry = wait_for_one();
    EXPECT_TRUE(inbox_->open(entry));
    fs::remove(in("a.csv"));
    fs::create_symlink("/etc/passwd", in("a.csv"));
    EXPECT_FALSE(inbox_->open(entry));
    fs::remove(in("a.csv"));
    ASSERT_EQ(::mkfifo(in("a.csv").c_str(), 0600), 0);
    EXPECT_FALSE(inbox_->open(entry)); // and does not hang
    fs::remove(in("a.csv"));
    spit(in("a.csv"), "two");
    EXPECT_FALSE(inbox_->open(entry));
    EXPECT_FALSE(inbox_->remove(entry, -1));
    EXPECT_TRUE(fs::exists(in("a.csv"))) << "the new file is not ours to remove";
}

// Somebody swaps what lies under a name as fast as he can, while it is looked at and opened: what is read is only ever a plain
// file of the inbox, and nothing blocks.
TEST_F(InboxTest, nothing_swapped_under_a_name_is_ever_read) {
    spit(directory_.path() / "outside", "secret");
    std::atomic<bool> stop{false};
    std::thread swapper([&] {
        const fs::path other = directory_.path() / "other";
        for (unsigned n = 0; !stop; ++n) {
            std::error_code ignored;
            switch (n % 6) {
            case 0: fs::create_symlink(directory_.path() / "outside", other, ignored); break;
            case 1: ::mkfifo(other.c_str(), 0600); break;
            case 2: fs::create_hard_link(directory_.path() / "outside", other, ignored); break;
            case 3: fs::create_symlink("/dev/zero", other, ignored); break;
            case 4: fs::create_symlink(directory_.path(), other, ignored); break;
            default: spit(other, "inside");
            }
            fs::rename(other, in("a.csv"), ignored);
            fs::remove(other, ignored);
        }
    });
    config_.quiet = 0ms;
    inbox_ = std::make_unique<Inbox>(config_);
    int opened = 0, looks = 0;
    // Two seconds, and on a busy machine until there was something to see.
    const auto start = std::chrono::steady_clock::now();
    const auto seen_enough = [&] { return looks > 1000 && opened > 0 && std::chrono::steady_clock::now() - start > 2s; };
    for (; !seen_enough() && std::chrono::steady_clock::now() - start < 60s; ++looks) {
        for (const InboxEntry &entry : inbox_->settled()) {
            if (UniqueFd fd = inbox_->open(entry)) {
                char content[16] = "";
                EXPECT_EQ(::pread(fd.get(), content, sizeof content, 0), 6);
                EXPECT_EQ(std::string(content), "inside");
                ++opened;
            }
        }
    }
    stop = true;
    swapper.join();
    EXPECT_GT(looks, 1000);
    EXPECT_GT(opened, 0);
}

TEST_F(InboxTest, an_unreadable_file_is_said_once_and_keeps_nobody_waiting) {
    AsNobody nobody(directory_.path());
    spit(in("a.csv"), "one");
    ::chmod(in("a.csv").c_str(), 0);
    set_log_level("warning"); // tests with servers ran before, perhaps, and want errors only
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(inbox_->open(wait_for_one()));
        inbox_->settled();
    }
    std::string said = ::testing::internal::GetCapturedStderr();
    set_log_level("error");
    size_t first = said.find("inbox_entry_refused");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(said.find("inbox_entry_refused", first + 1), std::string::npos) << said;
    EXPECT_EQ(inbox_->seen(), 0u);
    ::chmod(in("a.csv").c_str(), 0600);
    EXPECT_TRUE(inbox_->open(wait_for_one()));
    EXPECT_EQ(inbox_->seen(), 1u);
}

TEST_F(InboxTest, a_file_that_failed_comes_back_later_and_later) {
    spit(in("a.csv"), "one");
    InboxEntry entry = wait_for_one();
    inbox_->hold_after_failure(entry);
    Inbox::Clock::time_point now = Inbox::Clock::now();
    EXPECT_TRUE(inbox_->settled(now + 1s).empty());
    EXPECT_EQ(inbox_->settled(now + 2s).size(), 1u);
    inbox_->hold_after_failure(entry);
    EXPECT_TRUE(inbox_->settled(now + 3s).empty());
    EXPECT_EQ(inbox_->settled(now + 5s).size(), 1u);
}

TEST_F(InboxTest, a_copied_file_that_somebody_opened_for_writing_is_not_removed) {
    spit(in("a.csv"), "one");
    InboxEntry entry = wait_for_one();
    UniqueFd fd = inbox_->open(entry);
    UniqueFd writer(::open(in("a.csv").c_str(), O_WRONLY));
    EXPECT_FALSE(inbox_->remove(entry, fd.get()));
    writer = {};
    EXPECT_TRUE(inbox_->remove(entry, fd.get()));
    EXPECT_FALSE(fs::exists(in("a.csv")));
}

TEST_F(InboxTest, the_watch_knows_who_has_not_closed_yet) {
    InboxWatch watch(config_.inbox);
    UniqueFd writer(::open(in("a.csv").c_str(), O_WRONLY | O_CREAT, 0600));
    ASSERT_EQ(::write(writer.get(), "one", 3), 3);
    watch.look();
    EXPECT_TRUE(watch.being_written("a.csv"));
    fs::rename(in("a.csv"), in("b.csv"));
    watch.look();
    EXPECT_FALSE(watch.being_written("a.csv"));
    EXPECT_TRUE(watch.being_written("b.csv")) << "the name changed, not the writer";
    writer = {};
    watch.look();
    EXPECT_FALSE(watch.being_written("b.csv"));
    spit(in("c.csv"), "whole");
    watch.look();
    EXPECT_FALSE(watch.being_written("c.csv"));
}

TEST_F(InboxTest, a_name_that_climbs_is_not_opened) {
    spit(directory_.path() / "outside", "secret");
    InboxEntry entry;
    entry.name = "../outside";
    EXPECT_FALSE(inbox_->open(entry));
}

TEST_F(InboxTest, a_change_while_it_is_read_is_noticed) {
    spit(in("a.csv"), "one");
    InboxEntry entry = wait_for_one();
    UniqueFd fd = inbox_->open(entry);
    ASSERT_TRUE(fd);
    EXPECT_TRUE(inbox_->unchanged(fd.get(), entry));
    std::this_thread::sleep_for(20ms); // past the granularity of the file system's clock
    spit(in("a.csv"), "two");
    EXPECT_FALSE(inbox_->unchanged(fd.get(), entry));
}

TEST_F(InboxTest, two_daemons_never_have_the_same_file_in_hand) {
    spit(in("a.csv"), "one");
    InboxEntry entry = wait_for_one();
    Inbox second(config_);
    {
        UniqueFd ours = inbox_->open(entry);
        EXPECT_TRUE(ours);
        EXPECT_FALSE(second.open(entry));
    }
    EXPECT_TRUE(second.open(entry)) << "the lock goes with its owner";
}

TEST_F(InboxTest, a_slow_writer_is_waited_for) {
    int writer = ::open(in("a.csv").c_str(), O_WRONLY | O_CREAT, 0644);
    ASSERT_EQ(::write(writer, "100,", 4), 4);
    InboxEntry entry = wait_for_one(); // it has stood still for `quiet`
    EXPECT_FALSE(inbox_->open(entry)) << "but it is still open for writing";
    ::close(writer);
    EXPECT_TRUE(inbox_->open(wait_for_one()));
}

// With a spool on the same disk, as a daemon has it.
class InboxMoveTest : public InboxTest {
protected:
    InboxMoveTest() {
        config_.spool = directory_.path() / "spool";
        fs::create_directory(config_.spool);
        inbox_ = std::make_unique<Inbox>(config_);
        spit(in("a.csv"), "one");
        entry_ = wait_for_one();
        fd_ = inbox_->open(entry_);
    }
    bool move() { return inbox_->move(entry_, fd_.get(), to_); }
    fs::path to_ = directory_.path() / "spool" / "moved";
    InboxEntry entry_;
    UniqueFd fd_;
};

TEST_F(InboxMoveTest, a_file_of_ours_is_moved_as_it_is) {
    ASSERT_TRUE(inbox_->movable(fd_.get()));
    ASSERT_TRUE(move());
    EXPECT_FALSE(fs::exists(in("a.csv")));
    struct stat moved {};
    ASSERT_EQ(::stat(to_.c_str(), &moved), 0);
    EXPECT_EQ(moved.st_ino, entry_.state.inode);
    EXPECT_EQ(moved.st_mode & 0777, 0640u);
}

TEST_F(InboxMoveTest, a_file_that_somebody_writes_to_stays) {
    UniqueFd writer(::open(in("a.csv").c_str(), O_WRONLY));
    EXPECT_FALSE(inbox_->movable(fd_.get()));
    EXPECT_FALSE(move());
    EXPECT_EQ(test::slurp(in("a.csv")), "one");
}

TEST_F(InboxMoveTest, a_file_that_changed_or_was_replaced_stays) {
    std::this_thread::sleep_for(20ms); // past the granularity of the file system's clock
    spit(in("a.csv"), "two");
    EXPECT_FALSE(move());
    spit(in(".b"), "three");
    fs::rename(in(".b"), in("a.csv"));
    EXPECT_FALSE(move());
    EXPECT_EQ(test::slurp(in("a.csv")), "three");
    EXPECT_FALSE(fs::exists(to_));
}

TEST_F(InboxMoveTest, nothing_is_overwritten) {
    spit(to_, "older");
    EXPECT_FALSE(move());
    EXPECT_EQ(test::slurp(to_), "older");
    EXPECT_EQ(test::slurp(in("a.csv")), "one");
}

TEST_F(InboxMoveTest, another_disk_takes_a_copy) {
    struct stat here {
    }, there{};
    if (::stat("/dev/shm", &there) != 0 || ::stat(directory_.path().c_str(), &here) != 0 || here.st_dev == there.st_dev)
        GTEST_SKIP() << "no second file system at /dev/shm";
    config_.spool = "/dev/shm";
    EXPECT_FALSE(Inbox(config_).movable(fd_.get()));
}

TEST_F(InboxTest, a_held_file_comes_back_when_it_changes_or_its_time_is_up) {
    spit(in("a.csv"), "one");
    inbox_->hold(wait_for_one(), Inbox::Clock::now() + 1h);
    EXPECT_TRUE(settled().empty());
    spit(in("a.csv"), "one and the rest");
    EXPECT_EQ(wait_for_one().name, "a.csv");
    inbox_->hold(wait_for_one(), Inbox::Clock::now() + 50ms);
    EXPECT_TRUE(settled().empty());
    EXPECT_EQ(wait_for_one().name, "a.csv");
}

TEST_F(InboxTest, thousands_of_files_come_in_the_order_of_their_arrival) {
    for (int i = 0; i < 3000; ++i)
        spit(in("f" + std::to_string(i)), "x");
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(inbox_->settled().size(), 3000u);
}

TEST_F(InboxTest, the_watch_wakes_on_a_new_file_and_by_hand) {
    InboxWatch watch(config_.inbox);
    auto start = std::chrono::steady_clock::now();
    std::jthread writer([&] {
        std::this_thread::sleep_for(50ms);
        spit(in("a.csv"), "one");
    });
    watch.wait(30s);
    writer.join();
    watch.wait(10ms);
    watch.wake();
    watch.wait(30s);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

} // namespace
} // namespace nem12::loader
