#!/usr/bin/env python3
"""Writers of another user (an SFTP server, say) that pause, append, rewrite and truncate: whatever they wrote is loaded whole in the
end, and half a file is neither kept as loaded nor lost.

The daemon runs as the servers' user, the writers as `nobody`: no read lease tells the daemon who has a file open. Some files were
opened before the daemon started, so that it has not seen their writers at all. Needs root, to be two other users."""

import gzip
import hashlib
import io
import os
import pathlib
import pwd
import shutil
import subprocess
import time
import zipfile

import loader_world as w

if os.geteuid() != 0:
    w.skip("SKIPPED: needs root, to run the daemon and the writers as two other users")
w.with_servers()
OURS, THEIRS = "postgres", "nobody"
GRACE = 4 # seconds: incomplete_grace_seconds
SHORT, LONG = 1.2, GRACE + 3 # pauses: longer than quiet_ms; longer than the grace


def work(steps):
    """One writer: a list of steps. What it writes it reads from files, so that it needs no rights of ours."""
    fd = None
    for step, *args in steps:
        if step == "open":
            fd = os.open(args[0], os.O_RDWR | os.O_CREAT, 0o644)
        elif step == "append":
            fd = os.open(args[0], os.O_RDWR | os.O_APPEND)
        elif step == "write": # file, from, to, at
            part = pathlib.Path(args[0]).read_bytes()[args[1]:args[2]]
            if len(args) > 3:
                os.lseek(fd, args[3], os.SEEK_SET)
            while part:
                part = part[os.write(fd, part):]
        elif step == "truncate":
            os.ftruncate(fd, args[0])
            os.lseek(fd, 0, os.SEEK_SET)
        elif step == "sleep":
            time.sleep(args[0])
        elif step == "wait": # for a file to exist
            while not os.path.exists(args[0]):
                time.sleep(0.05)
        elif step == "say":
            pathlib.Path(args[0]).touch()
        elif step == "close":
            os.close(fd)


def as_them(steps):
    """A process of the other user that does these steps; its id."""
    child = os.fork()
    if child > 0:
        return child
    code = 1
    try:
        them = pwd.getpwnam(THEIRS)
        os.setgroups([])
        os.setgid(them.pw_gid)
        os.setuid(them.pw_uid)
        work(steps)
        code = 0
    finally:
        os._exit(code)


class SlowWriters:
    def __init__(self, world, dialect):
        self.world, self.dialect, self.number = world, dialect, 0
        self.sources = world.folder / "sources"
        self.marks = world.folder / "marks" # where writers say what they did, and are told to go on
        self.sources.mkdir()
        self.marks.mkdir(mode=0o777)
        self.marks.chmod(0o777)
        self.wanted, self.halves, self.processes, self.before = {}, {}, [], []

    def content(self, days=6):
        """A sound MDFF that no other case has."""
        self.number += 1
        path = self.sources / f"{self.number}.csv"
        subprocess.run([w.LOADER, "generate", "--interval", "30", "--nmis", "2", "--days", str(days), "--start", "2024-03-01", "--seed",
                        str(self.number), "-o", path], check=True, stdout=subprocess.DEVNULL)
        return path.read_bytes()

    def write(self, name, whole, half, steps, before=False):
        """`steps` get S for the source file, I for the inbox entry."""
        source = self.sources / f"{name}.source"
        source.write_bytes(whole)
        self.wanted[name], self.halves[name] = whole, half
        entry = str(self.world.inbox / name)
        if before: # its first steps come before the daemon
            self.before.append(self.marks / f"{name}.begun")
        steps = [[{"S": str(source), "I": entry, "BEGUN": str(self.marks / f"{name}.begun"),
                   "GO": str(self.marks / f"{name}.go")}.get(arg, arg) if isinstance(arg, str) else arg for arg in step]
                 for step in steps]
        self.processes.append(as_them(steps))

    def go(self, name):
        (self.marks / f"{name}.go").touch()


def cut(content):
    """About half way, between two days of one channel: what stands before it is sound but for its 900."""
    return content.index(b"\r\n300,", content.index(b"\r\n300,", len(content) // 2) + 2) + 2


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.csv", content)
    return buffer.getvalue()


def members(name, data):
    if name.endswith(".gz"):
        return [hashlib.sha256(gzip.decompress(data)).hexdigest()]
    return [sha256 for sha256, _ in w.contents(data)]


def archived(world, name):
    return [path for path in (world.folder / "archive").glob("*/*/*") if path.name == name]


def start(world, config):
    log = open(config.with_suffix(".log"), "ab")
    daemon = subprocess.Popen([world.folder / "nem12-loader", "run", "--config", config], stdout=log, stderr=log,
                              stdin=subprocess.DEVNULL, user=OURS, group=OURS, extra_groups=[])
    log.close()
    world.daemons.append(daemon)
    return daemon


def one_dialect(dialect):
    with w.World(f"slow_{dialect}") as world:
        world.folder.chmod(0o755)
        shutil.copy(w.LOADER, world.folder / "nem12-loader")
        config = world.config(ingest={"dialect": dialect, "quiet_ms": 300, "rescan_ms": 100, "incomplete_grace_seconds": GRACE})
        shutil.chown(world.folder, OURS, OURS)
        shutil.chown(world.inbox, OURS, OURS)
        world.inbox.chmod(0o777)
        writers = SlowWriters(world, dialect)

        # Opened before the daemon started.
        text = writers.content()
        half = cut(text)
        writers.write("before-half.csv", text, text[:half], [
            ["open", "I"], ["write", "S", 0, half], ["say", "BEGUN"], ["wait", "GO"], ["sleep", LONG], ["write", "S", half, None],
            ["close"]], before=True)
        # Complete by its 900, taken and settled; then more days are written over the 900.
        longer = writers.content(days=9)
        at = cut(longer)
        first = longer[:at] + b"900\r\n"
        (writers.sources / "first").write_bytes(first)
        writers.write("before-longer.csv", longer, first, [
            ["open", "I"], ["write", str(writers.sources / "first"), 0, None], ["say", "BEGUN"], ["wait", "GO"],
            ["write", "S", at, None, at], ["close"]], before=True)
        # Complete and settled; then cut to nothing and written anew.
        old, new = writers.content(), writers.content()
        (writers.sources / "old").write_bytes(old)
        writers.write("before-rewritten.csv", new, old, [
            ["open", "I"], ["write", str(writers.sources / "old"), 0, None], ["say", "BEGUN"], ["wait", "GO"], ["truncate", 0],
            ["sleep", 0.1], ["write", "S", 0, None], ["close"]], before=True)
        packed = zipped(writers.content())
        writers.write("before-half.zip", packed, packed[:len(packed) // 2], [
            ["open", "I"], ["write", "S", 0, len(packed) // 2], ["say", "BEGUN"], ["wait", "GO"], ["sleep", LONG],
            ["write", "S", len(packed) // 2, None], ["close"]], before=True)
        older, newer = zipped(writers.content()), zipped(writers.content())
        (writers.sources / "older").write_bytes(older)
        writers.write("before-rewritten.zip", newer, older, [
            ["open", "I"], ["write", str(writers.sources / "older"), 0, None], ["say", "BEGUN"], ["wait", "GO"], ["truncate", 0],
            ["write", "S", 0, None], ["close"]], before=True)
        w.wait_until("the writers have begun", 30, lambda: all(mark.exists() for mark in writers.before))

        daemon = start(world, config)
        w.wait_until("the daemon is ready", 60, lambda: world.get(config, "/livez")[0] == 200)

        # Under the eyes of the daemon.
        for name, pause in (("short.csv", SHORT), ("long.csv", LONG)):
            text = writers.content()
            half = cut(text)
            writers.write(name, text, text[:half], [
                ["open", "I"], ["write", "S", 0, half], ["sleep", pause], ["write", "S", half, None], ["close"]])
        text = writers.content()
        half = cut(text)
        writers.write("reopened.csv", text, text[:half], [
            ["open", "I"], ["write", "S", 0, half], ["close"], ["sleep", SHORT], ["append", "I"], ["write", "S", half, None], ["close"]])
        for name, packed in (("long.zip", zipped(writers.content())), ("long.csv.gz", gzip.compress(writers.content()))):
            half = len(packed) // 2
            writers.write(name, packed, packed[:half], [
                ["open", "I"], ["write", "S", 0, half], ["sleep", LONG], ["write", "S", half, None], ["close"]])
        text = writers.content()
        writers.write("patient.csv", text, None, [["open", "I"], ["write", "S", 0, None], ["sleep", SHORT], ["close"]])

        for name in ("before-longer.csv", "before-rewritten.csv", "before-rewritten.zip"):
            w.wait_until(f"{dialect}: {name} was taken as it was first", 60,
                         lambda name=name: any(path.read_bytes() == writers.halves[name] for path in archived(world, name)))
            writers.go(name)
        for name in ("before-half.csv", "before-half.zip"):
            writers.go(name)
        for process in writers.processes:
            w.check("a writer ends well", os.waitpid(process, 0)[1] == 0)

        for name, whole in writers.wanted.items():
            w.wait_until(f"{dialect}: {name} is in the archive as it was written", 60,
                         lambda name=name, whole=whole: any(path.read_bytes() == whole for path in archived(world, name)))
            w.wait_until(f"{dialect}: {name} is a success", 60,
                         lambda name=name, whole=whole: all(world.job_status(sha) == "success" for sha in members(name, whole)))
        w.wait_until(f"{dialect}: nothing is left in inbox and spool", 30, lambda: not world.leftovers())

        everything = {path: path.read_bytes() for path in (world.folder / "archive").glob("*/*/*")}
        for name, half in writers.halves.items():
            w.check(f"{dialect}: {name} is not kept by halves", not any(
                content == half or (path.name == name and content != writers.wanted[name]) for path, content in everything.items()))
            for sha in members(name, writers.wanted[name]):
                w.check(f"{dialect}: {name} is in the ledger", w.value(
                    f"SELECT count(*) FROM nem12_files WHERE sha256 = '\\x{sha}'", world.name) == "1")
        # Of the halves that the daemon could see, none was ever said to be loaded.
        for name in ("short.csv", "long.csv", "reopened.csv"):
            status = world.job_status(hashlib.sha256(writers.halves[name]).hexdigest())
            w.check(f"{dialect}: half of {name} was never a job", status == "", status)
        for folder in ("rejected", "failed"):
            left = [path.name for path in (world.folder / folder).iterdir()]
            w.check(f"{dialect}: nothing is left in {folder}", not left, left)
        w.check(f"{dialect}: the log tells of late writes", any(
            event["event"] == "file_written_to" for event in world.events(config)))
        daemon.terminate()
        w.check(f"{dialect}: the daemon exits with 0", daemon.wait(60) == 0)


def main():
    for dialect in ("strict", "tolerant"):
        one_dialect(dialect)


main()
