#pragma once
// A read lease on an open file (fcntl F_SETLEASE): not given while anybody has the file open for writing, and while we hold it
// whoever opens it for writing waits. Only on local disks and for files we own (or as root).

namespace nem12::loader {

class ReadLease {
public:
    explicit ReadLease(int fd);
    ~ReadLease();
    ReadLease(const ReadLease &) = delete;
    ReadLease &operator=(const ReadLease &) = delete;

    bool given() const { return given_; }
    bool writer() const { return writer_; } // not given, because somebody has the file open for writing
    bool unbroken() const;                  // given, and nobody has asked to write since

private:
    int fd_;
    bool given_, writer_;
};

} // namespace nem12::loader
