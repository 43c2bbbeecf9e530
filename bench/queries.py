"""Query latencies, through meter_readings and through the aggregates, warm, one core."""

import contextlib
import decimal
import re
import subprocess

from lib_bench import fresh_store, median, sql, store_size, store_totals
import duck
import loading

QUERIES = [
    ("month of one channel, rows",
     "SELECT \"timestamp\", consumption FROM meter_readings WHERE nmi = '4000000006' AND nmi_suffix = 'E1'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("month of one channel, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000006' AND nmi_suffix = 'E1'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("month of one NMI, meter_readings",
     "SELECT count(consumption), sum(consumption) FROM meter_readings WHERE nmi = '4000000006'"
     " AND \"timestamp\" >= '2026-03-01' AND \"timestamp\" < '2026-04-01'"),
    ("day of all NMIs, meter_readings",
     "SELECT count(*), sum(consumption) FROM meter_readings WHERE \"timestamp\" >= '2026-03-15' AND \"timestamp\" < '2026-03-16'"),
]

# Plain SQL over everything, measured in turns with the aggregate it is compared with.
BY_HAND = ("sum of everything, nem12_sum_days", "SELECT nem12_sum_days(values) FROM nem12_interval_days")


class Shape:
    """A question: as plain SQL, as one who knows the aggregates asks it (with the same answer), and of DuckDB's rows. `key`: its figure."""

    def __init__(self, name, plain, by_hand=None, duckdb=None, key=None):
        self.name, self.plain, self.by_hand, self.duckdb, self.key = name, plain, by_hand, duckdb, key


SHAPES = [
    Shape("sum ... avg of everything", "SELECT sum(consumption), count(*), min(consumption), max(consumption), avg(consumption) FROM meter_readings",
          "SELECT nem12_sum_days(values), nem12_count_days(values), nem12_min_days(values), nem12_max_days(values), nem12_avg_days(values) FROM nem12_interval_days",
          "SELECT sum(consumption), count(*), min(consumption), max(consumption), avg(consumption) FROM rows", "everything"),
    Shape("count(*)", "SELECT count(*) FROM meter_readings", "SELECT nem12_count_days(values) FROM nem12_interval_days", "SELECT count(*) FROM rows"),
    Shape("by NMI and month", "SELECT nmi, date_trunc('month', \"timestamp\")::date, sum(consumption) FROM meter_readings GROUP BY 1, 2",
          "SELECT nmi, date_trunc('month', interval_date)::date, nem12_sum_days(values) FROM nem12_interval_days GROUP BY 1, 2",
          "SELECT nmi, date_trunc('month', \"timestamp\")::DATE, sum(consumption) FROM rows GROUP BY 1, 2", "month"),
    Shape("hourly profile", "SELECT extract(hour FROM \"timestamp\"), sum(consumption) FROM meter_readings GROUP BY 1",
          "SELECT (n - 1) / 12, sum(v) FROM (SELECT nem12_profile_days(values) AS sums FROM nem12_interval_days) AS profile,"
          " unnest(sums) WITH ORDINALITY AS each_of(v, n) GROUP BY 1",
          "SELECT extract(hour FROM \"timestamp\"), sum(consumption) FROM rows GROUP BY 1", "profile"),
    Shape("hourly profile, Adelaide's time",
          "SELECT extract(hour FROM \"time\" AT TIME ZONE 'Australia/Adelaide'), sum(consumption) FROM meter_readings GROUP BY 1"),
    Shape("daily by channel", "SELECT nmi, nmi_suffix, \"timestamp\"::date, sum(consumption) FROM meter_readings GROUP BY 1, 2, 3",
          "SELECT nmi, nmi_suffix, interval_date, nem12_sum(values) FROM nem12_interval_days",
          "SELECT nmi, nmi_suffix, \"timestamp\"::DATE, sum(consumption) FROM rows GROUP BY 1, 2, 3", "daily"),
    Shape("hours of one channel",
          "SELECT date_trunc('hour', \"timestamp\"), sum(consumption) FROM meter_readings WHERE nmi = '4000000006' AND nmi_suffix = 'E1' GROUP BY 1",
          duckdb="SELECT date_trunc('hour', \"timestamp\"), sum(consumption) FROM rows WHERE nmi = '4000000006' AND nmi_suffix = 'E1' GROUP BY 1"),
    Shape("actual by unit, quality asked for", "SELECT uom, sum(consumption) FROM meter_readings WHERE quality_method = 'A' GROUP BY 1"),
]

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


def warm_ms(query, runs, settings=""):
    return times_ms([query] * (runs + 1), settings)[1:]


def time_ms(query, runs, settings=""):
    return median(warm_ms(query, runs, settings))


def alternating_ms(query, other, runs):
    """Times of both, measured in turns."""
    times = times_ms([query, other] * (runs + 1))[2:]
    return times[0::2], times[1::2]


def canonical(rows):
    """The same answer in the same words: numbers without idle zeros, to ten digits behind the point (DuckDB's averages are floating point)."""
    def field(text):
        try:
            return str(decimal.Decimal(text).quantize(decimal.Decimal("1e-10"), context=decimal.Context(prec=60)).normalize())
        except decimal.InvalidOperation:
            return text
    return sorted([field(text) for text in row] for row in rows)


def answer(query, settings=""):
    return canonical(line.split("|") for line in sql(settings + query).splitlines())


def compare_answers(shape, database):
    """Of the view with the shortcut and without, of the aggregates, of DuckDB."""
    asked = {"reading by reading": lambda: answer(shape.plain, "SET nem12.combine_readings = off; ")}
    if shape.by_hand:
        asked["aggregates"] = lambda: answer(shape.by_hand)
    if shape.duckdb and database:
        asked["DuckDB"] = lambda: canonical(database.rows(shape.duckdb))
    ours = answer(shape.plain)
    for name, other in asked.items():
        if other() != ours:
            raise loading.Mismatch(f"{shape.name}: meter_readings and {name} differ")


def shapes(say, stored, database, board, runs):
    results = []
    say(f"  {'':<36}{'meter_readings':>16}{'M/s':>8}{'aggregates':>12}{'DuckDB rows':>13}{'reading by reading':>20}{'/ nem12_sum_days':>18}")
    by_hand = warm_ms(BY_HAND[1], runs)
    say(f"  {BY_HAND[0]:<36}{'':>16}{'':>8}{median(by_hand):>12.2f}")
    for shape in SHAPES:
        ms, sum_days = alternating_ms(shape.plain, BY_HAND[1], runs)
        result = {"name": shape.name, "ms": ms, "plain_ms": times_ms([shape.plain], "SET nem12.combine_readings = off;")[0],
                  "aggregates_ms": warm_ms(shape.by_hand, runs) if shape.by_hand else None,
                  "duckdb_ms": [database.ms(shape.duckdb) for _ in range(runs + 1)][1:] if shape.duckdb and database else None,
                  "by_hand": [taken / least for taken, least in zip(ms, sum_days)]}
        compare_answers(shape, database)
        results.append(result)
        aggregates, duckdb = (f"{median(result[key]):.2f}" if result[key] else "" for key in ("aggregates_ms", "duckdb_ms"))
        whole = "one channel" not in shape.name
        say(f"  {shape.name:<36}{median(ms):>16.2f}{f'{stored / median(ms) / 1000:.0f}' if whole else '':>8}{aggregates:>12}{duckdb:>13}{result['plain_ms']:>20.1f}"
            f"{format(median(result['by_hand']), '.2f') if whole else '':>18}")
        if shape.key:
            board.take(shape.key, *(stored / taken / 1000 for taken in ms))
            board.peer(shape.key, "aggregates", stored / median(result["aggregates_ms"]) / 1000)
            board.take(shape.key + "_by_hand", *result["by_hand"])
            if database:
                board.peer(shape.key, "DuckDB", stored / median(result["duckdb_ms"]) / 1000)
                board.take(shape.key + "_duckdb", *(theirs / taken for taken, theirs in zip(ms, result["duckdb_ms"])))
    return results


def channel_month(say, database, board, runs):
    """All rows of a month: made and taken in the server, and as psql gets and formats them."""
    rows = QUERIES[0][1]
    taken = warm_ms(f'SELECT count("timestamp"), count(consumption) FROM ({rows} OFFSET 0) AS rows', 3 * runs)
    formatted = warm_ms(rows, 3 * runs)
    theirs = [database.ms(rows.replace("meter_readings", "rows")) for _ in range(3 * runs)][1:] if database else []
    board.take("channel_month", *taken)
    board.peer("channel_month", "with psql", median(formatted))
    if database:
        board.peer("channel_month", "DuckDB", median(theirs))
    say(f"  {'month of one channel, rows':<42}{median(taken):>10.2f} ms in the server, {median(formatted):.2f} ms with psql's formatting"
        + (f", DuckDB {median(theirs):.2f} ms" if database else ""))
    return {"name": "month of one channel, its rows", "ms": taken, "psql_ms": formatted, "duckdb_ms": theirs}


def newest(say, board, runs):
    sql(EIGHT_YEARS)
    sql("VACUUM ANALYZE")
    say("\nNewest reading, eight years of two channels")
    results = []
    for name, query in NEWEST:
        ms = warm_ms(query, 3 * runs)
        # The second time: a session reads of the catalogs what it has not opened yet.
        explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) " + query
        plan = sql(explain + "; SELECT 'again'; " + explain).split("again")[1]
        buffers = int(re.search(r"Buffers: shared hit=(\d+)", plan).group(1))
        plain = time_ms(query, 3, "SET nem12.combine_readings = off;")
        results.append({"name": name, "ms": ms, "buffers": buffers, "plain_ms": plain})
        say(f"  {name:<42}{median(ms):>10.2f} ms{buffers:>6} buffers{plain:>10.1f} ms by every reading")
    board.take("newest", *results[0]["ms"])
    board.take("newest_buffers", results[0]["buffers"])
    return results


def measure(say, inputs, board, size):
    fresh_store()
    files = inputs.delivered("queries", size.of(800), days=31)
    loading.by_loader(2)(files)
    stored, _ = store_totals()
    board.take("bytes", store_size() / stored)
    sql("VACUUM ANALYZE")
    runs = 2 * size.runs + 1
    say(f"\nQueries, warm, one core, {stored:,} readings stored, ms, medians of {runs}; answers compared")
    results = []
    with duck.DuckDb(inputs.folder / "queries.duckdb") if duck.there() else contextlib.nullcontext() as database:
        if database:
            database.load_days(files)
            board.peer("bytes", "DuckDB", database.size() / stored)
            database.make_rows()
            board.peer("bytes", "Parquet", database.parquet_bytes(inputs.folder / "rows.parquet") / stored)
            database.ms("SET threads = 1")
        results += shapes(say, stored, database, board, runs)
        results.append(channel_month(say, database, board, runs))
    for name, query in QUERIES[1:]:
        ms = warm_ms(query, 3 * runs)
        results.append({"name": name, "ms": ms})
        say(f"  {name:<42}{median(ms):>10.2f} ms")
    return results + newest(say, board, runs)
