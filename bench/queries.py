"""Query latencies, through meter_readings and through the aggregates, warm, one core."""

import re
import subprocess

from lib_bench import fresh_store, median, sql
import loading

QUERIES = [
    ("month of one channel, rows",
     "SELECT \"timestamp\", consumption FROM meter_readings WHERE nmi = '4000000042' AND nmi_suffix = 'E1'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("month of one channel, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000042' AND nmi_suffix = 'E1'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("month of one NMI, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000042'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("day of all NMIs, meter_readings",
     "SELECT count(*), sum(consumption) FROM meter_readings WHERE \"timestamp\" >= '2026-03-15' AND \"timestamp\" < '2026-03-16'"),
]

# Plain SQL over everything. Each is measured in turns with the first, the aggregate that it is compared with.
BY_HAND = ("sum of everything, nem12_sum_days", "SELECT nem12_sum_days(values) FROM nem12_interval_days")
SHAPES = [
    ("sum ... avg of everything",
     "SELECT sum(consumption), count(*), min(consumption), max(consumption), avg(consumption) FROM meter_readings"),
    ("count(*)", "SELECT count(*) FROM meter_readings"),
    ("by NMI and month", "SELECT nmi, date_trunc('month', \"timestamp\"), sum(consumption) FROM meter_readings GROUP BY 1, 2"),
    ("hourly profile", "SELECT extract(hour FROM \"timestamp\"), sum(consumption) FROM meter_readings GROUP BY 1"),
    ("hourly profile, Adelaide's time",
     "SELECT extract(hour FROM \"time\" AT TIME ZONE 'Australia/Adelaide'), sum(consumption) FROM meter_readings GROUP BY 1"),
    ("daily by channel",
     "SELECT nmi, nmi_suffix, \"timestamp\"::date, sum(consumption) FROM meter_readings GROUP BY 1, 2, 3"),
    ("hours of one channel",
     "SELECT date_trunc('hour', \"timestamp\"), sum(consumption) FROM meter_readings WHERE nmi = '4000000042' AND nmi_suffix = 'E1' GROUP BY 1"),
    ("actual by unit, quality asked for",
     "SELECT uom, sum(consumption) FROM meter_readings WHERE quality_method = 'A' GROUP BY 1"),
]
BY_HAND_SHAPES = [("hourly profile, nem12_profile_days", "SELECT nem12_profile_days(values) FROM nem12_interval_days")]

NEWEST = [
    ("newest reading of a channel with 8 years",
     "SELECT \"timestamp\", consumption FROM meter_readings WHERE nmi = '4999999999' AND nmi_suffix = 'E1' ORDER BY \"timestamp\" DESC LIMIT 1"),
    ("newest reading of an NMI with 8 years",
     "SELECT \"timestamp\", consumption FROM meter_readings WHERE nmi = '4999999999' ORDER BY \"timestamp\" DESC LIMIT 1"),
    ("its time, max(\"timestamp\")", "SELECT max(\"timestamp\") FROM meter_readings WHERE nmi = '4999999999'"),
]
ANALYSTS = [
    ("gaps of all channels", "SELECT count(*) FROM nem12_gaps('2026-03-01', '2026-03-31')"),
    ("completeness of all channels", "SELECT count(*), sum(consumption) FROM nem12_completeness('2026-03-01', '2026-03-31')"),
    ("totals of a day", "SELECT count(*), sum(consumption) FROM nem12_day_totals WHERE interval_date = '2026-03-15'"),
]
# An NMI of two channels whose days came in one by one.
EIGHT_YEARS = """
SELECT nem12_prepare_months(ARRAY(SELECT generate_series('2018-01-01'::date, '2025-12-01', '1 month')::date));
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT nmi, suffix, day::date, 1, 1, 1, 'A', '',
       ARRAY(SELECT (i * 7 + extract(doy FROM day)::int) % 2500 / 1000.0 FROM generate_series(1, 288) i)::numeric[]::nem12_values
FROM generate_series(timestamp '2018-01-01', '2025-12-31', '1 day') day, unnest('{4999999998,4999999999}'::text[]) nmi,
     unnest('{B1,E1}'::text[]) suffix ORDER BY day, nmi, suffix;
"""


def times_ms(queries, settings=""):
    """How long each of the queries took, run one after another in one session."""
    script = "SET max_parallel_workers_per_gather = 0; %s\n\\o /dev/null\n\\timing on\n" % settings + "".join(q + ";\n" for q in queries)
    out = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"], input=script, check=True,
                         capture_output=True, text=True).stdout
    return [float(t) for t in re.findall(r"Time: ([0-9.]+) ms", out)]


def time_ms(query, runs, settings=""):
    return median(times_ms([query] * (runs + 1), settings)[1:])


def alternating_ms(query, other, runs=7):
    """Medians of both, measured in turns."""
    times = times_ms([query, other] * (runs + 1))[2:]
    return median(times[0::2]), median(times[1::2])


def shapes(say, stored):
    results = []

    def show(name, ms, by_hand=None, plain=None):
        everything = "one channel" not in name
        ratio = ms / by_hand if by_hand and everything else None
        results.append({"name": name, "ms": ms, "readings_per_s": stored / ms * 1000 if everything else None, "ratio": ratio, "plain_ms": plain})
        say(f"  {name:<48}{ms:>10.2f} ms" + (f"{stored / ms / 1000:>10.1f} M readings/s" if everything else " " * 23)
            + (f"{ratio:>8.2f} times nem12_sum_days" if ratio else "") + (f"{plain:>10.1f} ms reading by reading" if plain else ""))

    show(BY_HAND[0], time_ms(BY_HAND[1], 7))
    for name, query in BY_HAND_SHAPES:
        show(name, time_ms(query, 7))
    for name, query in SHAPES:
        ms, by_hand = alternating_ms(query, BY_HAND[1])
        plain = times_ms([query], "SET nem12.combine_readings = off;")[0]
        show(name + ", meter_readings", ms, by_hand, plain)
    return results


def newest(say):
    sql(EIGHT_YEARS)
    sql("VACUUM ANALYZE")
    say("\nNewest reading, eight years of two channels")
    results = []
    for name, query in NEWEST:
        ms = time_ms(query, 21)
        # The second time: a session reads of the catalogs what it has not opened yet.
        explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) " + query
        plan = sql(explain + "; SELECT 'again'; " + explain).split("again")[1]
        buffers = int(re.search(r"Buffers: shared hit=(\d+)", plan).group(1))
        plain = time_ms(query, 3, "SET nem12.combine_readings = off;")
        results.append({"name": name, "ms": ms, "buffers": buffers, "plain_ms": plain})
        say(f"  {name:<42}{ms:>10.2f} ms{buffers:>6} buffers{plain:>10.1f} ms by every reading")
    return results


def measure(say, inputs, full):
    fresh_store()
    files = inputs.make("queries", nmis=135 if not full else 1000, days=31, per_file="all")
    loading.by_function(files)
    sql("VACUUM ANALYZE")
    stored = int(sql("SELECT nem12_count_days(values) FROM nem12_interval_days"))
    say(f"\nQueries, warm, one core, {stored:,} readings stored")
    results = []
    for name, query in QUERIES:
        ms = time_ms(query, 21)
        results.append({"name": name, "ms": ms, "readings_per_s": None})
        say(f"  {name:<42}{ms:>10.2f} ms")
    results += shapes(say, stored)
    return results + newest(say)
