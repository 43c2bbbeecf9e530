#!/usr/bin/env python3
"""The benchmark measures and compares answers: a few parts of it, on next to no data, so that it does not break unseen."""

import json
import os
import subprocess
import tempfile

import store

FIGURES = {"newer", "older", "everything", "month", "profile", "daily", "everything_by_hand", "newest", "newest_buffers", "channel_month", "bytes", "loader_mb", "backend_mb"}


def test():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([os.path.join(store.ROOT, "bench", "run"), "--scale", "0.01", "--runs", "1", "--reports", folder, "--only", "corrections",
                               "--only", "queries", "--only", "memory"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        print(done.stdout)
        store.expect(done.returncode, 0, "exit status")
        with open(os.path.join(folder, "bench.json"), encoding="utf-8") as file:
            figures = json.load(file)["figures"]
    store.expect(FIGURES - set(figures), set(), "figures that are missing")
    for name, figure in figures.items():
        store.expect(figure["min"] <= figure["median"] <= figure["max"], True, f"{name} is between its least and its most")
        good = figure["median"] <= figure["must"] if figure["better"] == "less" else figure["median"] >= figure["must"]
        store.expect(figure["verdict"] in (("ok", "goal") if good else ("MISSED",)), True, f"{name}: {figure['verdict']}")
    store.expect(figures["newest_buffers"]["verdict"], "ok", "the newest reading in at most 20 buffers")


test()
