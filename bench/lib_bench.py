"""What the benchmark's scenarios share: psql, processes and their memory, medians."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
from processes import PeakMemory, children_of  # noqa: E402

BUILD = ROOT / "build"
SERVER_SETTINGS = """
shared_buffers = '2GB'
max_wal_size = '8GB'
min_wal_size = '1GB'
checkpoint_timeout = '15min'
wal_compression = off
max_connections = 20
"""
measured = BUILD  # whose loader is measured: bench/compare changes it


def loader():
    return measured / "nem12-loader"


class Inputs:
    """Input files, made once and shared by all ways of loading."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def make(self, name, **options):
        target = self.folder / name
        if not target.exists():
            command = [BUILD / "bench_inputs", "-o", target]
            for key, value in options.items():
                command += ["--" + key.replace("_", "-"), str(value)]
            subprocess.run(command, check=True)
            target.chmod(0o755)
        return sorted(target.iterdir())

    def delivered(self, name, nmis, per_file=100, **options):
        """As files are delivered: a few hundred channels each."""
        files = []
        for first in range(0, nmis, per_file):
            files += self.make(f"{name}-{first}", nmis=min(per_file, nmis - first), first_nmi=first, **options)
        return files


def beside_servers(settings="", install=None):
    """Runs this program again beside private servers whose files lie on the disk that /var/tmp is on."""
    os.environ.setdefault("TMPDIR", "/var/tmp")
    os.environ["NEM12_PG_CONF"] = SERVER_SETTINGS + settings
    if install:
        os.environ["NEM12_INSTALL"] = str(install)
    os.execv(ROOT / "scripts" / "with-servers", ["with-servers", "--redis", "--", *sys.argv])


def sql(text, database=None):
    """Runs SQL, returns the unaligned output without its last newline."""
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
    if database:
        command += ["-d", database]
    return subprocess.run(command + ["-c", text], check=True, capture_output=True, text=True).stdout.strip()


def conninfo():
    return f"host={os.environ['PGHOST']} port={os.environ.get('PGPORT', '5432')} user={os.environ['PGUSER']} dbname={os.environ['PGDATABASE']}"


def cpu_seconds(pid):
    """What a process with one thread, a backend say, has run so far; None when it is gone."""
    try:
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return None


def reaped_cpu_seconds(pid):
    """What the children of a process had run when they ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """What all processors of this machine have worked so far, whoever for."""
    user, nice, system, _idle, _iowait, *interrupts = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def postmaster():
    return int(sql("SELECT pg_read_file('postmaster.pid')").split()[0])


def fresh_store():
    sql("DROP EXTENSION IF EXISTS nem12 CASCADE; CREATE EXTENSION nem12")
    sql("CHECKPOINT")


def store_size():
    """Bytes of all tables of the extension and their partitions, indexes included."""
    return int(sql(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE 'nem12\\_%'"))


def store_totals():
    """(readings, sum of all values) as stored."""
    readings, total = sql(
        "SELECT coalesce(nem12_count_days(values), 0), coalesce(nem12_sum_days(values), 0) FROM nem12_interval_days").split("|")
    return int(readings), total


def median(values):
    return statistics.median(values)


def input_bytes(files):
    return sum(os.path.getsize(f) for f in files)


def timed(command, **options):
    """Runs a command; returns (seconds, completed process, peak private kB of it, of a backend)."""
    server = postmaster()
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    with PeakMemory(lambda: [process.pid]) as own, PeakMemory(lambda: children_of(server)) as backends:
        out, err = process.communicate()
    seconds = time.monotonic() - begin
    if process.returncode != 0:
        raise RuntimeError(f"{command}: exit {process.returncode}\n{out[-2000:]}\n{err[-2000:]}")
    return seconds, out, own.kb, backends.kb


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {"cpu": model, "cores": os.cpu_count(), "memory_gb": round(memory / 2**20), "postgresql": sql("SHOW server_version"),
            "settings": dict(line.split("|") for line in sql(
                "SELECT name || '|' || setting FROM pg_settings WHERE name IN ('fsync','synchronous_commit','full_page_writes',"
                "'shared_buffers','max_wal_size','wal_level','wal_compression')").splitlines())}
