#!/usr/bin/env python3
"""A full tablespace is the server's trouble: no day is staged or reported for it, the files go back, the breaker opens, /readyz
says why; when there is room again, everything goes in. Needs root, to mount a small file system."""

import os
import subprocess
import tempfile

from loader_world import World, check, rows, skip, sql, value, wait_until, with_servers

MEGABYTES = 16


def day_file(number):
    lines = ["100,NEM12,202403%02d0000,MDA1,Ret1" % number]
    for nmi in range(60):
        lines.append("200,%010d,E1,1,E1,N1,METSER123,kWh,5,20300101" % (4001000000 + number * 1000 + nmi))
        for day in range(1, 29):
            values = ",".join("%d.%03d" % ((nmi * 7919 + day * 104729 + i * i * 31) % 9, (i * 7907 + day * nmi * 3 + i * i * i) % 1000) for i in range(288))
            lines.append("300,202402%02d,%s,A,,,20240301000000," % (day, values))
    return "\r\n".join(lines + ["900", ""]).encode()


def test(mount):
    with World("full_tablespace") as world:
        sql(f"CREATE TABLESPACE small LOCATION '{mount}'", "postgres")
        sql(f"ALTER DATABASE {world.name} SET default_tablespace = small", "postgres")
        sql("SELECT nem12_prepare_months('{2024-02-01}')", world.name)
        sql("CREATE TABLE filler (filling text) TABLESPACE small; ALTER TABLE filler ALTER filling SET STORAGE EXTERNAL", world.name)
        for size in (1000000, 30000, 100):
            try:
                while True:
                    sql(f"INSERT INTO filler SELECT repeat('x', {size}) FROM generate_series(1, {2000000 // size})", world.name)
            except RuntimeError as error:
                check(f"filled with {size} bytes at a time", "No space left" in str(error), str(error))
        paths = []
        for number in range(1, 6):
            paths.append(world.folder / f"file{number}.csv")
            paths[-1].write_bytes(day_file(number))

        content = paths[0].read_bytes().hex()
        answer = subprocess.run(["psql", "-XqAt", "-v", "VERBOSITY=verbose", "-d", world.name], text=True, capture_output=True, check=False,
                                input=f"SELECT * FROM nem12_load('\\x{content}');")
        check("nem12_load fails with 53100", "ERROR:  53100" in answer.stderr, answer.stdout + answer.stderr[:500])

        config = world.config(merge={"every_seconds": 1})
        daemon = world.start(config)
        for path in paths:
            world.drop(path)
        wait_until("the breaker opens", 60, lambda: any(event["event"] == "breaker" and event.get("to") == "open" for event in world.events(config)))
        wait_until("/readyz says no", 30, lambda: world.get(config, "/readyz")[0] == 503)
        counts = "SELECT (SELECT count(*) FROM nem12_interval_days), nem12_staging_depth(), (SELECT count(*) FROM nem12_errors), (SELECT count(*) FROM nem12_files)"
        check("nothing is stored, staged or reported", rows(counts, world.name) == [("0", "0", "0", "0")], str(rows(counts, world.name)))
        check("no file is given up", not any(world.places(path.name) for path in paths))

        sql("DROP TABLE filler; CHECKPOINT", world.name)
        wait_until("all files are loaded", 120, lambda: value("SELECT count(*) FROM nem12_files", world.name) == str(len(paths)))
        check("every day is stored", rows(counts, world.name) == [(str(len(paths) * 60 * 28), "0", "0", str(len(paths)))], str(rows(counts, world.name)))
        wait_until("the files are archived", 30, lambda: all(world.places(path.name) == ["archive"] for path in paths))
        daemon.terminate()
        world.finish(daemon)


def main():
    if os.geteuid() != 0:
        skip("a small file system can be mounted by root only")
    with_servers()
    mount = tempfile.mkdtemp(prefix="nem12-small-")
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", mount], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            skip("a small file system cannot be mounted here: " + done.stderr.strip())
        try:
            subprocess.run(["chown", "postgres:", mount], check=True)
            test(mount)
        finally:
            subprocess.run(["umount", "-l", mount], check=False)
    finally:
        os.rmdir(mount)


main()
