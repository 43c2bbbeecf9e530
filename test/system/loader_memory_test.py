#!/usr/bin/env python3
"""A large file costs the daemon no more memory than a small one: peak below 64 MiB. 200 MB of input, or what NEM12_MEMORY_BYTES
says (1000000000 for the full test); the file is loaded twice, plain by the daemon and from a gzip by `load`. Then an aseXML message
of half that size, in one element, by the daemon and, gzipped, by `load`."""

import gzip
import os
import shutil
import subprocess

import loader_world as w
import messages

w.with_servers()
BYTES = int(os.environ.get("NEM12_MEMORY_BYTES", "200000000"))
LIMIT = 64 << 20


def generate(path, size, seed):
    """About `size` bytes of 5 minute readings; returns how many."""
    bytes_per_nmi = 85_000  # of 30 days, all channels
    done = subprocess.run([w.LOADER, "generate", "--interval", "5", "--days", "30", "--nmis", str(int(size / bytes_per_nmi)), "--seed", str(seed),
                           "-o", path],
                          check=True, text=True, capture_output=True)
    return int(done.stdout.split(" days, ")[1].split(" ")[0].replace(",", ""))


def peak_of(daemon):
    """Peak resident bytes of a child, by the kernel's own account."""
    _, status, usage = os.wait4(daemon.pid, 0)
    daemon.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def wrap(path, target):
    """The file as the only element of a message."""
    whole = messages.message("BIG", [b"100,NEM12,@"])
    with open(path, "rb") as source, open(target, "wb") as out:
        before, after = whole.split(b"100,NEM12,@")
        out.write(before)
        shutil.copyfileobj(source, out, 1 << 20)
        out.write(after)
    path.unlink()


def check(name, size, seed, wrapped):
    with w.World("memory") as world:
        path = world.folder / "big.csv"
        readings = generate(path, size, seed)
        if wrapped:
            wrap(path, world.folder / name)
            path = world.folder / name
        print(f"{name}: {path.stat().st_size:,} bytes, {readings:,} readings")
        w.check("the file is about as large as wanted", path.stat().st_size > size * 0.8)
        path.rename(world.inbox / name)
        daemon = world.start(world.config(), "--until-idle")
        peak = peak_of(daemon)
        w.check("the daemon exits with 0", daemon.returncode == 0, daemon.returncode)
        w.check("all readings are stored", int(w.value('SELECT sum(nem12_count("values")) FROM nem12_interval_days', world.name)) == readings)
        print(f"daemon: peak {peak / (1 << 20):.1f} MiB")
        w.check("the daemon stays below 64 MiB", peak < LIMIT, peak)

        packed = world.folder / f"{name}.gz"
        archived = next((world.folder / "archive").rglob(name))
        with open(archived, "rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
            shutil.copyfileobj(source, target, 1 << 20)
        w.sql("TRUNCATE nem12_files, nem12_interval_days CASCADE", world.name)
        load = subprocess.Popen([w.LOADER, "load", "--db", world.conninfo(), packed], stdout=subprocess.DEVNULL)
        peak = peak_of(load)
        w.check("load exits with 0", load.returncode == 0, load.returncode)
        print(f"load from gzip: peak {peak / (1 << 20):.1f} MiB")
        w.check("load stays below 64 MiB", peak < LIMIT, peak)
        w.check("all of them once more", int(w.value('SELECT sum(nem12_count("values")) FROM nem12_interval_days', world.name)) == readings)


def main():
    check("big.csv", BYTES, 1, wrapped=False)
    check("big.xml", BYTES // 2, 2, wrapped=True)


main()
