"""Loading: the ways people load meter files today against ours, on the same files in one run."""

import decimal
import json
import pathlib
import shutil
import tempfile
import time

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


def ours(load, files, expected, keep=False):
    if not keep:
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


def by_daemon(workers, redis_socket):
    """Files put into the inbox, then the daemon until everything is committed and archived."""
    def load(files):
        with tempfile.TemporaryDirectory(dir=pathlib.Path(files[0]).parent.parent) as folder:
            for name in ("inbox", "spool", "archive", "rejected", "failed"):
                (pathlib.Path(folder) / name).mkdir()
            for file in files:
                shutil.copy(file, pathlib.Path(folder) / "inbox")
            config = daemon_config(folder, workers, redis_socket)
            seconds, _, process_kb, backend_kb = timed([loader(), "run", "--config", config, "--until-idle"])
        return seconds, process_kb, backend_kb
    return load


def row(name, runs, files, expected):
    seconds = median([r["seconds"] for r in runs])
    return {"name": name, "readings": expected[0], "seconds": seconds, "readings_per_s": expected[0] / seconds,
            "input_mb_per_s": input_bytes(files) / seconds / 1e6,
            "bytes_per_reading": median([r["bytes_stored"] for r in runs]) / expected[0],
            "loader_mb": max(r["loader_kb"] for r in runs) / 1024, "backend_mb": max(r["backend_kb"] for r in runs) / 1024}
