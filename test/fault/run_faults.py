#!/usr/bin/env python3
"""The long run of the fault harness (make check-faults): rounds of all profiles until FAULT_SECONDS are over (default 1800),
then a table. Faults are mostly waited for, so several lanes go on side by side, each with servers of its own.

    FAULT_SECONDS=n    how long
    FAULT_SEED=n       the first seed; printed at the start otherwise
    FAULT_LANES=n      how many at once (2)
    --profile P --seed N [--faults N]   one round again
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import rounds
from scene import ROOT, w

# In this order, again and again; the mixed rounds hold most faults for their time.
ORDER = ["mixed", "power_cuts", "two_daemons", "small_disks", "mixed", "clocks", "small_queue", "failover", "mixed", "power_cuts",
         "two_daemons", "small_wal"]
FAULTS_A_ROUND = 25
WITH_FLOOD = 900 # seconds of a run that has room for the flood


def lane(number, lanes, seed, seconds, tally):
    """Every `lanes`-th round of the run, until the time is over."""
    deadline = time.monotonic() + seconds
    if number == 0 and seconds >= WITH_FLOOD:
        rounds.run(tally, "flood", seed, 1)
    place = number
    while time.monotonic() < deadline - 10:
        rounds.run(tally, ORDER[place % len(ORDER)], seed + place, FAULTS_A_ROUND, deadline)
        place += lanes


def all_lanes(lanes, seed, seconds):
    """Runs the lanes as programs of their own; returns what they counted."""
    print(f"seed {seed}, {seconds:.0f} s, {lanes} lanes", flush=True)
    total = rounds.Tally()
    with tempfile.TemporaryDirectory() as folder:
        counts = [pathlib.Path(folder) / f"lane{number}.json" for number in range(lanes)]
        running = [subprocess.Popen([ROOT / "scripts" / "with-servers", "--redis", "--", sys.executable, __file__, "--seed", str(seed),
                                     "--lane", str(number), "--lanes", str(lanes), "--seconds", str(seconds), "--counts", file])
                   for number, file in enumerate(counts)]
        for number, (program, file) in enumerate(zip(running, counts)):
            status = program.wait()
            if file.exists():
                total.add_counts(file.read_text(encoding="utf-8"))
            else:
                total.failed_rounds.append((f"lane {number} ended with status {status}", seed))
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", choices=list(rounds.PROFILES))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("FAULT_SEED") or random.randrange(10 ** 6)))
    parser.add_argument("--faults", type=int, default=FAULTS_A_ROUND)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FAULT_SECONDS") or 1800))
    parser.add_argument("--lanes", type=int, default=int(os.environ.get("FAULT_LANES") or 2))
    parser.add_argument("--lane", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--counts", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    tally = rounds.Tally()
    if arguments.profile:
        w.with_servers()
        rounds.run(tally, arguments.profile, arguments.seed, arguments.faults)
    elif arguments.lane is not None:
        sys.stdout.reconfigure(line_buffering=True)
        lane(arguments.lane, arguments.lanes, arguments.seed, arguments.seconds, tally)
        arguments.counts.write_text(tally.counts(), encoding="utf-8")
        return
    else:
        tally = all_lanes(arguments.lanes, arguments.seed, arguments.seconds)
    print("\n" + tally.table())
    if tally.failed_rounds:
        sys.exit(f"FAILED: {len(tally.failed_rounds)} rounds: {tally.failed_rounds}")


main()
