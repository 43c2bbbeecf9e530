#!/usr/bin/env python3
"""Servers that go away and a loader that is killed in the middle: the same end state, nothing lost, nothing double; the breaker's
transitions visible in log, metrics and status. NEM12_OUTAGE_SECONDS sets how long PostgreSQL is away (default 6)."""
# runs first

import collections
import json
import os
import random
import subprocess
import sys
import threading
import time

import loader_world as w

w.with_servers()
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10 ** 6)
OUTAGE = float(os.environ.get("NEM12_OUTAGE_SECONDS", "6"))
FILES = 120
print(f"seed {SEED}")
random.seed(SEED)


def generated(folder):
    """Good files, some delivering the same days again, and some malformed ones."""
    folder.mkdir()
    files = []
    for number in range(FILES):
        kind = "malformed" if number % 10 == 9 else "normal"
        path = folder / f"{kind}-{number}.csv"
        subprocess.run([w.LOADER, "generate", "--kind", kind, "--interval", random.choice(["5", "15", "30"]), "--nmis", "4", "--days",
                        "20", "--start", "2024-03-10", "--seed", str(number // 2), "-o", path], check=True, stdout=subprocess.DEVNULL)
        files.append(path)
    return files


class Feeder(threading.Thread):
    """Drops files one by one, so that every fault happens in the middle of work."""

    def __init__(self, world, files, pause):
        super().__init__(daemon=True)
        self.world, self.files, self.pause = world, files, pause

    def run(self):
        for path in self.files:
            self.world.drop(path)
            time.sleep(self.pause)


def breaker_is(world, config, *states):
    metrics = world.get(config, "/metrics")[1]
    return any(f'nem12_breaker_state{{state="{state}"}} 1' in metrics for state in states)


def status(config):
    done = subprocess.run([w.LOADER, "status", "--config", config, "--json"], text=True, capture_output=True, check=False)
    return json.loads(done.stdout)


def postgres_outage(world, config):
    loaded_before = int(w.value("SELECT count(*) FROM nem12_files", world.name))
    w.check("files are loaded before the outage", loaded_before > 0)
    w.server("postgres", "stop", "immediate")
    stopped = time.monotonic()
    w.wait_until("the breaker opens (metrics)", 30, lambda: breaker_is(world, config, "open", "half_open"))
    w.check("/readyz says why not", world.get(config, "/readyz")[0] == 503 and "breaker" in world.get(config, "/readyz")[1],
            world.get(config, "/readyz"))
    w.check("/livez is well", world.get(config, "/livez")[0] == 200)
    w.wait_until("status shows the breaker", 10, lambda: status(config)["breaker"]["state"] in ("open", "half_open"))
    rejected = len(list((world.folder / "rejected").glob("*.csv")))
    time.sleep(max(0.0, OUTAGE - (time.monotonic() - stopped)))
    w.check("malformed files are rejected while loading stands still",
            len(list((world.folder / "rejected").glob("*.csv"))) > rejected or rejected == FILES // 10)
    w.server("postgres", "start")
    w.wait_until("the breaker closes", 30, lambda: breaker_is(world, config, "closed"))
    w.wait_until("loading goes on", 30, lambda: int(w.value("SELECT count(*) FROM nem12_files", world.name)) > loaded_before)
    w.wait_until("the loader is ready again", 30, lambda: world.get(config, "/readyz")[0] == 200)


def check_breaker_log(world, config):
    moves = [event["to"] for event in world.events(config) if event["event"] == "breaker"]
    wanted = ["open", "half_open", "closed"]
    w.check("the log tells open, half_open and closed", [move for move in moves if move in wanted][:2] == wanted[:2]
            and moves[-1] == "closed", moves)


def main():
    with w.World("undisturbed") as calm:
        files = generated(calm.folder / "files")
        for path in files:
            calm.drop(path)
        calm.finish(calm.start(calm.config(), "--until-idle"))
        reference = calm.digest()
        with w.World("faults") as world:
            config = world.config(process={"workers": 4}, queue={"lease_seconds": 3})
            feeder = Feeder(world, files, (OUTAGE + 14) / FILES)
            daemon = world.start(config)
            feeder.start()
            time.sleep(2)

            postgres_outage(world, config)
            check_breaker_log(world, config)

            w.server("redis", "restart")
            time.sleep(1)
            w.check("the daemon lives on after a restart of Redis", daemon.poll() is None)
            w.redis("FLUSHALL")
            time.sleep(random.uniform(0.2, 1.0))
            w.check("the daemon lives on after FLUSHALL", daemon.poll() is None)
            w.server("redis", "kill")
            time.sleep(0.5)
            w.server("redis", "start")
            for _ in range(3):
                w.kill(daemon)
                daemon = world.start(config)
                time.sleep(random.uniform(0.05, 1.5))
            feeder.join()
            w.kill(daemon)

            world.finish(world.start(config, "--until-idle"))
            w.check("nothing is left in inbox and spool", not world.leftovers(), world.leftovers())
            wrong = {path.name: world.places(path.name) for path in files
                     if world.places(path.name) != (["rejected"] if "malformed" in path.name else ["archive"])}
            w.check(f"each of {len(files)} files ended in exactly one place, the right one", not wrong, wrong)
            w.check("the database is that of an undisturbed run", world.digest() == reference, f"{world.digest()}\n{reference}")
            ledger = collections.Counter(row[0] for row in w.rows("SELECT encode(sha256, 'hex') FROM nem12_files", world.name))
            w.check("no content is in the ledger twice", max(ledger.values()) == 1)
            counts = status(config)["queue"]
            w.check("no job is left in the queue", counts["pending"] == 0 and counts["in_progress"] == 0 and counts["failed"] == 0, counts)


main()
