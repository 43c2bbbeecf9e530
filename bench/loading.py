"""Loading: the ways people load meter files today against ours, on the same files in one run."""

import decimal
import json
import pathlib
import shutil
import tempfile
import time

import duck
from lib_bench import BUILD, conninfo, fresh_store, input_bytes, loader, median, sql, store_size, store_totals, timed

PEER_TABLES = {"upsert": ("peer.meter_readings", "count(*)", "sum(consumption)"),
               "copy-text": ("peer.rows", "count(*)", "sum(consumption)"),
               "copy-binary": ("peer.rows", "count(*)", "sum(consumption)"),
               "day-arrays": ("peer.days", "sum(cardinality(readings))",
                              "sum((SELECT sum(v) FROM unnest(readings) v)::numeric / (10::numeric ^ scale))")}


class Mismatch(Exception):
    pass


def check(name, readings, total, expected):
    if (readings, decimal.Decimal(total)) != (expected[0], decimal.Decimal(expected[1])):
        raise Mismatch(f"{name}: stored {readings} readings, sum {total}; expected {expected}")


def expected_totals(files):
    """Count and sum of what the files hold, as the peers read them."""
    _, out, _, _ = timed([BUILD / "peer_loader", "totals", conninfo(), *files])
    readings, total = out.strip().split("|")
    return int(readings), total


def peer(mode, files, expected):
    sql("CHECKPOINT")
    seconds, out, process_kb, backend_kb = timed([BUILD / "peer_loader", mode, conninfo(), *files])
    result = json.loads(out)
    table, count, total = PEER_TABLES[mode]
    readings, stored = sql(f"SELECT {count}, {total} FROM {table}").split("|")
    check(mode, int(readings), stored, expected)
    size = int(sql(f"SELECT pg_total_relation_size('{table}')"))
    sql("DROP SCHEMA peer CASCADE")
    return {"seconds": result["seconds"], "bytes_stored": size, "loader_kb": process_kb, "backend_kb": backend_kb}


def ours(load, files, expected):
    fresh_store()
    seconds, process_kb, backend_kb = load(files)
    check("nem12", *store_totals(), expected)
    return {"seconds": seconds, "bytes_stored": store_size(), "loader_kb": process_kb, "backend_kb": backend_kb}


def by_function(files):
    """SELECT nem12_load(...) on one connection; the server reads the files."""
    statements = "".join(f"SELECT status FROM nem12_load(pg_read_binary_file('{f}'), '{pathlib.Path(f).name}');" for f in files)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(statements)
        script.flush()
        seconds, _, process_kb, backend_kb = timed(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", script.name])
    return seconds, process_kb, backend_kb


def by_loader(workers):
    def load(files):
        seconds, _, process_kb, backend_kb = timed(
            [loader(), "load", "--db", conninfo(), "--workers", str(workers), *files])
        return seconds, process_kb, backend_kb
    return load


def daemon_config(folder, workers, redis_socket, **sections):
    text = f"""[database]
conninfo = "{conninfo()}"
[redis]
url = "unix://{redis_socket}"
prefix = "bench:{{{time.monotonic_ns()}}}:"
[ingest]
inbox = "{folder}/inbox"
spool = "{folder}/spool"
archive = "{folder}/archive"
rejected = "{folder}/rejected"
failed = "{folder}/failed"
quiet_ms = 0
rescan_ms = 50
on_success = "archive"
[process]
workers = {workers}
[http]
listen = ""
[log]
level = "warning"
"""
    for name, value in sections.items():
        text += f"[{name}]\n{value}\n"
    path = pathlib.Path(folder) / "config.toml"
    path.write_text(text)
    return path


def by_daemon(workers, redis_socket, put=shutil.copy):
    """Files put into the inbox, then the daemon until everything is committed and archived."""
    def load(files):
        with tempfile.TemporaryDirectory(dir=pathlib.Path(files[0]).parent.parent) as folder:
            for name in ("inbox", "spool", "archive", "rejected", "failed"):
                (pathlib.Path(folder) / name).mkdir()
            for file in files:
                put(file, pathlib.Path(folder) / "inbox" / file.name)
            config = daemon_config(folder, workers, redis_socket)
            seconds, _, process_kb, backend_kb = timed([loader(), "run", "--config", config, "--until-idle"])
        return seconds, process_kb, backend_kb
    return load


def by_duckdb(files, expected, folder, minutes=5):
    with duck.DuckDb(pathlib.Path(folder) / "loading.duckdb") as database:
        seconds = database.load_days(files, minutes)
        check("DuckDB", *database.totals(), expected)
        return {"seconds": seconds, "bytes_stored": database.size(), "loader_kb": 0, "backend_kb": 0}


class Way:
    """One way of loading: `load(files, expected)` returns what a run took."""

    def __init__(self, name, load):
        self.name, self.load = name, load


def our(name, load):
    return Way(name, lambda files, expected: ours(load, files, expected))


def row(input_name, way, runs, files, expected):
    seconds = median([r["seconds"] for r in runs])
    return {"input": input_name, "name": way.name, "readings": expected[0], "seconds": [r["seconds"] for r in runs],
            "readings_per_s": expected[0] / seconds, "samples": [expected[0] / r["seconds"] / 1e6 for r in runs],
            "input_mb_per_s": input_bytes(files) / seconds / 1e6, "bytes_per_reading": median([r["bytes_stored"] for r in runs]) / expected[0],
            "loader_mb": max(r["loader_kb"] for r in runs) / 1024, "backend_mb": max(r["backend_kb"] for r in runs) / 1024}


class Table:
    """Ways of loading the same files, in turns."""

    def __init__(self, say):
        self.say, self.rows = say, []
        say(f"{'input':<22}{'way':<40}{'M readings/s':>13}{'MB/s':>8}{'B/reading':>11}{'loader MB':>11}{'backend MB':>11}")

    def measure(self, input_name, files, ways, runs):
        """One row a way."""
        expected = expected_totals(files)
        taken = [[way.load(files, expected) for way in ways] for _ in range(runs)]
        rows = [row(input_name, way, runs_of_it, files, expected) for way, runs_of_it in zip(ways, zip(*taken))]
        for line in rows:
            self.say(f"{input_name:<22}{line['name']:<40}{line['readings_per_s'] / 1e6:>13.2f}{line['input_mb_per_s']:>8.1f}"
                     f"{line['bytes_per_reading']:>11.2f}{line['loader_mb']:>11.1f}{line['backend_mb']:>11.1f}")
        self.rows += rows
        return rows


def measure(say, inputs, board, size, redis_socket):
    say(f"\nLoading, median of {size.runs} runs in turns, fsync on, keys enforced, counts and sums checked after each load")
    table = Table(say)
    function, one, two = our("nem12_load, 1 connection", by_function), our("nem12-loader load, 1 worker", by_loader(1)), our("nem12-loader load, 2 workers", by_loader(2))
    daemon = our("daemon, 2 workers", by_daemon(2, redis_socket))
    duckdb = Way("DuckDB, lists of days, no rules, no key", lambda files, expected: by_duckdb(files, expected, inputs.folder))
    table.measure("5 min realistic", inputs.make("peers", nmis=size.of(30), days=31),
                  [Way("INSERT .. ON CONFLICT, 5 conn.", lambda *files: peer("upsert", *files))], 1)
    text, binary, _ = table.measure("5 min realistic", inputs.make("medium", nmis=size.of(150), days=31), [
        Way("COPY rows, text", lambda *files: peer("copy-text", *files)), Way("COPY rows, binary", lambda *files: peer("copy-binary", *files)),
        Way("COPY day arrays, binary", lambda *files: peer("day-arrays", *files))], size.runs)
    realistic = inputs.delivered("realistic", size.of(2000), days=31)
    five_minutes = table.measure("5 min realistic", realistic, [function, one, two, daemon] + ([duckdb] if duck.there() else []), size.runs)
    board.take("daemon", *five_minutes[3]["samples"])
    for name, line in (("COPY text", text), ("COPY binary", binary), *(("DuckDB", line) for line in five_minutes[4:])):
        board.peer("daemon", name, line["readings_per_s"] / 1e6)
    # The same meters and days, read every half hour.
    halfhours = table.measure("30 min realistic", inputs.delivered("halfhours", size.of(2000), interval=30, days=31), [function, two], size.runs)
    for key, line, whole in (("halfhours", halfhours[0], five_minutes[0]), ("halfhours_load", halfhours[1], five_minutes[2])):
        board.take(key, *(half / full for half, full in zip(line["samples"], whole["samples"])))
    load, queued = table.measure("one NMI per file", inputs.make("small", nmis=size.of(500), days=31, per_file="nmi"), [two, daemon], size.runs)
    board.take("small", *(through / direct for through, direct in zip(queued["samples"], load["samples"])))
    table.measure("5 min random", inputs.make("random", shape="random", nmis=size.of(600), days=31), [function, two], size.runs)
    table.measure("one huge file", inputs.make("huge", nmis=size.of(2000), days=31), [one, daemon], 1)
    # Three million readings, where the fixed size of empty tables counts more than in a large store.
    for key, options in (("bytes_random", {"shape": "random", "nmis": 135}), ("bytes_halfhours", {"interval": 30, "nmis": 807})):
        line, = table.measure(f"3 M, {key[6:]}", inputs.make(key, days=31, **options), [one], 1)
        board.take(key, line["bytes_per_reading"])
    return table.rows
