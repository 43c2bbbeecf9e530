"""Rounds of the fault harness. A round is a scene, a plan of faults made from its seed, and the oracle. Its profile says in
what surroundings: what may be injected there."""

import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import time

import contents
import disks
import faults
import oracle
import power
import scene as scenes
import standby
from scene import ROOT, w

KEPT = ROOT / "build" / "reports" / "faults" # what a failed round leaves


class Tally:
    """What was injected and what came of it, by kind of fault."""

    COUNTERS = ("injected", "busy", "missed", "files", "readings", "lost", "double", "total")

    def __init__(self):
        for name in self.COUNTERS:
            setattr(self, name, collections.Counter())
        self.failed_rounds = []
        self.skipped = {}

    def counts(self):
        """All of it as text, for another Tally's add_counts()."""
        return json.dumps({name: getattr(self, name) for name in (*self.COUNTERS, "failed_rounds", "skipped")})

    def add_counts(self, text):
        other = json.loads(text)
        for name in self.COUNTERS:
            getattr(self, name).update(other[name])
        self.failed_rounds += other["failed_rounds"]
        self.skipped.update(other["skipped"])

    def add(self, kind, hit):
        if hit is None:
            self.missed[kind] += 1
        else:
            self.injected[kind] += 1
            self.busy[kind] += bool(hit)

    def add_round(self, kinds, verdict):
        for kind in set(kinds):
            self.files[kind] += verdict.files
            self.readings[kind] += verdict.readings
            self.lost[kind] += verdict.lost
            self.double[kind] += verdict.double
        self.total.update(rounds=1, files=verdict.files, readings=verdict.readings, lost=verdict.lost, double=verdict.double)

    def table(self):
        lines = ["| fault | injected | at work | files | readings | lost | double |", "|---|--:|--:|--:|--:|--:|--:|"]
        for kind in sorted(self.injected):
            columns = [counter[kind] for counter in (self.injected, self.busy, self.files, self.readings, self.lost, self.double)]
            lines.append(f"| {kind} | " + " | ".join(f"{column:,}" for column in columns) + " |")
        count, busy = sum(self.injected.values()), sum(self.busy.values())
        columns = [count, busy, *(self.total[what] for what in ("files", "readings", "lost", "double"))]
        lines.append(f"| **{len(self.injected)} kinds, {self.total['rounds']} rounds** | "
                     + " | ".join(f"**{column:,}**" for column in columns) + " |")
        text = "\n".join(lines) + f"\n\n{busy} of {count} faults ({100 * busy // max(count, 1)} %) met the system at work."
        text += f" {sum(self.missed.values())} more were planned, but their moment did not come."
        for profile, why in self.skipped.items():
            text += f"\nSKIPPED: {profile}: {why}"
        return text


def keep(scene, name):
    """The logs of a failed round, for whoever looks."""
    target = KEPT / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for log in scene.folder.glob("*.log"):
        shutil.copy(log, target)
    for log in ("postgres.log", "redis.log"):
        with contextlib.suppress(OSError):
            shutil.copy(pathlib.Path(os.environ["NEM12_SERVERS"]) / log, target)
    return target


def inject(scene, tally, kind, seed, done):
    try:
        hit = kind(scene, random.Random(seed))
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        # Two faults met: a server was still coming up when this one wanted to speak to it.
        print(f"  (not done: {kind.__name__}: {str(error).strip()[:200]})")
        hit = None
    scene.heal()
    tally.add(kind.__name__, hit)
    done.append(kind.__name__)


def settle(scene, tally, profile, seed, done):
    """The end of a round: everything comes to rest, the oracle speaks."""
    started = time.monotonic()
    stuck = scene.finish_run()
    at_rest = time.monotonic()
    verdict = oracle.judge(scene)
    if stuck:
        verdict.complain(stuck)
    tally.add_round(done, verdict)
    bad = verdict.complaints or verdict.lost or verdict.double
    print(f"round {profile} seed {seed}: {len(done)} faults in {started - scene.made_at:.0f} s, {verdict.files} files, "
          f"{verdict.readings} readings, lost {verdict.lost}, double {verdict.double}, {scene.loader_starts} loader starts, "
          f"{at_rest - started:.0f} s to come to rest, {time.monotonic() - at_rest:.0f} s to compare{' FAILED' if bad else ''}")
    if bad:
        where = keep(scene, f"{profile}-{seed}")
        for complaint in verdict.complaints:
            print(f"  {complaint}")
        print(f"  faults: {' '.join(done)}\n  logs: {where}\n  again: test/fault/run_faults.py --profile {profile} --seed {seed}")
        tally.failed_rounds.append((profile, seed))


def run_plan(scene, tally, profile, seed, kinds, count, deadline):
    dice = random.Random(seed)
    scene.start_daemons()
    scene.feed(most=40 + 12 * count)
    time.sleep(0.5)
    done = []
    for kind, kind_seed in faults.plan(dice, kinds, count):
        if time.monotonic() > deadline:
            break
        inject(scene, tally, kind, kind_seed, done)
    settle(scene, tally, profile, seed, done)


def mixed(tally, seed, count, deadline):
    with scenes.Scene("mixed", seed, contents.Maker(seed)) as scene:
        run_plan(scene, tally, "mixed", seed, faults.ANYWHERE, count, deadline)


def two_daemons(tally, seed, count, deadline):
    """Two daemons on one inbox and one queue, each with a spool of its own."""
    with scenes.Scene("two", seed, contents.Maker(seed), daemons=2) as scene:
        run_plan(scene, tally, "two_daemons", seed, faults.ANYWHERE, count, deadline)


def small_queue(tally, seed, count, deadline):
    """Four jobs fill the queue, so that files wait in the inbox."""
    settings = {"queue": {"size": 4}, "ingest": {"incomplete_grace_seconds": 1}}
    with scenes.Scene("small_queue", seed, contents.Maker(seed), settings=settings) as scene:
        run_plan(scene, tally, "small_queue", seed, faults.ANYWHERE, count, deadline)


def small_disks(tally, seed, count, deadline):
    with disks.small_disk(12) as disk, disks.small_disk(48, server_owner()) as tablespace:
        name = f"small_{seed}_{random.randrange(10 ** 6)}"
        w.sql(f"CREATE TABLESPACE {name} LOCATION '{tablespace}'", "postgres")
        try:
            with scenes.Scene("disks", seed, contents.Maker(seed), disk=disk, database_options=f"TABLESPACE {name}") as scene:
                scene.tablespace = tablespace
                run_plan(scene, tally, "small_disks", seed, faults.ON_SMALL_DISKS + faults.IN_SMALL_TABLESPACE, count, deadline)
        finally:
            w.sql(f"DROP TABLESPACE {name}", "postgres")


def small_wal(tally, seed, count, deadline):
    data = pathlib.Path(os.environ["NEM12_PG_DATA"])
    with disks.small_disk(160, server_owner()) as disk:
        w.sql("ALTER SYSTEM SET max_wal_size = '64MB'", "postgres")
        w.sql("ALTER SYSTEM SET min_wal_size = '32MB'", "postgres")
        w.sql("CHECKPOINT", "postgres")
        w.server("postgres", "stop", "fast")
        subprocess.run(["mv", data / "pg_wal", disk / "pg_wal"], check=True)
        (data / "pg_wal").symlink_to(disk / "pg_wal")
        try:
            scenes.start_postgres()
            with scenes.Scene("wal", seed, contents.Maker(seed)) as scene:
                scene.wal_disk = disk
                run_plan(scene, tally, "small_wal", seed, faults.WITH_SMALL_WAL, min(count, 3), deadline)
        finally:
            w.server("postgres", "stop", "fast")
            (data / "pg_wal").unlink()
            subprocess.run(["mv", disk / "pg_wal", data / "pg_wal"], check=True)
            scenes.start_postgres()


def clocks(tally, seed, count, deadline):
    shim = power.shim()
    maker = contents.Maker(seed)
    clock = pathlib.Path(os.environ["NEM12_SERVERS"]) / f"clock-{seed}"
    clock.write_text("0")
    with scenes.Scene("clocks", seed, maker, environment={"LD_PRELOAD": str(shim), "NEM12_CLOCK_OFFSET": str(clock)}) as scene:
        scene.clock = clock
        run_plan(scene, tally, "clocks", seed, faults.WITH_CLOCK * 2 + [faults.loader_killed, faults.commit_unanswered,
                                                                       faults.redis_answer_lost], count, deadline)


def power_cuts(tally, seed, count, deadline):
    maker = contents.Maker(seed)
    with scenes.Scene("power", seed, maker) as scene:
        done = []
        dice = random.Random(seed)
        for _ in range(count):
            if time.monotonic() > deadline:
                break
            cut = power.Cut(scene, dice)
            hit = cut.run()
            tally.add("power_cut", hit)
            done.append("power_cut")
            scene.heal_servers()
        settle(scene, tally, "power_cuts", seed, done)


def failover(tally, seed, count, deadline):
    with standby.Pair() as pair, standby.PairScene("failover", seed, contents.Maker(seed), pair) as scene:
        run_plan(scene, tally, "failover", seed, [standby.standby_promoted, standby.standby_promoted, faults.postgres_cut,
                                                  faults.commit_unanswered, faults.loader_killed], min(count, 5), deadline)


def flood(tally, seed, _count, deadline, files=50000):
    """More files at once than inotify can tell of: each has to be found all the same."""
    maker = contents.Maker(seed)
    with scenes.Scene("flood", seed, maker, settings={"queue": {"size": 100000}}) as scene:
        scene.start_daemons()
        time.sleep(0.5)
        few = [contents.nem12(maker.dice, channels=1, days=1) for _ in range(500)]
        for data in few:
            scene.drop_delivery(contents.Delivery(maker.name("flood"), data, good=[data]))
        busy = scene.busy()
        daemon = scene.running[scene.configs[0]]
        daemon.send_signal(scenes.signal.SIGSTOP) # so that the kernel's queue of events overflows for certain
        for number in range(files - len(few)):
            data = few[number % len(few)]
            scene.drop_delivery(contents.Delivery(maker.name("flood"), data, good=[data]))
        daemon.send_signal(scenes.signal.SIGCONT)
        tally.add("inotify_overflow", busy or scene.busy())
        end = time.monotonic() + 600
        while os.listdir(scene.inbox) and time.monotonic() < end:
            time.sleep(0.2)
        settle(scene, tally, "flood", seed, ["inotify_overflow"])


def server_owner():
    return "postgres" if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0 else "nobody"


PROFILES = {"mixed": mixed, "two_daemons": two_daemons, "small_queue": small_queue, "small_disks": small_disks,
            "small_wal": small_wal, "clocks": clocks, "power_cuts": power_cuts, "failover": failover, "flood": flood}
NEED_ROOT = {"small_disks", "small_wal"}


def run(tally, profile, seed, count, deadline=float("inf")):
    """One round, unless it cannot be here."""
    if profile in NEED_ROOT and not disks.can_mount():
        tally.skipped[profile] = "small disks can be mounted by root only"
        return
    PROFILES[profile](tally, seed, count, deadline)
