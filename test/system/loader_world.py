"""What the loader's system tests share: private servers, daemons, the corpus, and the questions asked at the end."""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import socket
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOADER = ROOT / "build" / "nem12-loader"
CORPUS = pathlib.Path(os.environ.get("NEM12_CORPUS", ROOT.parent / "shared" / "corpus"))
SKIP = 77

# Files of the corpus that the strict dialect refuses: a 300 over three lines, and negative quantities of old NEM13 files.
REFUSED = {"NEM12#Scenario10#ETSAMDP#NEMMCO.zip", "NEM13#000000000000012#CNRGYMDP#NEMMCO.zip",
           "NEM13#Scenario12#POWERMDP#NEMMCO.zip", "NEM13#Scenario12#UNITEDDP#NEMMCO.zip"}


def with_servers():
    """Runs this program again beside a private PostgreSQL and Redis, unless it is already."""
    if "NEM12_SERVERS" not in os.environ:
        os.execv(ROOT / "scripts" / "with-servers", ["with-servers", "--redis", "--", sys.argv[0], *sys.argv[1:]])
    sys.stdout.reconfigure(line_buffering=True)


def skip(reason):
    print(reason)
    sys.exit(SKIP)


def need_corpus():
    if not (CORPUS / "nem12").is_dir():
        skip(f"no corpus at {CORPUS}")


def check(what, good, detail=""):
    if not good:
        print(f"FAILED: {what}\n{detail}")
        sys.exit(1)
    print(f"ok: {what}")


def sql(text, database=None, values=False):
    options = ["-At", "-F", "\t"] if values else []
    done = subprocess.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", *options, *([database] if database else []), "-c", text],
                          text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


def rows(text, database=None):
    return [tuple(line.split("\t")) for line in sql(text, database, values=True).splitlines()]


def value(text, database=None):
    return rows(text, database)[0][0]


def redis(*words):
    return subprocess.run(["redis-cli", "-s", os.environ["NEM12_REDIS_SOCKET"], *words], text=True, capture_output=True,
                          check=True).stdout.strip()


def server(which, *words):
    subprocess.run([ROOT / "scripts" / f"private-{which}", *words], check=True)


def wait_until(what, seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            check(what, False, f"not within {seconds} s")
        time.sleep(0.05)


@contextlib.contextmanager
def loading_held_back(database):
    """Nothing is loaded meanwhile: another session holds the ledger, as a long DDL would."""
    psql = subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    psql.stdin.write("BEGIN; LOCK TABLE nem12_files IN SHARE ROW EXCLUSIVE MODE; SELECT 'locked';\n")
    psql.stdin.flush()
    try:
        check("the ledger is locked", psql.stdout.readline().strip() == "locked")
        yield
    finally:
        psql.stdin.close() # ends the session, and with it the lock
        psql.wait(60)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def contents(path_or_bytes):
    """The innermost files: (sha256, bytes) of every MDFF in a file."""
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else path_or_bytes.read_bytes()
    if data[:4] != b"PK\x03\x04":
        yield hashlib.sha256(data).hexdigest(), data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield from contents(archive.read(member))


def zip_of(paths, target):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)


class World:
    """One database, one queue, one set of directories; any number of daemons."""

    count = 0

    def __init__(self, name):
        World.count += 1
        self.name = f"{name}_{World.count}"
        self.create_database()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nem12-loader-"))
        self.prefix = f"{self.name}:{{q}}:"
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        self.daemons = []

    def create_database(self):
        sql(f"CREATE DATABASE {self.name}", "postgres")
        sql("CREATE EXTENSION nem12", self.name)

    def __enter__(self):
        return self

    def __exit__(self, kind, _value, _trace):
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
        if kind is not None and kind is not KeyboardInterrupt:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-30:]))
        shutil.rmtree(self.folder, ignore_errors=True)

    def conninfo(self):
        return f"host={os.environ['PGHOST']} port={os.environ['PGPORT']} dbname={self.name} user={os.environ['PGUSER']}"

    def config(self, name="config", **sections):
        """Writes a config.toml; `sections` are dicts put over what every test wants."""
        port = free_port()
        settings = {
            "database": {"conninfo": self.conninfo()},
            "redis": {"url": f"unix://{os.environ['NEM12_REDIS_SOCKET']}", "prefix": self.prefix},
            "ingest": {"spool": f"spool-{name}", "quiet_ms": 100, "rescan_ms": 200},
            "queue": {"lease_seconds": 5},
            "process": {"workers": 4},
            "breaker": {"backoff_ms": 50, "backoff_max_ms": 500, "open_for_ms": 500, "open_max_ms": 2000},
            "merge": {"every_seconds": 1},
            "http": {"listen": f"127.0.0.1:{port}"},
            "log": {"format": "json"},
        }
        for section, keys in sections.items():
            settings.setdefault(section, {}).update(keys)
        text = ""
        for section, keys in settings.items():
            text += f"[{section}]\n" + "".join(f"{key} = {json.dumps(setting)}\n" for key, setting in keys.items())
        path = self.folder / f"{name}.toml"
        path.write_text(text)
        path.with_suffix(".port").write_text(str(port))
        return path

    def start(self, config, *options):
        log = open(config.with_suffix(".log"), "ab")
        log.truncate(len(complete_lines(config.with_suffix(".log").read_bytes()))) # a kill may have cut the last one
        daemon = subprocess.Popen([LOADER, "run", "--config", config, *options], stderr=log, stdout=log, stdin=subprocess.DEVNULL)
        log.close()
        self.daemons.append(daemon)
        return daemon

    def finish(self, daemon, seconds=120):
        try:
            code = daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            check("the daemon comes to its end", False, f"still runs after {seconds} s; status:\n" + self.status_text())
        check("the daemon exits with 0", code == 0, f"it was {code}")

    def status_text(self):
        return "\n".join(subprocess.run([LOADER, "status", "--config", config], text=True, capture_output=True, check=False).stdout
                         for config in self.folder.glob("*.toml"))

    def get(self, config, path):
        """(status, body) of the daemon's page; (0, "") when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{config.with_suffix('.port').read_text()}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def events(self, config):
        """The log as objects; every line has to be one, but for the one that is being written."""
        return [json.loads(line) for line in complete_lines(config.with_suffix(".log").read_bytes()).splitlines()]

    def drop(self, path, name=None):
        """Writes a file into the inbox the way senders should: hidden name, then rename."""
        name = name or path.name
        hidden = self.inbox / f".{name}.tmp"
        shutil.copyfile(path, hidden)
        hidden.rename(self.inbox / name)

    def places(self, name):
        """Where a dropped file ended: a list of archive, rejected, failed."""
        found = ["archive" for _ in (self.folder / "archive").glob(f"*/*/{glob_escape(name)}")]
        return found + [place for place in ("rejected", "failed") if (self.folder / place / name).exists()]

    def leftovers(self):
        kept = [path for path in self.inbox.iterdir()]
        for spool in self.folder.glob("spool-*"):
            # A daemon that has only just started has not made its folders yet.
            kept += [path for part in ("ready", "meta", "parcels", "tmp") for path in (spool / part).glob("*")]
        return kept

    def job_status(self, sha256):
        return redis("HGET", f"{self.prefix}job:{sha256}", "status")

    def digest(self):
        """One text for everything stored: equal stores have equal digests."""
        return "\n".join([
            value('SELECT md5(string_agg(t::text, E\'\\n\' ORDER BY nmi, nmi_suffix, "timestamp")) FROM (SELECT nmi, nmi_suffix,'
                  ' "timestamp", interval_end, consumption, uom, interval_length, quality_method, reason_code, reason_description,'
                  ' meter_serial, file_creation_date FROM meter_readings) t', self.name),
            value("SELECT md5(string_agg(encode(sha256, 'hex'), ',' ORDER BY sha256)) FROM nem12_files", self.name),
            value("SELECT count(*) FROM nem12_accumulation_reads", self.name),
            value("SELECT count(*) FROM nem12_staging_days", self.name),
        ])


def complete_lines(log):
    return log[:log.rfind(b"\n") + 1]


def glob_escape(name):
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def kill(daemon):
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
