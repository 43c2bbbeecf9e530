#!/usr/bin/env python3
"""What stands still for a minute or more without being stuck: threads with long periods, a file whose record cannot be read."""
# runs first

import json
import signal
import subprocess
import time

import loader_world as w

w.with_servers()


def test_periods_are_no_stall():
    """A thread that sleeps longer than any step may take is alive."""
    with w.World("periods") as world:
        config = world.config(merge={"every_seconds": 600}, ingest={"rescan_ms": 600000}, process={"job_timeout_seconds": 1})
        daemon = world.start(config)
        w.wait_until("the daemon is live", 20, lambda: world.get(config, "/livez")[0] == 200)
        end = time.monotonic() + 75 # a step has 1 + 60 s
        while time.monotonic() < end:
            status_code, body = world.get(config, "/livez")
            if status_code != 200:
                w.check("a sleeping thread is live", False, body)
            time.sleep(1)
        w.check("a sleeping thread is live", True)
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon, 30)


def busy_workers(config):
    done = subprocess.run([w.LOADER, "status", "--config", config, "--json"], text=True, capture_output=True, check=True)
    return json.loads(done.stdout)["workers"]["busy"]


def test_unreadable_record():
    """One record of the spool that cannot be read ends neither the daemon nor the counting of files in hand."""
    with w.World("unreadable") as world:
        config = world.config(queue={"max_attempts": 1})
        good = world.folder / "good.csv"
        subprocess.run([w.LOADER, "generate", "--nmis", "4", "--days", "5", "--start", "2024-03-01", "--interval", "30", "-o", good],
                       check=True, stdout=subprocess.DEVNULL)
        sha256 = next(w.contents(good))[0]
        with w.loading_held_back(world.name):
            daemon = world.start(config, "--until-idle")
            world.drop(good)
            record = world.folder / "spool-config" / "meta" / f"{sha256}.json"
            w.wait_until("the file is spooled", 30, record.exists)
            record.rename(world.folder / "record")
            record.mkdir() # root may read everything else
        time.sleep(3)
        w.check("the daemon lives on", daemon.poll() is None)
        w.wait_until("and nothing counts as in hand", 20, lambda: busy_workers(config) == 0)
        record.rmdir()
        (world.folder / "record").rename(record)
        world.finish(daemon)
        w.check("the file is in one place", world.places("good.csv") in (["archive"], ["failed"]) and not world.leftovers())


def main():
    test_periods_are_no_stall()
    test_unreadable_record()


main()
