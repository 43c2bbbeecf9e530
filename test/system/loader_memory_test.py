#!/usr/bin/env python3
"""A large file costs the daemon no more memory than a small one: peak below 64 MiB. 200 MB of input, or what NEM12_MEMORY_BYTES
says (1000000000 for the full test); the file is loaded twice, plain by the daemon and from a gzip by `load`."""

import gzip
import os
import shutil
import subprocess

import loader_world as w

w.with_servers()
BYTES = int(os.environ.get("NEM12_MEMORY_BYTES", "200000000"))
LIMIT = 64 << 20


def generate(path):
    """About BYTES of 5 minute readings; returns how many."""
    bytes_per_nmi = 85_000  # of 30 days, all channels
    done = subprocess.run([w.LOADER, "generate", "--interval", "5", "--days", "30", "--nmis", str(int(BYTES / bytes_per_nmi)), "-o", path],
                          check=True, text=True, capture_output=True)
    return int(done.stdout.split(" days, ")[1].split(" ")[0].replace(",", ""))


def peak_of(daemon):
    """Peak resident bytes of a child, by the kernel's own account."""
    _, status, usage = os.wait4(daemon.pid, 0)
    daemon.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def main():
    with w.World("memory") as world:
        path = world.folder / "big.csv"
        readings = generate(path)
        size = path.stat().st_size
        print(f"{size:,} bytes, {readings:,} readings")
        w.check("the file is about as large as wanted", size > BYTES * 0.8)
        path.rename(world.inbox / "big.csv")
        daemon = world.start(world.config(), "--until-idle")
        peak = peak_of(daemon)
        w.check("the daemon exits with 0", daemon.returncode == 0, daemon.returncode)
        w.check("all readings are stored", int(w.value('SELECT sum(nem12_count("values")) FROM nem12_interval_days', world.name)) == readings)
        print(f"daemon: peak {peak / (1 << 20):.1f} MiB")
        w.check("the daemon stays below 64 MiB", peak < LIMIT, peak)

        packed = world.folder / "big.csv.gz"
        archived = next((world.folder / "archive").rglob("big.csv"))
        with open(archived, "rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        w.sql("TRUNCATE nem12_files, nem12_interval_days CASCADE", world.name)
        load = subprocess.Popen([w.LOADER, "load", "--db", world.conninfo(), packed], stdout=subprocess.DEVNULL)
        peak = peak_of(load)
        w.check("load exits with 0", load.returncode == 0, load.returncode)
        print(f"load from gzip: peak {peak / (1 << 20):.1f} MiB")
        w.check("load stays below 64 MiB", peak < LIMIT, peak)


main()
