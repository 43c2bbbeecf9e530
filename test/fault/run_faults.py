#!/usr/bin/env python3
"""The long run of the fault harness (make check-faults): rounds of all profiles until FAULT_SECONDS are over (default 1800),
then a table.

    FAULT_SECONDS=n    how long
    FAULT_SEED=n       the first seed; printed at the start otherwise
    --profile P --seed N [--faults N]   one round again
"""

import argparse
import os
import random
import sys
import time

import rounds
from scene import w

# In this order, again and again; the mixed rounds hold most faults for their time.
ORDER = ["mixed", "power_cuts", "two_daemons", "small_disks", "mixed", "clocks", "small_queue", "failover", "mixed", "power_cuts",
         "two_daemons", "small_wal"]
FAULTS_A_ROUND = 25


def main():
    w.with_servers()
    parser = argparse.ArgumentParser()
    parser.add_argument("--profile", choices=list(rounds.PROFILES))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("FAULT_SEED") or random.randrange(10 ** 6)))
    parser.add_argument("--faults", type=int, default=FAULTS_A_ROUND)
    arguments = parser.parse_args()
    tally = rounds.Tally()
    if arguments.profile:
        rounds.run(tally, arguments.profile, arguments.seed, arguments.faults)
    else:
        seconds = float(os.environ.get("FAULT_SECONDS") or 1800)
        deadline = time.monotonic() + seconds
        print(f"seed {arguments.seed}, {seconds:.0f} s")
        if seconds >= 900:
            rounds.run(tally, "flood", arguments.seed, 1)
        seed = arguments.seed
        while time.monotonic() < deadline - 10:
            rounds.run(tally, ORDER[(seed - arguments.seed) % len(ORDER)], seed, arguments.faults, deadline)
            seed += 1
    print("\n" + tally.table())
    if tally.failed_rounds:
        sys.exit(f"FAILED: {len(tally.failed_rounds)} rounds: {tally.failed_rounds}")


main()
