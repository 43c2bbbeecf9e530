#!/usr/bin/env python3
"""A short mix of the fault harness for every day; make check-faults runs the long one. FAULT_SEED=n: the faults of an
earlier run."""
# runs first

import os
import random
import sys
import time

import rounds
from scene import w

# Profile, faults, at most so many seconds of injecting.
MIX = [("mixed", 12, 25), ("power_cuts", 4, 12), ("two_daemons", 8, 20), ("small_disks", 4, 10), ("clocks", 4, 10)]
# A slow or busy machine leaves out the last profiles, and says so: no new round begins after so many seconds.
BUDGET = 75


def main():
    w.with_servers()
    seed = int(os.environ.get("FAULT_SEED") or random.randrange(10 ** 6))
    print(f"seed {seed}")
    tally = rounds.Tally()
    started, left_out = time.monotonic(), []
    for number, (profile, count, seconds) in enumerate(MIX):
        if time.monotonic() - started > BUDGET:
            left_out.append(profile)
            tally.skipped[profile] = f"{BUDGET} s are over"
            continue
        rounds.run(tally, profile, seed + number, count, time.monotonic() + seconds)
    print("\n" + tally.table())
    if tally.failed_rounds:
        sys.exit(f"FAILED: {tally.failed_rounds}")
    least = 1 if left_out else 10
    w.check(f"{least} faults or more met the system", sum(tally.injected.values()) >= least, dict(tally.injected))
    w.check("nothing was lost and nothing is double", tally.total["lost"] == 0 and tally.total["double"] == 0)


main()
