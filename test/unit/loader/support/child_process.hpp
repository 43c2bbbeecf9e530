#pragma once
// A private directory and a private server process for a test, both gone at the end.

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nem12::loader::test {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "nem12-test-XXXXXX").string();
        if (!mkdtemp(pattern.data()))
            throw std::runtime_error("mkdtemp failed");
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory &) = delete;
    TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;
    const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

// A program started without a shell; its output goes to a file. As user `as` when we are root, if given.
class ChildProcess {
public:
    ChildProcess() = default;
    ChildProcess(const std::vector<std::string> &words, const std::filesystem::path &log, const char *as = nullptr) {
        const passwd *user = as && geteuid() == 0 ? getpwnam(as) : nullptr;
        std::vector<char *> arguments;
        for (const auto &word : words)
            arguments.push_back(const_cast<char *>(word.c_str()));
        arguments.push_back(nullptr);
        pid_ = fork();
        if (pid_ < 0)
            throw std::runtime_error("fork failed");
        if (pid_ == 0) {
            int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
            dup2(out, 1);
            dup2(out, 2);
            if (user && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
                _exit(126);
            prctl(PR_SET_PDEATHSIG, SIGQUIT); // a crashed test leaves no server behind; setuid clears it, so after
            execv(arguments[0], arguments.data());
            _exit(127);
        }
    }
    ~ChildProcess() { stop(SIGKILL); }
    ChildProcess(const ChildProcess &) = delete;
    ChildProcess &operator=(const ChildProcess &) = delete;
    ChildProcess &operator=(ChildProcess &&other) noexcept {
        stop(SIGKILL);
        pid_ = std::exchange(other.pid_, -1);
        return *this;
    }

    void send(int signal) const {
        if (pid_ > 0)
            kill(pid_, signal);
    }
    // Its exit status as of waitpid, after `signal` (0: waits only).
    int stop(int signal) {
        if (pid_ <= 0)
            return 0;
        send(signal);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return status;
    }
    bool running() const { return pid_ > 0; }

private:
    pid_t pid_ = -1;
};

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds within = std::chrono::seconds(20)) {
    auto deadline = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace nem12::loader::test
