"""Query latencies, through meter_readings and through the aggregates, warm, one core."""

import re
import subprocess

from lib_bench import fresh_store, median, sql
import loading

QUERIES = [
    ("month of one channel, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000042' AND nmi_suffix = 'E1'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("month of one NMI, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000042'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("day of all NMIs, meter_readings",
     "SELECT count(*), sum(consumption) FROM meter_readings WHERE \"timestamp\" >= '2026-03-15' AND \"timestamp\" < '2026-03-16'"),
    ("sum of everything, meter_readings", "SELECT sum(consumption) FROM meter_readings"),
    ("sum of everything, aggregates", "SELECT nem12_sum_days(values) FROM nem12_interval_days"),
    ("hourly profile, meter_readings",
     "SELECT extract(hour FROM \"timestamp\") h, sum(consumption) FROM meter_readings GROUP BY 1"),
    ("hourly profile, aggregates", "SELECT nem12_profile_days(values) FROM nem12_interval_days"),
]


def time_ms(query, runs):
    script = "SET max_parallel_workers_per_gather = 0;\n\\timing on\n" + (query + ";\n") * (runs + 1)
    out = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=script, check=True,
                         capture_output=True, text=True).stdout
    times = [float(t) for t in re.findall(r"Time: ([0-9.]+) ms", out)]
    return median(times[1:])


def measure(say, inputs, full):
    fresh_store()
    files = inputs.make("queries", nmis=135 if not full else 1000, days=31, per_file="all")
    loading.by_function(files)
    sql("VACUUM ANALYZE")
    stored = int(sql("SELECT nem12_count_days(values) FROM nem12_interval_days"))
    say(f"\nQueries, warm, one core, {stored:,} readings stored")
    results = []
    for name, query in QUERIES:
        ms = time_ms(query, 21 if "month" in name else 3)
        everything = "everything" in name or "profile" in name
        results.append({"name": name, "ms": ms, "readings_per_s": stored / ms * 1000 if everything else None})
        say(f"  {name:<42}{ms:>10.2f} ms" + (f"{stored / ms / 1000:>10.1f} M readings/s" if everything else ""))
    return results
