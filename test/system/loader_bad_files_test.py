#!/usr/bin/env python3
"""1,000 malformed files in a row do not open the breaker, and do not slow the good ones by more than a tenth.

The same good files are loaded with and without malformed ones before, between and after them, in turns. What is compared is the
time the good files spent being loaded, as the daemon logs it; the medians of the rounds of each kind, at least three, because
single rounds vary by a third on a shared machine. More rounds are run, up to NEM12_BAD_FILES_ROUNDS, while the bound is not met.
Nothing else runs meanwhile: the daemon ends by itself, and its folders stay until the last round is over, since a disk that has
just lost thousands of files makes new ones slowly."""
# runs alone

import contextlib
import os
import statistics
import subprocess

import loader_world as w

w.with_servers()
BAD = 1000
ROUNDS = int(os.environ.get("NEM12_BAD_FILES_ROUNDS", "12"))
GOOD = 12


def generate(folder):
    folder.mkdir()
    good, bad = [], []
    for number in range(GOOD):
        path = folder / f"good-{number}.csv"
        subprocess.run([w.LOADER, "generate", "--interval", "5", "--nmis", "60", "--days", "30", "--start", "2024-03-01", "--seed",
                        str(number), "-o", path], check=True, stdout=subprocess.DEVNULL)
        good.append(path)
    sample = folder / "sample.csv"
    subprocess.run([w.LOADER, "generate", "--kind", "malformed", "--interval", "30", "--nmis", "3", "--days", "3", "-o", sample],
                   check=True, stdout=subprocess.DEVNULL)
    lines = sample.read_text().split("\r\n")
    for number in range(BAD): # each a content of its own
        path = folder / f"bad-{number}.csv"
        path.write_text("\r\n".join([lines[0].replace("GENMDP", f"G{number}")] + lines[1:]), newline="")
        bad.append(path)
    return good, bad


def one_round(world, good, bad):
    """Seconds of loading for the good files."""
    w.sql("SELECT nem12_prepare_months('{2024-03-01}')", world.name)
    spread = max(1, len(bad) // (len(good) + 1))
    for number in range(len(good) + 1):
        for path in bad[number * spread:(number + 1) * spread if number < len(good) else None]:
            world.drop(path)
        if number < len(good):
            world.drop(good[number])
    config = world.config(process={"workers": 1}, ingest={"on_success": "delete"})
    world.finish(world.start(config, "--until-idle"))
    events = world.events(config)
    loaded = [event["seconds"] for event in events if event["event"] == "file_loaded"]
    w.check("the good files are loaded", len(loaded) == len(good))
    w.check("the malformed ones are rejected", sum(event["event"] == "file_rejected" for event in events) == len(bad))
    w.check("the breaker never moved", not any(event["event"] == "breaker" for event in events))
    w.check("nothing is left over", not world.leftovers())
    w.check("nem12_errors tells of every malformed file", int(w.value(
        "SELECT count(DISTINCT sha256) FROM nem12_errors", world.name)) == len(bad))
    return sum(loaded)


def main():
    with contextlib.ExitStack() as worlds:
        good, bad = generate(worlds.enter_context(w.World("files")).folder / "files")
        without, among = [], []
        for _ in range(ROUNDS):
            without.append(one_round(worlds.enter_context(w.World("bad_files")), good, []))
            among.append(one_round(worlds.enter_context(w.World("bad_files")), good, bad))
            slower = statistics.median(among) / statistics.median(without) - 1
            print(f"good files alone {without[-1]:.3f} s, among {len(bad)} malformed {among[-1]:.3f} s; so far {slower * 100:+.1f} %")
            if len(among) >= 3 and slower <= 0.10:
                break
        w.check("not slower by more than a tenth", slower <= 0.10, f"{without} {among}")


main()
