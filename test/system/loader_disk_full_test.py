#!/usr/bin/env python3
"""A disk too small for the members of a zip: other files are taken meanwhile, nothing is left in spool/tmp, the log does not flood;
when room is made everything is loaded. Needs root, to mount a small file system in memory."""

import os
import signal
import subprocess
import time

import loader_world as w

if os.geteuid() != 0:
    w.skip("SKIPPED: needs root, to mount a small file system")
w.with_servers()
MB = 1 << 20
DISK = 24 * MB


def generated(path, nmis, days, seed):
    subprocess.run([w.LOADER, "generate", "--interval", "5", "--nmis", str(nmis), "--days", str(days), "--start", "2024-03-01",
                    "--seed", str(seed), "-o", path], check=True, stdout=subprocess.DEVNULL)
    return path


def scenario(world, disk):
    folder = world.folder / "files"
    folder.mkdir()
    members = [generated(folder / f"m{number}.csv", 20, 20, number) for number in range(8)]
    unpacked = sum(path.stat().st_size for path in members)
    w.zip_of(members, folder / "large.zip")
    small = generated(folder / "small.csv", 1, 3, 99)
    bad = folder / "bad.csv"
    bad.write_bytes(small.read_bytes().replace(b"300,2024", b"300,2O24", 1))

    ballast = disk / "ballast"
    room = unpacked // 2 + (folder / "large.zip").stat().st_size # for the zip, but not for what is in it
    with open(ballast, "wb") as file:
        file.write(bytes(DISK - room))
    config = world.config(ingest={part: str(disk / part) for part in ("inbox", "spool", "archive", "rejected", "failed")})
    world.inbox = disk / "inbox"
    world.inbox.mkdir()
    world.drop(folder / "large.zip")
    daemon = world.start(config)
    w.wait_until("the zip does not fit", 60, lambda: "intake_failed" in config.with_suffix(".log").read_text())
    world.drop(small)
    world.drop(bad)
    w.wait_until("a small file is loaded meanwhile", 60, lambda: list((disk / "archive").glob("*/*/small.csv")))
    w.wait_until("a bad one is refused meanwhile", 60, lambda: (disk / "rejected" / "bad.csv.report.txt").exists())
    time.sleep(8) # of three attempts or more
    w.wait_until("nothing is left in spool/tmp between attempts", 20, lambda: not list((disk / "spool" / "tmp").iterdir()))
    w.check("the zip still does not fit", not list((disk / "archive").glob("*/*/large.zip")))
    said = [event for event in world.events(config) if event["event"] == "intake_failed"]
    w.check("the log tells of it, and does not flood", 1 <= len(said) <= 2, said)
    w.check("the zip is still in the inbox", (world.inbox / "large.zip").exists())

    ballast.unlink()
    w.wait_until("with room the zip is loaded", 120, lambda: list((disk / "archive").glob("*/*/large.zip")))
    w.check("the archive holds it as it was sent",
            next((disk / "archive").glob("*/*/large.zip")).read_bytes() == (folder / "large.zip").read_bytes())
    for path in members + [small]:
        sha = next(w.contents(path))[0]
        w.check(f"{path.name} is in the ledger", w.value(
            f"SELECT count(*) FROM nem12_files WHERE sha256 = '\\x{sha}'", world.name) == "1")
    w.wait_until("nothing is left over", 30, lambda: not any(
        list((disk / part).glob("*")) for part in ("inbox", "spool/tmp", "spool/ready", "spool/meta", "spool/parcels")))
    daemon.send_signal(signal.SIGTERM)
    world.finish(daemon)


def main():
    with w.World("disk_full") as world:
        disk = world.folder / "disk"
        disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", disk], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            w.skip(f"SKIPPED: cannot mount a tmpfs here: {done.stderr.strip()}")
        try:
            scenario(world, disk)
        finally:
            for daemon in world.daemons:
                if daemon.poll() is None:
                    w.kill(daemon)
            subprocess.run(["umount", disk], check=False)


main()
