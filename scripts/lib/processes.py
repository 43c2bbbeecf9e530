"""What a process uses of this machine, for tests and benchmarks."""

import pathlib
import threading


def children_of(parent):
    """Process ids; none if the parent is gone."""
    try:
        return [int(pid) for pid in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def private_kb(pid):
    """Memory of a process that is its own (no shared buffers), in kB; 0 if it is gone."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


class PeakMemory:
    """`kb`: the greatest private memory of any one process that `pids()` names, from `with` to the end of its block."""

    def __init__(self, pids):
        self.pids = pids
        self.kb = 0
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self.watch)

    def watch(self):
        while not self.done.wait(0.02):
            self.kb = max([self.kb, *map(private_kb, self.pids())])

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.watcher.join()
