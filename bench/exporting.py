"""Export of a month of 1,000 NMIs through nem12-loader: from the store at hand when it is a large one, else from one made for it."""

import os
import subprocess
import tempfile
import time

from lib_bench import conninfo, cpu_seconds, fresh_store, loader, median, sql
import loading

NMIS = 1000
LARGE = 5_000_000  # day rows
WAYS = {"NEM12": ["--format", "nem12"], "NEM12, gzip": ["--format", "nem12", "--gzip"],
        "NEM12, as of now": ["--format", "nem12", "--as-of", "infinity"], "csv of readings": ["--format", "csv"]}


def command():
    return [loader(), "export", "--db", conninfo() + " application_name=bench_export", "--force"]


def export(words, target):
    """(seconds, CPU seconds of the client, of its backend)."""
    begin = time.monotonic()
    program = subprocess.Popen([*command(), *words, "-o", target], stdout=subprocess.DEVNULL)
    backend, backend_cpu = None, 0.0
    while True:
        ended, status, usage = os.wait4(program.pid, os.WNOHANG)
        if ended:
            break
        backend = backend or sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'bench_export'") or None
        backend_cpu = (backend and cpu_seconds(backend)) or backend_cpu
        time.sleep(0.005)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode != 0:
        raise RuntimeError(f"export ended with {program.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, backend_cpu


def measure(say, inputs, size):
    runs = size.runs
    if sql("SELECT count(*) FROM pg_extension WHERE extname = 'nem12'") != "1" or int(sql("SELECT count(*) FROM nem12_interval_days")) < LARGE:
        fresh_store()
        loading.by_loader(2)([*inputs.make("export", nmis=size.of(2 * NMIS), days=31)])
    sql("VACUUM ANALYZE")
    first, last, rows = sql("SELECT date_trunc('month', max(interval_date))::date, max(interval_date), count(*) FROM nem12_interval_days").split("|")
    nmis = sql(f"SELECT DISTINCT nmi FROM nem12_interval_days WHERE interval_date = '{last}' ORDER BY nmi LIMIT {NMIS}").splitlines()
    asked = ["--from", first, "--to", last] + [word for nmi in nmis for word in ("--nmi", nmi)]
    results = []
    say(f"\nExport of {len(nmis)} NMIs, {first} to {last}, from {int(rows):,} day rows; medians of {runs}")
    say(f"  {'':<20}{'MB':>8}{'MB/s':>8}{'s':>8}{'client CPU s':>14}{'backend CPU s':>15}")
    with tempfile.TemporaryDirectory(dir=inputs.folder) as folder:
        size = None
        for name, words in WAYS.items():
            target = os.path.join(folder, "x")
            export([*asked, *words], target)
            measured = [export([*asked, *words], target) for _ in range(runs)]
            seconds, client, backend = (median([one[n] for one in measured]) for n in range(3))
            size = os.path.getsize(target) / 1e6 if "--gzip" not in words else size  # what is packed, not what comes of it
            results.append({"name": name, "mb": size, "seconds": seconds, "client_cpu": client, "backend_cpu": backend})
            say(f"  {name:<20}{size:>8.0f}{size / seconds:>8.0f}{seconds:>8.2f}{client:>14.2f}{backend:>15.2f}")
    return results
