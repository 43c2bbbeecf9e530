#!/usr/bin/env python3
"""The bar of `load` on a terminal: readings are counted while one file is under way, and what is drawn goes up to 100 %."""

import os
import re
import subprocess
import tempfile

import loader_world as w

w.with_servers()


def main():
    w.sql("CREATE EXTENSION nem12")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/large.csv"
        subprocess.run([w.LOADER, "generate", "--nmis", "100", "--days", "200", "-o", path], check=True)
        terminal, stderr = os.openpty()
        with subprocess.Popen([w.LOADER, "load", "--set", "process.chunk_bytes=65536", path], stdout=subprocess.PIPE, stderr=stderr) as load:
            os.close(stderr)
            drawn = b""
            try:
                while piece := os.read(terminal, 65536):
                    drawn += piece
            except OSError:  # the other end is closed
                pass
            told = load.stdout.read().decode()
        w.check("it is loaded", load.returncode == 0, told)
        total = int(re.search(r"([\d,]+) readings in", told).group(1).replace(",", ""))
        lines = re.findall(r"(\d+) %  ([\d,]+) readings  \(([\d,]+)/s\)", drawn.decode())
        w.check("a bar is drawn", lines, drawn)
        on_the_way = [(int(percent), int(readings.replace(",", ""))) for percent, readings, _ in lines if 0 < int(percent) < 100]
        w.check("there is a bar on the way", on_the_way, lines)
        w.check("it counts readings in proportion", all(abs(readings / total - percent / 100) < 0.02 for percent, readings in on_the_way), on_the_way)
        w.check("it only grows", on_the_way == sorted(on_the_way), on_the_way)


main()
