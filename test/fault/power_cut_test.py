#!/usr/bin/env python3
"""The simulated power cut itself: a program with the shim does what loaders do, right and wrong, and the tree that a cut
leaves is looked at."""

import os
import pathlib
import random
import subprocess
import sys
import tempfile

import power
from scene import w

PROGRAM = r"""
import os, sys
def write(path, data, sync):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(fd, data)
    if sync:
        os.fsync(fd)
    os.close(fd)
def sync_folder(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
os.chdir(sys.argv[1])
write("all-flushed", b"whole", True)
sync_folder(".")
write("name-only", b"never flushed", False)
sync_folder(".")
write("bytes-only", b"flushed", True)
os.mkdir("folder")
sync_folder(".")
write("folder/x", b"moved", True)
os.rename("folder/x", "moved-and-flushed")
sync_folder(".")
os.rename("before", "after")
os.unlink("removed")
os.link("kept", "linked")
fd = os.open("grown", os.O_WRONLY | os.O_APPEND)
os.write(fd, b" and flushed")
os.fsync(fd)
os.write(fd, b" and not")
os.close(fd)
os.mkdir("lost-folder")
write("lost-folder/y", b"y", True)
sync_folder("lost-folder")
"""


def run(tree, journal, cut_at=None):
    environment = {**os.environ, "LD_PRELOAD": str(power.shim()), "NEM12_POWER_JOURNAL": str(journal),
                   "NEM12_POWER_TREE": str(tree)}
    if cut_at:
        environment["NEM12_POWER_CUT_AT"] = str(cut_at)
    return subprocess.run([sys.executable, "-c", PROGRAM, tree], env=environment, check=False).returncode


def prepared(folder):
    tree = pathlib.Path(folder).resolve() / "tree"
    (tree / "inbox").mkdir(parents=True)
    for name in ("before", "removed", "kept", "grown"):
        (tree / name).write_text(name)
    (tree / "inbox" / "sent").write_text("sent")
    return tree, power.Disk([tree], inbox=tree / "inbox")


def what_is(tree):
    return {str(path.relative_to(tree)): path.read_bytes() if path.is_file() else None for path in tree.rglob("*")}


def main():
    if not power.shim().exists():
        w.skip("the shim is not built")
    with tempfile.TemporaryDirectory() as folder:
        tree, disk = prepared(folder)
        w.check("the program runs with the shim", run(tree, f"{folder}/journal") == 0)
        live = what_is(tree)
        disk.replay(f"{folder}/journal")
        disk.put(disk.after_cut("keep", random.Random(1)))
        w.check("the journal makes the same tree again", what_is(tree) == live, f"{what_is(tree)}\n{live}")
        disk.put(disk.after_cut("drop", random.Random(1)))
        left = what_is(tree)
        w.check("what was flushed is there, with its name",
                left.get("all-flushed") == b"whole" and left.get("moved-and-flushed") == b"moved", left)
        w.check("a file that was not flushed is empty", left.get("name-only") == b"", left)
        # "bytes-only" was flushed before its folder, by the flush that also kept "folder".
        w.check("a folder that was flushed later keeps the names before",
                left.get("bytes-only") == b"flushed" and "folder" in left, left)
        w.check("a rename, a removal, a link that were not flushed are undone",
                left.get("before") == b"before" and "after" not in left and left.get("removed") == b"removed" and "linked" not in left,
                left)
        w.check("of a file's bytes those of the last flush are there", left.get("grown") == b"grown and flushed", left)
        w.check("what lies in a folder that was lost is lost", "lost-folder" not in left and "lost-folder/y" not in left, left)
        w.check("what waits in the inbox is its sender's", left.get("inbox/sent") == b"sent", left)
        lives = 0
        for cut_at in range(1, 60):
            with tempfile.TemporaryDirectory() as other:
                tree, disk = prepared(other)
                code = run(tree, f"{other}/journal", cut_at)
                lives += 1
                if code == 0:
                    break
                w.check(f"the process dies at its change {cut_at}", code == -9) if cut_at == 1 else None
                if code != -9:
                    w.check("the process dies by the cut", False, code)
                live = what_is(tree)
                disk.replay(f"{other}/journal")
                for mode in ("random", "drop"):
                    disk.put(disk.after_cut(mode, random.Random(cut_at)))
                    for path, data in what_is(tree).items():
                        kept = (data or b"").rstrip(b"\0") # zeros: where the length was written down and the bytes were not
                        if kept and path in live and (not live[path].startswith(kept) or len(data) > len(live[path])):
                            w.check("a cut invents nothing", False, (cut_at, mode, path, data, live[path]))
                disk.put(disk.after_cut("keep", random.Random(1)))
                if what_is(tree) != live:
                    w.check("the journal has everything up to the cut", False, (cut_at, what_is(tree), live))
        w.check("the process can be cut at each of its changes", 20 < lives < 59, lives)


main()
