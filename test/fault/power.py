"""A power cut, simulated. The loader runs with the shim (shim/power_cut_shim.cpp), which writes a journal of every change it
makes to its directories and of what it flushed to the disk, and kills it at one of these changes. From the state before and the
journal the tree is made that the disk holds after the power came back, and put in place of what is there. PostgreSQL is stopped
the immediate way at the same moment, and Redis killed: what they had flushed is their business.

What a disk keeps, here: the bytes of a file as they were when the file was flushed last (fsync), names as they were when their
folder was flushed last, and everything when the whole file system was (syncfs). Beyond that, by `mode`:

    drop     nothing: a file that was never flushed is empty, a name that was not is not there, a removed one is back
    random   any of it: each change of a name is kept or not, the unflushed bytes of a file up to some point, and half the time
             zeros from there to its length, as file systems leave it that write down the length before the bytes
    names    every name, and of the bytes what was flushed: as file systems do it that write names down first
    keep     everything: as after a kill of the process

A rename is one change, kept when the folder of its new name was flushed, as journalling file systems do it. Files still in
the inbox are their senders' business and whole; but one that the loader moved out of it is as durable as the loader made it."""

import os
import pathlib
import random
import subprocess
import time

import scene as scenes
from scene import ROOT, w


def shim():
    return ROOT / "build" / "libnem12_power_cut_shim.so"


class File:
    """The bytes of one inode: as they are, and as the disk has them."""

    def __init__(self, data=b"", durable=b"", sent=False):
        self.data, self.durable = bytearray(data), bytes(durable)
        self.sent = sent # from a sender, and not flushed by the loader yet


FOLDER = object()


class Change:
    """One change of names; applied to a tree only when it is kept."""

    def __init__(self, kind, path, item, old=None):
        self.kind, self.path, self.item, self.old = kind, path, item, old
        self.durable = False

    def apply(self, names):
        if self.kind in ("create", "folder", "link"):
            names[self.path] = self.item
        elif self.kind == "rename":
            names[self.path] = self.item
            if names.get(self.old) is self.item:
                del names[self.old]
        elif names.get(self.path) is self.item or self.kind == "remove_folder":
            names.pop(self.path, None)


class Disk:
    """Names and files of a tree at a moment, and what became of them by a journal. `inbox`: the senders' folder."""

    def __init__(self, roots, inbox=None):
        self.roots, self.inbox = [pathlib.Path(root) for root in roots], str(inbox) if inbox else None
        self.base, self.inodes = {}, {}
        for root in self.roots:
            if root.is_dir():
                self.take(root)
        self.names, self.changes = dict(self.base), []

    def take(self, folder):
        self.base[str(folder)] = FOLDER
        for entry in os.scandir(folder):
            if entry.is_dir():
                self.take(entry.path)
                continue
            inode = entry.inode()
            if inode not in self.inodes:
                data = pathlib.Path(entry.path).read_bytes()
                sent = self.inbox is not None and os.path.dirname(entry.path) == self.inbox
                self.inodes[inode] = File(data, b"" if sent else data, sent)
            self.base[entry.path] = self.inodes[inode]

    def covers(self, path):
        return any(path == str(root) or path.startswith(f"{root}/") for root in self.roots)

    def replay(self, journal):
        """Reads the journal; returns the number of its lines. A line that the kill cut short is none."""
        data, at, lines = pathlib.Path(journal).read_bytes() if os.path.exists(journal) else b"", 0, 0
        while (end := data.find(b"\n", at)) >= 0:
            words = data[at:end].decode().split("\t")
            at = end + 1
            if words[0] == "write":
                size = int(words[3])
                if len(data) < at + size + 1:
                    break
                self.write(int(words[1]), int(words[2]), data[at:at + size])
                at += size + 1
            else:
                self.follow(*words)
            lines += 1
        return lines

    def write(self, inode, offset, data):
        file = self.inodes.get(inode)
        if file:
            file.data.extend(b"\0" * (offset - len(file.data)))
            file.data[offset:offset + len(data)] = data

    def change(self, change):
        self.changes.append(change)
        change.apply(self.names)

    def follow(self, kind, *words):
        if kind == "sync_all":
            for change in self.changes:
                change.durable = True
            for item in list(self.names.values()):
                if item is not FOLDER:
                    self.flush(item)
        elif kind == "sync":
            if int(words[0]) in self.inodes:
                self.flush(self.inodes[int(words[0])])
        elif kind == "sync_folder":
            for change in self.changes:
                if os.path.dirname(change.path) == words[0]:
                    change.durable = True
        elif kind == "cut":
            if int(words[0]) in self.inodes:
                file = self.inodes[int(words[0])]
                file.data = bytearray(bytes(file.data[:int(words[1])]).ljust(int(words[1]), b"\0"))
        elif not self.covers(words[-1]):
            return
        elif kind == "create":
            self.inodes[int(words[0])] = file = File()
            self.change(Change("create", words[1], file))
        elif kind == "folder":
            self.change(Change("folder", words[0], FOLDER))
        elif kind == "link":
            self.change(Change("link", words[1], self.names[words[0]]))
        elif kind == "rename":
            self.change(Change("rename", words[1], self.names[words[0]], words[0]))
        elif kind in ("remove", "remove_folder"):
            self.change(Change(kind, words[0], self.names.get(words[0])))

    @staticmethod
    def flush(file):
        file.durable, file.sent = bytes(file.data), False

    def after_cut(self, mode, dice):
        """{path: File or FOLDER}, with each file's `kept` bytes."""
        names = dict(self.base)
        for change in self.changes:
            if change.durable or mode in ("keep", "names") or (mode == "random" and dice.random() < 0.5):
                change.apply(names)
        for path in sorted(names): # a name in a folder that was lost is lost
            if path not in map(str, self.roots) and names.get(os.path.dirname(path)) is not FOLDER:
                del names[path]
        in_inbox = {id(item) for path, item in names.items() if self.inbox and os.path.dirname(path) == self.inbox}
        for file in {id(item): item for item in names.values() if item is not FOLDER}.values():
            data = bytes(file.data)
            if mode == "keep" or (file.sent and id(file) in in_inbox):
                file.kept = data
            elif mode == "random" and data != file.durable:
                grown = data.startswith(file.durable)
                file.kept = data[:dice.randint(len(file.durable), len(data))] if grown else file.durable
                if grown and dice.random() < 0.5:
                    file.kept = file.kept.ljust(len(data), b"\0")
            else:
                file.kept = file.durable
        return names

    def put(self, names):
        """Makes the tree so."""
        for root in self.roots:
            subprocess.run(["find", root, "-mindepth", "1", "-delete"], check=False, stderr=subprocess.DEVNULL)
        written = {}
        for path in sorted(names):
            item = names[path]
            if item is FOLDER:
                os.makedirs(path, exist_ok=True)
            elif id(item) in written:
                os.link(written[id(item)], path)
            else:
                pathlib.Path(path).write_bytes(item.kept)
                written[id(item)] = path


class Cut:
    """One life of the daemon that ends by a power cut."""

    def __init__(self, scene, dice):
        self.scene, self.dice = scene, dice
        self.journal = scene.folder / "journal"
        self.was_busy = False

    def dies(self, daemon, seconds=6):
        """False when the daemon lives on: it has had nothing left to do for a while, or a lot of time."""
        end, quiet_since = time.monotonic() + seconds, None
        while daemon.poll() is None and (now := time.monotonic()) < end:
            if self.scene.leftovers():
                quiet_since = None
            elif now - (quiet_since := quiet_since or now) > 0.5:
                break
            time.sleep(0.02)
        return daemon.poll() is not None

    def live(self, cut_at):
        """Runs the daemon until its `cut_at`-th change, or until it has come to rest; returns the disk and whether it was cut."""
        scene = self.scene
        disk = Disk([scene.inbox, scene.archive, scene.rejected, scene.failed,
                     *(scene.home / f"spool-{config.stem}" for config in scene.configs)], inbox=scene.inbox)
        self.journal.unlink(missing_ok=True)
        config = scene.configs[0]
        scene.environment = {"LD_PRELOAD": str(shim()), "NEM12_POWER_JOURNAL": str(self.journal),
                             "NEM12_POWER_TREE": str(scene.folder), "NEM12_POWER_CUT_AT": str(cut_at)}
        scene.start_daemon(config)
        scene.environment = {}
        cut = self.dies(scene.running[config])
        self.was_busy = cut or scene.busy()
        if not cut:
            scene.kill_daemon()
        return disk, cut

    def run(self):
        """True when the power went at a change, False when the daemon had come to rest before."""
        scene, dice = self.scene, self.dice
        files = dice.choice([1, 2, 3, 6, 12])
        for _ in range(files):
            scene.drop_delivery(scene.maker.next())
        mode = dice.choice(["drop", "random", "names", "keep"])
        disk, _ = self.live(dice.randint(1, 25 + 14 * files))
        w.server("postgres", "stop", "immediate")
        w.server("redis", "kill")
        disk.replay(self.journal)
        disk.put(disk.after_cut(mode, random.Random(dice.randrange(2 ** 32))))
        if dice.random() < 0.3:
            for part in pathlib.Path(os.environ["NEM12_SERVERS"]).glob("appendonlydir"):
                subprocess.run(["rm", "-rf", part], check=True)
        scenes.start_postgres()
        scenes.start_redis()
        time.sleep(0.05)
        return self.was_busy
