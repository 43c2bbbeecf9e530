#!/usr/bin/env python3
"""The daemon's HTTP endpoint beside clients that mean no good: 50 that drip, of headers or of a body, leave /livez answering within
a second and loading as fast as ever; 400 delay a probe and no more; too large and wrong requests are refused; all is well when they
are gone, and the daemon has not grown."""

import pathlib
import socket
import subprocess
import threading
import time

import loader_world as w

w.with_servers()
HEAD = b"GET /livez HTTP/1.1\r\nX: "
BODY = b"POST /livez HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"


class Drips:
    """Clients that send a byte now and then, and come again when they are cut off."""

    def __init__(self, port, count, beginning):
        self.port, self.beginning, self.stopped = port, beginning, False
        self.threads = [threading.Thread(target=self.drip, daemon=True) for _ in range(count)]

    def drip(self):
        while not self.stopped:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
                    link.sendall(self.beginning)
                    while not self.stopped:
                        time.sleep(0.3)
                        link.sendall(b"x")
            except OSError:
                time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(2)

    def __exit__(self, *_):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def answer(port, request, timeout=10):
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as link:
        link.sendall(request)
        try:
            return link.recv(100).decode(errors="replace")
        except OSError: # refused while we were still sending
            return ""


def slowest(port, times):
    """Seconds of the slowest of some probes, one after the other; each has to be answered well."""
    most = 0
    for _ in range(times):
        begin = time.monotonic()
        told = answer(port, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        if not told.startswith("HTTP/1.1 200"):
            w.check("/livez answers well", False, told)
        most = max(most, time.monotonic() - begin)
    return most


def memory(pid):
    return next(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")) * 1024


def main():
    with w.World("http") as world:
        config = world.config()
        daemon = world.start(config)
        w.wait_until("it answers", 20, lambda: world.get(config, "/livez")[0] == 200)
        port = int(config.with_suffix(".port").read_text())
        for what, beginning in (("headers", HEAD), ("bodies", BODY)):
            with Drips(port, 50, beginning):
                longest = slowest(port, 20)
                w.check(f"/livez answers within a second beside 50 that drip {what}", longest < 1, longest)
                path = world.folder / f"{what}.csv"
                subprocess.run([w.LOADER, "generate", "--nmis", "20", "--days", "20", "--seed", str(len(what)), "-o", path], check=True, capture_output=True)
                begin = time.monotonic()
                world.drop(path)
                w.wait_until("a file is loaded meanwhile", 20, lambda: world.places(path.name) == ["archive"]) # pylint: disable=cell-var-from-loop
                print(f"in {time.monotonic() - begin:.1f} s; slowest probe {longest * 1000:.0f} ms")
        for what, beginning in (("headers", HEAD), ("bodies", BODY)):
            with Drips(port, 400, beginning):
                longest = slowest(port, 4)
                print(f"slowest probe beside 400 that drip {what}: {longest:.1f} s")
                w.check(f"400 that drip {what} delay a probe only", longest < 8, longest)
        w.check("and it is quick again when they are gone", slowest(port, 20) < 1)
        for what, request, status in (("a long request", b"GET /livez HTTP/1.1\r\nX: " + b"a" * 20000 + b"\r\n\r\n", ""), ("POST", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "405"),
                                      ("another path", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", ""), ("nonsense", b"\x16\x03\x01\r\n\r\n", "")):
            told = answer(port, request)
            w.check(f"{what} is refused", not told.startswith("HTTP/1.1 200") and status in told, told)
        w.check("the daemon has not grown", memory(daemon.pid) < 64 << 20, memory(daemon.pid))
        daemon.terminate()
        world.finish(daemon)


main()
