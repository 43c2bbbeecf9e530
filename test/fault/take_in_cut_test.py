#!/usr/bin/env python3
"""The power goes at every change that the loader makes while it takes in and ends one delivery: a good file, a malformed one, an
archive of both, and several at once, which share one flush of the disk. The disk keeps nothing that was not flushed, or all names
and no such bytes, or any of it. Each content is whole somewhere each time, in the inbox, the spool or where it ends, what is in the
spool has its record, and nothing spoiled lies among the files that were set aside."""
# runs first

import json
import random

import contents
import power
import scene as scenes
from scene import w

w.with_servers()
LEAST = 5 # changes there are at least


def files_below(*folders):
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def has_record(record):
    try:
        return json.loads(record.read_text())["sha256"] == record.stem
    except (OSError, ValueError):
        return False


def without_record(scene):
    """The spool's files of which nobody knows whose they are."""
    for spool in scene.home.glob("spool-*"):
        for bytes_of, records in (("ready", "meta"), ("parcels", "parcels")):
            for path in files_below(spool / bytes_of):
                if path.suffix != ".json" and not path.name.startswith(".") and not has_record(spool / records / f"{path.name}.json"):
                    yield path.name


def look(scene, deliveries, where):
    """What a person would find after the power came back. An archive's members count as there while the archive is."""
    known = {content for delivery in deliveries for content in (delivery.sha, *delivery.good, *delivery.bad)}
    spool = [folder for spool in scene.home.glob("spool-*") for folder in (spool / "ready", spool / "parcels")]
    found = {contents.sha256(path.read_bytes()) for path in files_below(scene.inbox, scene.archive, scene.rejected, *spool)}
    missing = {content for delivery in deliveries if delivery.sha not in found for content in (*delivery.good, *delivery.bad)} - found
    w.check(f"{where}: every content is whole somewhere", not missing, sorted(missing)) if missing else None
    nameless = list(without_record(scene))
    w.check(f"{where}: what is in the spool has its record", not nameless, nameless) if nameless else None
    aside = [path for path in files_below(scene.archive, scene.rejected, scene.failed) if ".report." not in path.name]
    spoiled = [f"{path.name}: {path.stat().st_size} bytes" for path in aside if contents.sha256(path.read_bytes()) not in known]
    w.check(f"{where}: nothing spoiled was set aside", not spoiled, spoiled) if spoiled else None


def clear(scene):
    for path in files_below(scene.inbox, scene.archive, scene.rejected, scene.failed, *scene.home.glob("spool-*")):
        if path.name != "lock":
            path.unlink()
    scene.redis_server.call("FLUSHALL")


def delivery_of(kind, name, scene):
    good, bad = scene.maker.good(), contents.malformed(scene.maker.dice)
    if kind == "good":
        return contents.Delivery(f"{name}.csv", good, good=[good])
    if kind == "malformed":
        return contents.Delivery(f"{name}.csv", bad, bad=[bad])
    return contents.Delivery(f"{name}.zip", contents.zip_of([good, bad], scene.maker.dice), good=[good], bad=[bad])


def cut_everywhere(scene, *kinds):
    cut, cut_at, died = power.Cut(scene, random.Random(1)), 0, True
    while died:
        cut_at += 1
        deliveries = [delivery_of(kind, f"{cut_at}-{number}", scene) for number, kind in enumerate(kinds)]
        for delivery in deliveries:
            scene.drop_delivery(delivery)
        disk, died = cut.live(cut_at)
        disk.replay(cut.journal)
        for number, mode in enumerate(("names", "drop", *["random"] * 8)):
            disk.put(disk.after_cut(mode, random.Random(100 * cut_at + number)))
            look(scene, deliveries, f"{', '.join(kinds)}, cut at change {cut_at}, {mode} {number}")
        clear(scene)
    w.check(f"{', '.join(kinds)}: whole after a cut at each of {cut_at - 1} changes", cut_at > LEAST, f"only {cut_at - 1} were seen")


def main():
    with scenes.Scene("take_in", 1, contents.Maker(1)) as scene:
        for kinds in (["good"], ["malformed"], ["archive", "good", "malformed", "good"]):
            cut_everywhere(scene, *kinds)


main()
