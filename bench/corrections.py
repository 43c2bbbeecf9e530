"""Everything delivered again, newer and then older: into staging and merged, against the first load, in one session."""

import subprocess
import time

from lib_bench import conninfo, cpu_seconds, fresh_store, median, store_totals

NMIS = 800  # 2.5 channels each, a month
DELIVERIES = (("first", "202604010000"), ("newer", "202604020000"), ("older", "202603310000"))


class Session:
    """psql fed line by line, and what its backend takes."""

    END = "~~"

    def __init__(self):
        self.psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", conninfo()], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, text=True, bufsize=1)
        self.backend = int(self.sql("SELECT pg_backend_pid()"))

    def sql(self, text):
        self.psql.stdin.write(f"{text};\n\\echo {self.END}\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line.strip() == self.END:
                return "\n".join(lines)
            lines.append(line.strip())
        raise RuntimeError(f"psql ended: {text[:200]}")

    def wal(self):
        return int(self.sql("SELECT pg_current_wal_insert_lsn() - '0/0'"))

    def timed(self, text, expected):
        """Seconds, seconds of the backend's CPU, bytes of WAL."""
        wal, cpu, begin = self.wal(), cpu_seconds(self.backend), time.monotonic()
        answer = self.sql(text)
        taken = (time.monotonic() - begin, cpu_seconds(self.backend) - cpu)
        if answer != expected:
            raise RuntimeError(f"{text[:200]}: {answer}, expected {expected}")
        return (*taken, self.wal() - wal)

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def one_run(files, days):
    """{what: (seconds, CPU, WAL)}; a re-delivery is its load and its merge."""
    fresh_store()
    session = Session()
    session.sql("SELECT nem12_prepare_months('{2026-03-01}')")
    load = "SELECT days_inserted, days_staged FROM nem12_load(pg_read_binary_file('{}'))".format
    taken = {"first": session.timed(load(files["first"]), f"{days}|0")}
    stored = store_totals()
    for name, merged in (("newer", f"0|{days}|0|0"), ("older", f"0|0|{days}|0")):
        taken[name, "load"] = session.timed(load(files[name]), f"0|{days}")
        taken[name, "merge"] = session.timed("SELECT * FROM nem12_merge_staging()", merged)
        taken[name] = tuple(map(sum, zip(taken[name, "load"], taken[name, "merge"])))
    session.close()
    if store_totals() != stored: # the same readings, in files of other dates
        raise RuntimeError(f"stored {store_totals()}, expected {stored}")
    return taken


def deliveries(inputs, nmis=NMIS):
    """The same days in three files, and how many they are."""
    return {name: inputs.make(f"corrections-{name}", nmis=nmis, days=31, created=created)[0] for name, created in DELIVERIES}, nmis * 5 // 2 * 31


def measure(say, inputs, board, size):
    runs = size.runs
    files, days = deliveries(inputs, size.of(NMIS))
    taken = [one_run(files, days) for _ in range(runs)]
    first = [median([run["first"][i] for run in taken]) for i in range(3)]
    say(f"\nEverything delivered again, {days} days, nem12_load and nem12_merge_staging(), median of {runs} runs")
    say(f"{'':<8}{'load s':>8}{'merge s':>9}{'times the first load':>22}{'CPU s':>8}{'times':>7}{'WAL MB':>8}")
    say(f"{'first':<8}{first[0]:>8.2f}{'':>9}{'':>22}{first[1]:>8.2f}{'':>7}{first[2] / 1e6:>8.1f}")
    results = {"days": days, "first": {"seconds": first[0], "cpu": first[1], "wal": first[2]}}
    for name in ("newer", "older"):
        seconds, cpu, wal = (median([run[name][i] for run in taken]) for i in range(3))
        load, merge = (median([run[name, step][0] for run in taken]) for step in ("load", "merge"))
        ratio, cpu_ratio = (median([run[name][i] / run["first"][i] for run in taken]) for i in range(2))
        board.take(name, *(run[name][0] / run["first"][0] for run in taken))
        results[name] = {"load": load, "merge": merge, "ratio": ratio, "cpu": cpu, "cpu_ratio": cpu_ratio, "wal": wal}
        say(f"{name:<8}{load:>8.2f}{merge:>9.2f}{ratio:>22.2f}{cpu:>8.2f}{cpu_ratio:>7.2f}{wal / 1e6:>8.1f}")
    return results
