#!/usr/bin/env python3
"""The unit of systemd: its exposure is 2.0 or less, and the daemon works inside what it leaves: the system calls and address
families it allows, no privileges, a read-only file system but for its state, credentials in files; it speaks the notify protocol: ready,
watchdog, reload, stop. There need not be a systemd: its filters and sockets are set up here as the unit says them."""

import ctypes
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import loader_world as w

UNIT = w.ROOT / "loader/systemd/nem12-loader.service"
LIBC = ctypes.CDLL(None, use_errno=True)
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NOBODY = 65534


def setting(key):
    """All values of a key, in the unit's order."""
    return [line.split("=", 1)[1] for line in UNIT.read_text().splitlines() if line.startswith(key + "=")]


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], text=True, capture_output=True, check=False)


@functools.lru_cache(None)
def groups():
    """What systemd's groups of system calls hold, groups among them."""
    found = {}
    for line in analyze("syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith("@"):
            held = found.setdefault(line.strip(), set())
        elif line.startswith(" ") and not line.strip().startswith("#"):
            held.add(line.strip())
        elif line.startswith("#"):
            held = set() # calls in no group
    return found


def group(name):
    return set().union(*(group(word) if word.startswith("@") else {word} for word in groups()[name]))


def allowed_calls():
    calls = set(group("@default"))
    for line in setting("SystemCallFilter"):
        for word in line.lstrip("~").split():
            named = group(word) if word.startswith("@") else {word}
            calls = calls - named if line.startswith("~") else calls | named
    return calls


def numbers():
    text = subprocess.run(["g++", "-dM", "-E", "-include", "sys/syscall.h", "-x", "c++", "/dev/null"], text=True, capture_output=True, check=True).stdout
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", text)}


def filter_program():
    """The unit's SystemCallFilter and RestrictAddressFamilies as a classic BPF program: EPERM and EAFNOSUPPORT for the rest."""
    known = numbers()
    allow, kill, refuse = 0x7FFF0000, 0x80000000, lambda error: 0x00050000 | error
    load = lambda offset: (0x20, 0, 0, offset)
    give = lambda value: (0x06, 0, 0, value)
    families = [getattr(socket, word) for word in setting("RestrictAddressFamilies")[0].split()]
    program = [load(4), (0x15, 1, 0, ARCHITECTURES[os.uname().machine]), give(kill), load(0)]
    program += [(0x15, 0, 2 + len(families) * 2 , known["socket"]), load(16)]
    for family in families:
        program += [(0x15, 0, 1, family), give(allow)]
    program += [give(refuse(97))]
    for call in sorted(known[name] for name in allowed_calls() if name in known and name != "socket"):
        program += [(0x15, 0, 1, call), give(allow)]
    return program + [give(refuse(1))]


def confine(state, command):
    """Becomes `command` as the unit would run it, with `state` as the one place to write to."""
    program = filter_program()
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0) # whatever the tests run at
        if LIBC.unshare(0x00020000) == 0: # CLONE_NEWNS; some containers do not let root mount
            for words in (["--make-rprivate", "/"], ["--bind", state, state], ["-o", "remount,bind,ro", "/"]):
                subprocess.run(["mount", *words], check=True)
        for capability in range(64):
            LIBC.prctl(24, capability, 0, 0, 0) # PR_CAPBSET_DROP; fails above the last one
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.chdir(state)
    os.umask(int(setting("UMask")[0], 8))
    filters = b"".join(struct.pack("HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(filters)
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    if LIBC.prctl(38, 1, 0, 0, 0) != 0 or LIBC.prctl(22, 2, ctypes.create_string_buffer(header), 0, 0) != 0: # no new privileges; seccomp
        sys.exit("no filter: " + os.strerror(ctypes.get_errno()))
    os.execv(command[0], command)


class Notify:
    """The socket that systemd would listen at."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.seen = []

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                lines = self.socket.recv(4096).decode().splitlines()
            except TimeoutError:
                break
            self.seen += lines
            if what in lines:
                return lines
        w.check(f"the daemon tells systemd {what}", False, self.seen[-20:])
        return []


def test_exposure():
    done = analyze("security", "--offline=true", "--threshold=20", str(UNIT))
    level = re.search(r"Overall exposure level.*", done.stdout)
    w.check("exposure is 2.0 or less", done.returncode == 0 and level, done.stdout + done.stderr)
    print(level[0])
    w.check("threshold is looked at", analyze("security", "--offline=true", "--threshold=1", str(UNIT)).returncode != 0)


def test_filter():
    calls = allowed_calls()
    w.check("the filter is one", {"openat2", "execve", "setpriority"} <= calls and not {"mount", "ptrace", "bpf", "setuid", "setrlimit"} & calls, calls)


def test_confined():
    with w.World("unit") as world:
        state = world.folder / "state"
        outside = world.folder / "outside"
        for path in (state, outside):
            path.mkdir()
        program = world.folder / "nem12-loader"
        shutil.copy(w.LOADER, program)
        command = state / "notified"
        command.write_text(f"#!/bin/sh\necho \"$1\" >> {state}/reports\n")
        credentials = state / "credentials"
        credentials.mkdir()
        (credentials / "redis_password").write_text("from-a-credential\n")
        w.redis("ACL", "SETUSER", "unit", "on", ">from-a-credential", "~*", "+@all")
        config = world.config(ingest={place: str(state / place) for place in ("inbox", "spool", "archive", "rejected", "failed")}
                              | {"notify_command": str(command)}, redis={"user": "unit"})
        for path in (command, program):
            path.chmod(0o755)
        config.chmod(0o644)
        if os.geteuid() == 0: # another user has to get at the private servers
            for path in (world.folder, pathlib.Path(os.environ["NEM12_SERVERS"])):
                path.chmod(0o755)
            os.chmod(os.environ["NEM12_REDIS_SOCKET"], 0o777)
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", state], check=True)
        notify = Notify(world.folder / "notify")
        environment = {**os.environ, "NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "2000000", "CREDENTIALS_DIRECTORY": str(credentials)}
        with open(config.with_suffix(".log"), "ab") as log:
            daemon = subprocess.Popen([sys.executable, __file__, "--confine", str(state), str(program), "run", "--config", str(config)],
                                      env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        world.daemons.append(daemon)
        notify.wait_for("READY=1")
        status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
        w.check("the filter is on, and there are no privileges", re.search(r"Seccomp:\s2", status) and re.search(r"NoNewPrivs:\s1", status)
                and (os.geteuid() != 0 or re.search(r"CapEff:\s0+\n", status) and re.search(r"CapBnd:\s0+\n", status)), status)
        w.wait_until("it finds its servers", 20, lambda: world.get(config, "/readyz")[0] == 200)
        files = world.folder / "files"
        files.mkdir()
        generate = lambda name, *options: subprocess.run([w.LOADER, "generate", "--nmis", "3", "--days", "3", "-o", files / name, *options],
                                                         check=True, capture_output=True)
        generate("good.csv")
        generate("zipped.csv", "--seed", "5")
        generate("bad.csv", "--kind", "malformed")
        w.zip_of([files / "zipped.csv"], files / "good.zip")
        for name in ("good.csv", "good.zip", "bad.csv"):
            hidden = state / "inbox" / f".{name}"
            shutil.copy(files / name, hidden)
            if os.geteuid() == 0:
                os.chown(hidden, NOBODY, NOBODY)
            hidden.rename(state / "inbox" / name)
        found = lambda place, name: list((state / place).rglob(name))
        w.wait_until("files are loaded", 60, lambda: found("archive", "good.csv") and found("archive", "good.zip"))
        w.wait_until("and rejected", 30, lambda: found("rejected", "bad.csv"))
        w.wait_until("notify_command runs", 30, (state / "reports").exists)
        w.check("two files are stored", w.value("SELECT count(*) FROM nem12_files", world.name) == "2")
        nice = [int(stat.read_text().rsplit(")", 1)[1].split()[16]) for stat in pathlib.Path(f"/proc/{daemon.pid}/task").glob("*/stat")]
        w.check("the intake runs at a lower priority", max(nice) > min(nice) or min(nice) >= 5, nice)
        w.check("what it writes is for its group at most", all(path.stat().st_mode & 0o7 == 0 for place in ("archive", "spool", "rejected")
                                                                for path in (state / place).rglob("*")))
        notify.wait_for("WATCHDOG=1")
        notify.wait_for("WATCHDOG=1")
        print("ok: the watchdog is pinged")
        daemon.send_signal(signal.SIGHUP)
        told = notify.wait_for("RELOADING=1")
        w.check("a reload comes with its time", any(line.startswith("MONOTONIC_USEC=") for line in told), told)
        notify.wait_for("READY=1")
        daemon.send_signal(signal.SIGTERM)
        notify.wait_for("STOPPING=1")
        world.finish(daemon)
        refused = [event for event in world.events(config) if "not permitted" in json.dumps(event).lower() or "read-only" in json.dumps(event).lower()]
        w.check("nothing it needs was refused", not refused, refused)
        w.check("nothing was written elsewhere", not list(outside.iterdir()))
        w.redis("ACL", "DELUSER", "unit")


def main():
    if sys.argv[1:2] == ["--confine"]:
        confine(sys.argv[2], sys.argv[3:])
    if shutil.which("systemd-analyze") is None:
        w.skip("no systemd-analyze: the systemd unit is NOT tested")
    if os.uname().machine not in ARCHITECTURES:
        w.skip(f"no filter for {os.uname().machine} here: the systemd unit is NOT tested")
    w.with_servers()
    test_exposure()
    test_filter()
    test_confined()


main()
