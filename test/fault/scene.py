"""One run of the fault harness: a database, a queue and directories of its own, daemons behind proxies, and a feeder."""

import collections
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "test" / "system"), str(ROOT / "test" / "fault")]

# The programs themselves: Debian's psql in /usr/bin is a wrapper that takes longer than a question.
PG_BIN = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], text=True, capture_output=True, check=True).stdout.strip()
os.environ["PATH"] = f"{PG_BIN}:{os.environ['PATH']}"

import loader_world as w # noqa: E402
import proxy # noqa: E402


def create_database(name, options=""):
    """A copy of a database that has the extension: quicker than creating it each time."""
    if w.value("SELECT count(*) FROM pg_database WHERE datname = 'with_nem12'", "postgres") == "0":
        w.sql("CREATE DATABASE with_nem12", "postgres")
        w.sql("CREATE EXTENSION nem12", "with_nem12")
    w.sql(f"CREATE DATABASE {name} TEMPLATE with_nem12 {options}", "postgres")


class RedisServer:
    """A client of the real Redis, for faults and for the oracle. One connection a call: the server comes and goes."""

    def call(self, *words):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(os.environ["NEM12_REDIS_SOCKET"])
            encoded = [word.encode() for word in words]
            link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
            return self.reply(link.makefile("rb"))

    def reply(self, file):
        line = file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if int(rest) < 0 else file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self.reply(file) for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind == b"-":
            raise OSError(rest.decode())
        if kind != b"+":
            raise OSError("Redis closed the connection")
        return rest.decode()

    def is_up(self):
        with contextlib.suppress(OSError):
            return self.call("PING") == "PONG"
        return False


class Scene(w.World):
    """Everything one run needs. `seed` makes its files; `settings` go over the configuration; `disk`: a folder on another
    disk that holds spool, archive, rejected and failed."""

    def __init__(self, name, seed, maker, disk=None, daemons=1, environment=None, settings=None, database_options=""):
        self.database_options = database_options
        super().__init__(f"{name}_{seed}")
        self.seed, self.maker, self.environment = seed, maker, environment or {}
        self.redis_server = RedisServer()
        self.made_at = time.monotonic()
        self.home = pathlib.Path(disk) if disk else self.folder
        self.archive, self.rejected, self.failed = (self.home / part for part in ("archive", "rejected", "failed"))
        self.deliveries, self.optional, self.optional_names = [], {}, collections.Counter()
        self.lock = threading.Lock()
        self.pg_folder = self.folder / "pg"
        self.pg_folder.mkdir()
        self.pg_port = os.environ["PGPORT"]
        self.pg_upstream = os.path.join(os.environ["PGHOST"], ".s.PGSQL." + self.pg_port)
        self.pg = proxy.Proxy(self.pg_folder / ".s.PGSQL.5432", lambda: self.pg_upstream, proxy.Postgres)
        self.redis = proxy.Proxy(self.folder / "redis.sock", lambda: os.environ["NEM12_REDIS_SOCKET"], proxy.Redis)
        self.configs = [self.make_config(f"d{number}", settings or {}) for number in range(daemons)]
        self.running = {} # config: process
        self.loader_starts = 0
        self.feeding = None
        self.stop_feeding = threading.Event()

    def make_config(self, name, settings):
        sections = {
            "database": {"conninfo": f"host={self.pg_folder} port=5432 dbname={self.name} user={os.environ['PGUSER']} "
                                     "target_session_attrs=read-write"},
            "redis": {"url": f"unix://{self.folder}/redis.sock"},
            "ingest": {"inbox": str(self.inbox), "spool": str(self.home / f"spool-{name}"), "archive": str(self.archive),
                       "rejected": str(self.rejected), "failed": str(self.failed), "quiet_ms": 20, "rescan_ms": 100},
            "queue": {"lease_seconds": 3, "max_deliveries": 1000, "max_attempts": 1000, "retry_seconds": 1},
            "process": {"workers": 3, "chunk_bytes": 16384, "job_timeout_seconds": 30, "drain_seconds": 5},
            "breaker": {"backoff_ms": 20, "backoff_max_ms": 200, "open_for_ms": 200, "open_max_ms": 500,
                        "canary_timeout_ms": 1000},
            "log": {"level": "info"},
        }
        for section, keys in settings.items():
            sections.setdefault(section, {}).update(keys)
        return self.config(name, **sections)

    def create_database(self):
        create_database(self.name, self.database_options)

    # Daemons

    def start_daemon(self, config, *options):
        self.loader_starts += 1
        log = open(config.with_suffix(".log"), "ab")
        self.running[config] = subprocess.Popen([w.LOADER, "run", "--config", config, *options], stderr=log, stdout=log,
                                                stdin=subprocess.DEVNULL, env={**os.environ, **self.environment})
        log.close()
        self.daemons.append(self.running[config])

    def start_daemons(self):
        for config in self.configs:
            if config not in self.running or self.running[config].poll() is not None:
                self.start_daemon(config)

    def kill_daemon(self, number=0, how=signal.SIGKILL):
        daemon = self.running[self.configs[number % len(self.configs)]]
        daemon.send_signal(how)
        daemon.wait(30)

    # Files

    def drop_delivery(self, delivery):
        with self.lock:
            self.deliveries.append(delivery)
        hidden = self.inbox / f".{delivery.name}.tmp"
        hidden.write_bytes(delivery.data)
        hidden.rename(self.inbox / delivery.name)

    def waiting_files(self):
        return len(os.listdir(self.inbox)) + sum(len(os.listdir(spool / "ready")) for spool in self.home.glob("spool-*")
                                                 if (spool / "ready").is_dir())

    def feed(self, most, keep=8):
        """Keeps a few files waiting, so that a fault always finds work, until told to stop or `most` are dropped."""
        def run():
            while not self.stop_feeding.is_set() and len(self.deliveries) < most:
                if self.waiting_files() < keep:
                    with self.lock:
                        delivery = self.maker.large() if self.maker.dice.random() < 0.15 else self.maker.next()
                    self.drop_delivery(delivery)
                    self.stop_feeding.wait(0.04)
                else:
                    self.stop_feeding.wait(0.02)
        self.stop_feeding.clear()
        self.feeding = threading.Thread(target=run, daemon=True)
        self.feeding.start()

    def stop_feeder(self):
        self.stop_feeding.set()
        if self.feeding:
            self.feeding.join()

    def leftovers(self):
        kept = list(self.inbox.iterdir())
        for spool in self.home.glob("spool-*"):
            kept += [path for part in ("ready", "meta", "parcels", "tmp") for path in (spool / part).glob("*")]
        return kept

    def busy(self):
        return self.pg.busy() or self.redis.busy()

    # Servers

    def postgres_is_up(self):
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as link:
            link.connect(self.pg_upstream)
            return True
        return False

    def heal(self):
        """Whatever the last fault left down comes up again."""
        self.heal_servers()
        self.start_daemons()

    def heal_servers(self):
        if not self.redis_server.is_up():
            start_redis()
        if not self.postgres_is_up():
            self.start_postgres()
        w.wait_until("PostgreSQL takes writes", 60, self.postgres_takes_writes)

    def start_postgres(self):
        start_postgres()

    def postgres_takes_writes(self):
        with contextlib.suppress(RuntimeError):
            return w.value("SELECT pg_is_in_recovery()", "postgres") == "f"
        return False

    def finish_run(self, seconds=90):
        """Lets everything come to its end: nothing waits, nothing is staged, no daemon runs."""
        self.stop_feeder()
        self.heal()
        for config in self.configs:
            self.running[config].send_signal(signal.SIGTERM)
        for config in self.configs:
            try:
                self.running[config].wait(60)
            except subprocess.TimeoutExpired:
                return f"the daemon does not end in 60 s after SIGTERM:\n{self.status_text()}"
        # Each works off its own spool; the last one also what only then came into the inbox.
        end = time.monotonic() + seconds
        for config in [*self.configs, *(self.configs[:1] if len(self.configs) > 1 else [])]:
            self.start_daemon(config, "--until-idle")
            try:
                code = self.running[config].wait(max(1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                return f"the daemon does not come to its end in {seconds} s:\n{self.status_text()}"
            if code != 0:
                return f"the daemon exits with {code}"
        # Merges of the daemon may have been cut short after its last look.
        w.sql("SELECT nem12_merge_staging()", self.name)
        return None

    def __exit__(self, kind, value, trace):
        self.stop_feeding.set()
        super().__exit__(kind, value, trace)
        self.pg.close()
        self.redis.close()
        if self.home != self.folder:
            for part in ("archive", "rejected", "failed"):
                shutil.rmtree(self.home / part, ignore_errors=True)
            for spool in self.home.glob("spool-*"):
                shutil.rmtree(spool, ignore_errors=True)
        with contextlib.suppress(RuntimeError):
            w.sql(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", "postgres")
        with contextlib.suppress(OSError):
            self.redis_server.call("FLUSHALL")


def start_postgres():
    """Starts the private server; after a kill -9 its children may hold the shared memory a moment longer."""
    for attempt in range(20):
        done = subprocess.run([ROOT / "scripts" / "private-postgres", "start"], text=True, capture_output=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.2 * (attempt + 1))
    raise RuntimeError(f"PostgreSQL does not start:\n{done.stderr}")


def start_redis():
    for _ in range(20):
        done = subprocess.run([ROOT / "scripts" / "private-redis", "start"], text=True, capture_output=True, check=False)
        if done.returncode == 0:
            return
        time.sleep(0.2)
    raise RuntimeError(f"Redis does not start:\n{done.stderr}")


def pid_of(file):
    return int(pathlib.Path(file).read_text().split()[0])


def postmaster_pid():
    return pid_of(os.path.join(os.environ["NEM12_PG_DATA"], "postmaster.pid"))


def redis_pid():
    return pid_of(os.path.join(os.environ["NEM12_SERVERS"], "redis.pid"))
