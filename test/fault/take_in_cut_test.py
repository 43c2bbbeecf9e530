#!/usr/bin/env python3
"""The power goes at every change that the loader makes while it takes in and loads one file, and the disk keeps nothing that was
not flushed: the whole file is somewhere each time, in the inbox, the spool or the archive."""

import hashlib
import random

import contents
import power
import scene as scenes
from scene import w

w.with_servers()
LEAST = 10 # changes there are at least: record, name, settling


def whole(scene, data):
    """Where the file is with all its bytes."""
    wanted = hashlib.sha256(data).digest()
    folders = [scene.inbox, scene.archive, *(spool / "ready" for spool in scene.home.glob("spool-*"))]
    return [path for folder in folders for path in folder.rglob("*")
            if path.is_file() and hashlib.sha256(path.read_bytes()).digest() == wanted]


def clear(scene):
    for folder in (scene.inbox, scene.archive, scene.failed, *scene.home.glob("spool-*")):
        for path in folder.rglob("*"):
            if path.is_file() and path.name != "lock":
                path.unlink()
    scene.redis_server.call("FLUSHALL")


def main():
    with scenes.Scene("take_in", 1, contents.Maker(1)) as scene:
        cut, cut_at = power.Cut(scene, random.Random(1)), 0
        died = True
        while died:
            cut_at += 1
            data = scene.maker.good()
            scene.drop_delivery(contents.Delivery(f"{cut_at}.csv", data, good=[data]))
            disk, died = cut.live(cut_at)
            disk.replay(cut.journal)
            disk.put(disk.after_cut("drop", random.Random(cut_at)))
            if not whole(scene, data):
                left = {str(path): path.stat().st_size for path in scene.folder.rglob("*.csv")}
                w.check(f"the file is whole after a cut at change {cut_at}", False, left)
            clear(scene)
        w.check("the file is whole after a cut at each change", cut_at > LEAST, f"only {cut_at} changes were seen")
        print(f"{cut_at - 1} changes")


main()
