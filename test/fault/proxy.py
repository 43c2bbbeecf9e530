"""A proxy between the loader and PostgreSQL or Redis that reads along and can do something at a named step of the protocol.

A step is what the client asks for: of PostgreSQL the statement (begin, load_begin, load_chunk, load_end, commit, merge, ...),
of Redis the queue's function (offer, claim, renew, finish, ...). A trap waits for the n-th time of a step, in one of three
phases:

    before   the request has reached the proxy and nobody else
    after    the server has the request, and is about to work on it
    answer   the server has answered, and the client does not know

and runs an action there, in the middle of that connection. The action's return value says what becomes of the connection:
None, it goes on; CUT, both ends are closed; ("hold", seconds), nothing passes for that long, and then it is cut; ("slow",
seconds), it goes on so long with a pause before each piece."""

import os
import re
import select
import socket
import struct
import threading
import time

CUT = "cut"
PHASES = ("before", "after", "answer")

STATEMENTS = [(re.compile(pattern), step) for pattern, step in (
    (rb"^BEGIN", "begin"), (rb"^COMMIT", "commit"), (rb"^SET ", "settings"), (rb"nem12_load_begin", "load_begin"),
    (rb"nem12_load_chunk", "load_chunk"), (rb"nem12_load_end", "load_end"), (rb"nem12_prepare_months", "prepare_months"),
    (rb"nem12_merge_staging", "merge"), (rb"nem12_file_loaded", "file_loaded"), (rb"nem12_report_findings", "report_findings"),
    (rb"nem12_ping_write", "ping_write"), (rb"nem12_staging_depth", "staging_depth"))]

# Steps that are work: something would be lost or doubled if they were done carelessly.
WORK = {"begin", "load_begin", "load_chunk", "load_end", "commit", "prepare_months", "merge", "report_findings", "offer", "claim",
        "renew", "finish", "retry", "record"}


class Trap:
    """Waits for the n-th `step`; `fired` is set when its action was run."""

    def __init__(self, step, phase, nth, action):
        self.step, self.phase, self.left, self.action = step, phase, nth, action
        self.failure = None
        self.fired = threading.Event()
        self.done = threading.Event()


class Connection(threading.Thread):
    """One client's connection, with one to the server."""

    def __init__(self, proxy, client):
        super().__init__(daemon=True)
        self.proxy, self.client, self.server = proxy, client, None
        self.unread = b"" # from the client, not a whole message yet
        self.answers = b"" # from the server, likewise
        self.on_answer = None
        self.working = False
        self.slow_until, self.slow_pause = 0.0, 0.0
        self.backend = None # the server process, PostgreSQL only
        self.started = False # PostgreSQL: after its startup message

    def run(self):
        try:
            self.server = socket.socket(socket.AF_UNIX)
            self.server.connect(self.proxy.upstream())
            self.pump()
        except OSError:
            pass
        finally:
            for end in (self.client, self.server):
                if end is not None:
                    end.close()
            self.working = False
            self.proxy.forget(self)

    def pump(self):
        while True:
            ready, _, _ = select.select([self.client, self.server], [], [], 0.5)
            if self.proxy.closed:
                return
            if time.monotonic() < self.slow_until:
                time.sleep(self.slow_pause)
            time.sleep(self.proxy.pause)
            if self.server in ready:
                data = self.server.recv(1 << 16)
                if not data:
                    return
                if self.on_answer:
                    trap, self.on_answer = self.on_answer, None
                    if not self.spring(trap):
                        return
                self.read_answers(data)
                self.client.sendall(data)
            if self.client in ready:
                data = self.client.recv(1 << 16)
                if not data or not self.forward(data):
                    return

    def forward(self, data):
        self.unread += data
        for message, step in self.messages():
            if step in WORK:
                self.working = True
            trap = self.proxy.trap_for(step) if step else None
            if trap and trap.phase == "before" and not self.spring(trap):
                return False
            self.server.sendall(message)
            if trap and trap.phase == "after" and not self.spring(trap):
                return False
            if trap and trap.phase == "answer":
                self.on_answer = trap
        return True

    def spring(self, trap):
        trap.fired.set()
        try:
            wish = trap.action(self)
        except Exception as error: # pylint: disable=broad-except # a server that was away already: as good as cut
            trap.failure = error
            wish = CUT
        finally:
            trap.done.set()
        if isinstance(wish, tuple) and wish[0] == "slow":
            self.slow_until, self.slow_pause = time.monotonic() + wish[1], 0.02
            return True
        if isinstance(wish, tuple) and wish[0] == "hold":
            end = time.monotonic() + wish[1]
            while time.monotonic() < end and not self.proxy.closed:
                time.sleep(0.05)
        return wish is None

    def messages(self):
        """Takes whole messages off `unread`: (bytes, step or None)."""
        while True:
            size, step = self.proxy.kind.first_message(self)
            if size == 0:
                return
            message, self.unread = self.unread[:size], self.unread[size:]
            yield message, step

    def read_answers(self, data):
        self.proxy.kind.read_answers(self, data)


class Postgres:
    """The frontend/backend protocol, as far as the steps need it."""

    @staticmethod
    def first_message(connection):
        data = connection.unread
        head = 0 if not connection.started else 1
        if len(data) < head + 4:
            return 0, None
        size = head + struct.unpack_from("!I", data, head)[0]
        if len(data) < size:
            return 0, None
        if not connection.started:
            connection.started = struct.unpack_from("!I", data, 4)[0] == 196608
            return size, "connect" if connection.started else None
        if data[:1] not in (b"P", b"Q"):
            return size, None
        text = data[5:size]
        if data[:1] == b"P":
            text = text[text.index(b"\0") + 1:]
        for pattern, step in STATEMENTS:
            if pattern.search(text[:200]):
                return size, step
        return size, None

    @staticmethod
    def read_answers(connection, data):
        connection.answers += data
        while len(connection.answers) >= 5:
            size = 1 + struct.unpack_from("!I", connection.answers, 1)[0]
            if len(connection.answers) < size:
                return
            if connection.answers[:1] == b"K":
                connection.backend = struct.unpack_from("!I", connection.answers, 5)[0]
            elif connection.answers[:1] == b"Z":
                connection.working = False
            connection.answers = connection.answers[size:]


class Redis:
    """RESP, as far as the steps need it."""

    @staticmethod
    def first_message(connection):
        data = connection.unread
        end = data.find(b"\r\n")
        if end < 0:
            return 0, None
        if data[:1] != b"*":
            return end + 2, None
        words, at = [], end + 2
        for _ in range(int(data[1:end])):
            end = data.find(b"\r\n", at)
            if end < 0:
                return 0, None
            size = int(data[at + 1:end])
            if len(data) < end + 4 + size:
                return 0, None
            words.append(data[end + 2:end + 2 + size])
            at = end + 4 + size
        step = None
        if len(words) > 1 and words[0].startswith(b"FCALL"):
            step = words[1].decode().removeprefix("nem12_")
        elif words and words[0] == b"FUNCTION":
            step = "functions"
        return at, step

    @staticmethod
    def read_answers(connection, _data):
        connection.working = False # one request at a time


class Proxy(threading.Thread):
    """Listens at a socket for one server. `upstream()` says where the server's own socket is, asked for each connection."""

    def __init__(self, path, upstream, kind):
        super().__init__(daemon=True)
        self.upstream, self.kind = upstream, kind
        self.lock = threading.Lock()
        self.traps, self.connections = [], set()
        self.seen = {} # step: how often
        self.closed = False
        self.refusing = False
        self.pause = 0 # seconds before each piece, of every connection: a slow server
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        os.chmod(path, 0o777)
        self.listener.listen(64)
        self.start()

    def run(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                client.close()
                continue
            connection = Connection(self, client)
            with self.lock:
                self.connections.add(connection)
            connection.start()

    def forget(self, connection):
        with self.lock:
            self.connections.discard(connection)

    def arm(self, step, phase, nth, action):
        trap = Trap(step, phase, nth, action)
        with self.lock:
            self.traps.append(trap)
        return trap

    def disarm(self, trap):
        """False when it is springing already."""
        with self.lock:
            if trap in self.traps:
                self.traps.remove(trap)
                return True
            return False

    def trap_for(self, step):
        with self.lock:
            self.seen[step] = self.seen.get(step, 0) + 1
            for trap in self.traps:
                if trap.step == step:
                    trap.left -= 1
                    if trap.left <= 0:
                        self.traps.remove(trap)
                        return trap
        return None

    def busy(self):
        with self.lock:
            return any(connection.working for connection in self.connections)

    def cut_all(self):
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.closed = True
        self.listener.close()
        self.cut_all()
