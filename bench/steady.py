"""Inner loops, daily delivery, queue-to-commit latency, growth and workers."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from lib_bench import BUILD, fresh_store, input_bytes, loader, median, sql
import duck
import loading


PARSING = {"parse_5": "parse/realistic_5min_avx2", "parse_30": "parse/realistic_30min_avx2", "parse_portable": "parse/realistic_5min_portable"}


def micro(say, inputs, board, size):
    def run(*options):
        return json.loads(subprocess.run([BUILD / "mdff_bench", "--benchmark_format=json", *options], check=True, capture_output=True,
                                         text=True).stdout)["benchmarks"]
    for _ in range(size.runs):
        rates = {entry["name"]: entry["bytes_per_second"] / 1e9 for entry in run("--benchmark_filter=parse/realistic", f"--benchmark_min_time={size.of(0.5)}")}
        for key, name in PARSING.items():
            board.take(key, rates[name])
    for key, minutes in (("parse_5", 5), ("parse_30", 30)) if duck.there() else ():
        files = inputs.make(f"parsing-{minutes}", interval=minutes, nmis=size.of(80 * minutes), days=31)
        with duck.DuckDb(inputs.folder / "parsing.duckdb") as database:
            board.peer(key, "DuckDB", input_bytes(files) / database.load_days(files, minutes, threads=1) / 1e9)
    results = []
    say("\nInner loops, one core")
    for entry in run(f"--benchmark_min_time={size.of(0.1)}"):
        result = {key: entry[key] for key in entry
                  if key in ("name", "bytes_per_second", "items_per_second", "B/reading", "s/reading")}
        results.append(result)
        rate = (f"{entry['bytes_per_second'] / 1e9:>9.2f} GB/s" if "bytes_per_second" in entry else " " * 14)
        items = ""
        if "s/reading" in entry:
            items = f"{1e9 * entry['s/reading']:>10.2f} ns/reading{8 * entry['B/reading']:>8.2f} bits/reading"
        say(f"  {entry['name']:<48}{rate}{items}")
    return results


def daily(say, inputs, size):
    """Every NMI, one day, into a store that already has the rest of the month."""
    fresh_store()
    nmis = size.of(4000)
    files = inputs.make("daily", nmis=nmis, days=31, per_file="day")
    loading.by_loader(2)(files[:-5])
    readings = nmis * 5 // 2 * 288
    runs = []
    for file in files[-5:]:
        seconds, _, _ = loading.by_loader(1)([file])
        runs.append(readings / seconds)
    say(f"\nDaily delivery of {nmis} NMIs, one file of one day: {median(runs) / 1e6:.1f} M readings/s, 1 worker")
    return {"readings_per_s": median(runs)}


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def latency(say, inputs, board, size, redis_socket):
    """Queue to commit of 30-day files of one NMI at half of what the daemon takes when all of them lie in its inbox."""
    files = inputs.make("latency", nmis=size.of(1200), days=30, per_file="nmi", start="20260601")
    fresh_store()
    seconds, _, _ = loading.by_daemon(2, redis_socket)(files)
    rate = len(files) / seconds / 2
    runs = [at_rate(files, rate, redis_socket) for _ in range(size.runs)]
    result = {"files": len(files), "files_per_s": rate}
    for name, share in (("p50_ms", 0.5), ("p99_ms", 0.99), ("p999_ms", 0.999)):
        result[name] = [quantile(times, share) for times in runs]
    board.take("p99", *result["p99_ms"])
    say(f"\nQueue to commit, {len(files)} files of one NMI and 30 days, {rate:.0f} a second, medians of {size.runs} runs: p50 {median(result['p50_ms']):.1f} ms,"
        f" p99 {median(result['p99_ms']):.1f} ms, p99.9 {median(result['p999_ms']):.1f} ms")
    return result


def at_rate(files, rate, redis_socket):
    """Milliseconds from the queue to commit of each, in order of size; so many a second come into the inbox."""
    fresh_store()
    sql("SELECT nem12_prepare_months(ARRAY['2026-06-01'::date])")
    with tempfile.TemporaryDirectory(dir=pathlib.Path(files[0]).parent.parent) as folder:
        for name in ("inbox", "spool", "archive", "rejected", "failed"):
            (pathlib.Path(folder) / name).mkdir()
        config = loading.daemon_config(folder, 2, redis_socket)
        config.write_text(config.read_text().replace('level = "warning"', 'level = "info"\nformat = "json"'))
        with open(pathlib.Path(folder) / "log", "w") as log:
            daemon = subprocess.Popen([loader(), "run", "--config", config], stderr=log, stdout=subprocess.DEVNULL)
            try:
                begin = time.monotonic()
                for number, file in enumerate(files):
                    delay = begin + number / rate - time.monotonic()
                    if delay > 0:
                        time.sleep(delay)
                    temporary = pathlib.Path(folder) / "inbox" / (".part-" + file.name)
                    shutil.copy(file, temporary)
                    temporary.rename(pathlib.Path(folder) / "inbox" / file.name)
                deadline = time.monotonic() + 60
                while int(sql("SELECT count(*) FROM nem12_files")) < len(files) and time.monotonic() < deadline:
                    time.sleep(0.2)
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(60)
        times = sorted(entry["queue_to_commit_ms"] for entry in map(json.loads, open(pathlib.Path(folder) / "log"))
                       if "queue_to_commit_ms" in entry)
    if len(times) < len(files):
        raise RuntimeError(f"{len(times)} of {len(files)} files were loaded")
    return times


BIG_NMIS = 37200  # a file of 5 GB


def memory(say, inputs, board, size, redis_socket):
    """Private memory of the daemon and of a backend while one big file goes through, and one of a fifth."""
    peaks = {}
    for name, nmis in (("fifth", size.of(BIG_NMIS) // 5), ("whole", size.of(BIG_NMIS))):
        files = inputs.make(f"memory-{name}", nmis=nmis, days=31)
        expected, gigabytes = loading.expected_totals(files), input_bytes(files) / 1e9
        taken = loading.ours(loading.by_daemon(2, redis_socket, put=os.rename), files, expected)
        peaks[name] = {"gb": gigabytes, "loader_mb": taken["loader_kb"] / 1024, "backend_mb": taken["backend_kb"] / 1024, "seconds": taken["seconds"]}
        say(f"{'' if name == 'whole' else chr(10)}Memory, one file of {gigabytes:.2f} GB through the daemon: loader {peaks[name]['loader_mb']:.1f} MB,"
            f" backend {peaks[name]['backend_mb']:.1f} MB, {taken['seconds']:.1f} s")
    for key in ("loader_mb", "backend_mb"):
        board.take(key, peaks["whole"][key])
    board.take("memory_growth", max(peaks["whole"][key] / peaks["fifth"][key] for key in ("loader_mb", "backend_mb")))
    return peaks


def growth(say, inputs):
    """Cost per reading as the store grows to 10 million day rows, a day and a third of a million channels at a time, shuffled."""
    fresh_store()
    nmis, per_file = 133340, 13334
    rows_per_day = nmis * 5 // 2
    steps = []
    stored = 0
    day = 0
    say("\nGrowth, daily delivery, 2 workers")
    while stored < 10_000_000:
        begin = time.monotonic()
        seconds, rows = 0.0, 0
        while rows < 1_000_000:
            name = f"growth-{day}"
            files = []
            for first in range(0, nmis, per_file):
                files += inputs.make(f"{name}-{first}", nmis=per_file, days=1, first_nmi=first, shuffle_among=nmis,
                                     start=f"202603{day % 31 + 1:02d}")
            took, _, _ = loading.by_loader(2)(files)
            seconds += took
            rows += rows_per_day
            for first in range(0, nmis, per_file):
                shutil.rmtree(inputs.folder / f"{name}-{first}")
            day += 1
        stored += rows
        steps.append({"day_rows": stored, "readings_per_s": rows * 288 / seconds, "wall": time.monotonic() - begin})
        say(f"  {stored / 1e6:>6.1f} M day rows: {rows * 288 / seconds / 1e6:>7.1f} M readings/s")
    ratio = steps[-1]["readings_per_s"] / steps[0]["readings_per_s"]
    say(f"  last million against the first: {ratio:.2f}")
    return {"steps": steps, "last_to_first": ratio}


def workers(say, inputs):
    files = inputs.delivered("realistic", 2000, days=31)
    expected = loading.expected_totals(files)
    results = []
    say("\nWorkers")
    for count in (1, 2, 3, 4):
        runs = [loading.ours(loading.by_loader(count), files, expected)["seconds"] for _ in range(3)]
        results.append({"workers": count, "readings_per_s": expected[0] / median(runs)})
        say(f"  {count}: {expected[0] / median(runs) / 1e6:.1f} M readings/s")
    return results
