#!/usr/bin/env python3
"""A burst of ten times what the queue takes, held while PostgreSQL is slow: nothing is lost or doubled, the queue's bound holds, and
the daemon needs no more memory for it. The burst is held for NEM12_BURST_SECONDS (10; 600 for the full test), in front of a queue of
NEM12_BURST_QUEUE jobs (10; 100 for the full test)."""
# runs alone: its sender has to make files faster than they are loaded

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "fault"))
import loader_world as w # noqa: E402
import proxy # noqa: E402

w.with_servers()
SECONDS = float(os.environ.get("NEM12_BURST_SECONDS", "10"))
QUEUE = int(os.environ.get("NEM12_BURST_QUEUE", "10"))
BURST = 10 * QUEUE
PAUSE = 0.1 # before each piece that passes between loader and PostgreSQL
LIMIT = 64 << 20


class Sender(threading.Thread):
    """Keeps BURST files waiting in front of the loader until told to stop: good ones of several sizes, every tenth malformed, every
    tenth a repetition of one sent before."""

    def __init__(self, world, config):
        super().__init__(daemon=True)
        self.world, self.config = world, config
        self.files = world.folder / "files"
        self.files.mkdir()
        self.good, self.bad, self.sent = [], [], 0
        self.stopped, self.full = threading.Event(), threading.Event()
        self.least, self.most_jobs = None, 0

    def make(self):
        number = self.sent
        self.sent += 1
        path = self.files / f"{number}.csv"
        if number % 10 == 9:
            return self.good[number // 2 % len(self.good)], f"again-{number}.csv"
        kind = "malformed" if number % 10 == 8 else "normal"
        size = ["5", "20"] if number % 10 == 7 else ["30", "4"] # minutes, meters: 1.5 MB and 25 kB
        subprocess.run([w.LOADER, "generate", "--kind", kind, "--interval", size[0], "--nmis", size[1], "--days", "10", "--seed", str(number), "-o", path],
                       check=True, capture_output=True)
        (self.bad if kind == "malformed" else self.good).append(path)
        return path, path.name

    def waiting(self):
        # In one step: asked one after the other, a job that is claimed in between would count twice.
        jobs = w.redis("EVAL", "return redis.call('ZCARD', KEYS[1]) + redis.call('ZCARD', KEYS[2])", "2",
                       self.world.prefix + "queued", self.world.prefix + "in_progress")
        self.most_jobs = max(self.most_jobs, int(jobs))
        return int(jobs) + sum(1 for path in self.world.inbox.iterdir() if not path.name.startswith("."))

    def run(self):
        while not self.stopped.is_set():
            there = self.waiting()
            if self.full.is_set():
                self.least = min(there, self.least if self.least is not None else there)
            for _ in range(BURST + BURST // 4 - there): # malformed ones do not stay
                self.world.drop(*self.make())
            self.full.set()
            time.sleep(0.2)


def memory(pid, line):
    return next(int(text.split()[1]) * 1024 for text in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if text.startswith(line))


def main():
    with w.World("burst") as world:
        folder = world.folder / "pg"
        folder.mkdir()
        server = pathlib.Path(os.environ["PGHOST"]) / f".s.PGSQL.{os.environ['PGPORT']}"
        slow = proxy.Proxy(folder / ".s.PGSQL.5432", lambda: str(server), proxy.Postgres)
        config = world.config(database={"conninfo": f"host={folder} port=5432 dbname={world.name} user={os.environ['PGUSER']}"},
                              queue={"size": QUEUE, "retry_seconds": 1}, log={"level": "warning"}, breaker={"open_for_ms": 500})
        slow.pause = PAUSE
        daemon = world.start(config)
        sender = Sender(world, config)
        sender.start()
        w.check("the burst is there", sender.full.wait(900))
        print(f"{sender.waiting()} files wait in front of a queue of {QUEUE}; memory {memory(daemon.pid, 'VmRSS') / (1 << 20):.1f} MiB")
        end, highest = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            time.sleep(min(1, SECONDS))
            if daemon.poll() is not None:
                w.check("the daemon lives", False)
            highest = max(highest, memory(daemon.pid, "VmRSS"))
        loaded = int(w.value("SELECT count(*) FROM nem12_files", world.name))
        sender.stopped.set()
        sender.join(60)
        w.check("ten times the queue's size waited all the time", sender.least >= BURST, f"least {sender.least}")
        w.check("the queue's bound held", sender.most_jobs <= QUEUE, sender.most_jobs)
        w.check("loading went on, slowly", 0 < loaded < len(sender.good), f"{loaded} of {len(sender.good)}")
        slow.pause = 0
        gone = lambda: not list(world.inbox.iterdir()) and not world.leftovers()
        w.wait_until("everything is taken and loaded", 200 + SECONDS, gone)
        peak = memory(daemon.pid, "VmHWM")
        metrics = world.get(config, "/metrics")[1]
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon)
        print(f"{sender.sent} files sent in {SECONDS:.0f} s and before, {loaded} of {len(sender.good)} good ones loaded while it was slow; "
              f"least waiting {sender.least}, most jobs {sender.most_jobs}; memory at most {peak / (1 << 20):.1f} MiB "
              f"({highest / (1 << 20):.1f} while slow)")
        print("\n".join(line for line in metrics.splitlines() if line.startswith(("nem12_backpressure", "nem12_files_total", "nem12_breaker_trans"))))
        w.check("the daemon stays below 64 MiB", peak < LIMIT, peak)

        w.check("every good file is in the ledger, once", sorted(row[0] for row in w.rows("SELECT encode(sha256, 'hex') FROM nem12_files", world.name))
                == sorted(next(w.contents(path))[0] for path in sender.good))
        w.check("every good delivery is in the archive", len([path for path in (world.folder / "archive").rglob("*.csv")]) == sender.sent - len(sender.bad))
        w.check("every malformed file is rejected", all(world.places(path.name) == ["rejected"] for path in sender.bad))
        w.check("nothing failed", not list((world.folder / "failed").glob("*")))
        with w.World("clean") as clean:
            subprocess.run([w.LOADER, "load", "--db", clean.conninfo(), "--workers", "2", *reversed(sender.good)], check=True, capture_output=True)
            for other in (world, clean):
                w.sql("SELECT nem12_merge_staging()", other.name)
            w.check("the store equals a clean load of the same files in another order", world.digest() == clean.digest())


main()
