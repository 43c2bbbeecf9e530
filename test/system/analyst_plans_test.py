#!/usr/bin/env python3
"""What the functions for analysts read: the plans that really ran inside them (auto_explain), over two years of days. Only the months
that the question is about are opened, nothing is scanned to find a few days, and no day is decoded that the answer does not need."""

import re
import subprocess
import sys

import store

NMIS, FIRST, LAST = 40, "2023-01-01", "2024-12-31"
FILL = """
    CREATE EXTENSION nem12;
    SELECT nem12_prepare_months(array_agg(d::date)) FROM generate_series(date '%(FIRST)s', date '%(LAST)s', '1 month') d;
    INSERT INTO nem12_files (file_id, sha256, version, file_creation_date, dialect, bytes, loaded_at)
    SELECT n, sha256(n::text::bytea), 'NEM12', date '%(FIRST)s' + n, 'strict', 1, timestamptz '%(FIRST)s 00:00+10' + n * interval '1 day'
    FROM generate_series(1, date '%(LAST)s' - date '%(FIRST)s' + 1) n;
    INSERT INTO nem12_channel_details SELECT (4000000000 + n)::text, 'E1', 1, 30, 'KWH', 'E1', '1', 'N1', 'METER1', NULL FROM generate_series(1, %(NMIS)s) n;
    INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
    SELECT (4000000000 + n)::text, 'E1', date '%(FIRST)s' + d - 1, n, d, 1, CASE WHEN n = 7 THEN 'S52,76' ELSE 'A' END, '', array_fill(n, ARRAY[48])::numeric[]::nem12_values
    FROM generate_series(1, date '%(LAST)s' - date '%(FIRST)s' + 1) d, generate_series(1, %(NMIS)s) n WHERE d %% 97 <> n;
    INSERT INTO nem12_file_days SELECT n, '3', nem12_server_id(), date '%(FIRST)s' + n::integer - 1, date '%(FIRST)s' + n::integer - 1, NULL,
        nem12_store_nmis((SELECT array_agg((4000000000 + i)::text) FROM generate_series(1, %(NMIS)s) i)) FROM generate_series(1, date '%(LAST)s' - date '%(FIRST)s' + 1) n;
    INSERT INTO nem12_superseded_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values", won_by_file_id, won_by_line_no, outcome)
    SELECT nmi, nmi_suffix, interval_date, 1, file_id - 1, details_id, quality, events, "values", file_id, line_no, 'older'
    FROM nem12_interval_days WHERE file_id %% 10 = 0;
    SELECT setval('nem12_files_file_id_seq', 10000);
    VACUUM ANALYZE;
""" % globals()
EXPLAIN = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;
    SET track_functions = 'all'; SET client_min_messages = log; SET max_parallel_workers_per_gather = 0; SET jit = off;
"""
SCAN = re.compile(r"(?<!Bitmap )(Seq|Index Only|Index|Bitmap Heap) Scan (?:Backward )?(?:using \w+ )?on (nem12_interval_days_(\d{4}_\d\d))\b.*\((?:actual rows=(\d+) loops=(\d+)|never executed)\)")


def ask(question):
    """The rows of the answer, the scans of month partitions that ran as (kind, month, rows), and how often each C function was called."""
    store.sql("SELECT pg_stat_reset();")
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], input=(EXPLAIN + "SET client_min_messages = log;" + question + ";").encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    output = done.stdout.decode()
    if done.returncode != 0:
        sys.exit(output[-2000:])
    scans = [(m.group(1), m.group(3), int(m.group(4)) * int(m.group(5))) for m in SCAN.finditer(output) if m.group(4) is not None]
    calls = dict(store.sql("SELECT pg_stat_force_next_flush(); SELECT funcname, sum(calls)::bigint FROM pg_stat_user_functions GROUP BY 1;")[1:])
    return scans, {name: int(count) for name, count in calls.items()}


def months(scans):
    return sorted({month for _, month, _ in scans})


def check(question, wanted_months, most_rows, seq_scans=False, **wanted_calls):
    """At most `most_rows` rows are read, of these months only; the functions named are called no more often than this."""
    scans, calls = ask(question)
    store.expect([month for month in months(scans) if month not in wanted_months], [], "other months opened by " + question)
    if not seq_scans:
        store.expect([scan for scan in scans if scan[0] == "Seq"], [], "tables scanned by " + question)
    rows = sum(scan[2] for scan in scans)
    if rows > most_rows:
        sys.exit("%s read %d day rows, more than %d: %r" % (question, rows, most_rows, scans))
    for name, most in dict({"nem12_sum": 0, "nem12_day_readings": 0, "nem12_sum_not_actual": 0}, **wanted_calls).items():
        if calls.get(name, 0) > most:
            sys.exit("%s called %s %d times, more than %d" % (question, name, calls[name], most))
    print("%d rows of %s: %s" % (rows, ", ".join(months(scans)) or "no month", question[:110]))


def test():
    store.sql(FILL)
    all_months = ["%d_%02d" % (year, month) for year in (2023, 2024) for month in range(1, 13)]
    a_month, days = ["2024_06"], 30 * NMIS
    check("SELECT count(*) FROM nem12_readings_as_of('4000000009', '2024-06-01', '2024-06-30 12:00', '2024-08-01 00:00+10')", a_month, 40)
    check("SELECT count(*) FROM nem12_days_as_of('2024-08-01') WHERE nmi = '4000000009' AND interval_date BETWEEN '2024-06-01' AND '2024-06-30'",
          all_months, 40)
    check("SELECT sum(consumption) FROM nem12_day_totals WHERE nmi = '4000000009' AND interval_date BETWEEN '2024-06-01' AND '2024-06-30'", a_month, 30, nem12_sum=30)
    check("SELECT count(actual) FROM nem12_day_totals WHERE nmi = '4000000009' AND interval_date BETWEEN '2024-06-01' AND '2024-06-30'", a_month, 30)
    # A month of everybody: that month once or twice, and of each channel its first and its last day.
    check("SELECT count(*) FROM nem12_gaps('2024-06-01', '2024-06-30')", all_months, days + 2 * NMIS, seq_scans=True)
    check("SELECT count(*) FROM nem12_gaps('2024-06-01', '2024-06-30', '{4000000009}')", all_months, 32, seq_scans=True)
    check("SELECT count(*) FROM nem12_completeness('2024-06-01', '2024-06-30')", all_months, 2 * days + 2 * NMIS, seq_scans=True, nem12_sum_not_actual=days)
    check("SELECT count(*) FROM nem12_export('{4000000009}', '2024-06-01', '2024-06-30')", a_month, 30, nem12_day_records=30)
    check("SELECT count(*) FROM nem12_export('{4000000009}', '2024-06-01', '2024-06-30', as_of => '2024-08-01')", a_month, 40, nem12_day_records=30)
    check("SELECT count(*) FROM nem12_reading_changes('2024-06-01', '2024-06-30', '{4000000009}')", a_month, 10)

    # What changed, among 29,000 days: a load of three days, one of them there already, and the merge.
    since = store.sql("SELECT pg_current_snapshot();")[0][0]
    content = store.mdff("202501010000", ("4000000009", "E1", 30, {"202406%02d" % day: ["5"] * 48 for day in (1, 2)}),
                         ("4100000001", "E1", 30, {"20240603": ["5"] * 48}))
    store.load(content)
    store.sql("SELECT nem12_merge_staging();")
    changed = "SELECT count(*) FROM nem12_changed_days('%s')" % since
    store.expect(store.sql(changed + ";"), [["3"]], "changed days")
    check(changed, a_month, 30)
    check("SELECT count(*) FROM nem12_changed_days('%s')" % store.sql("SELECT pg_current_snapshot();")[0][0], [], 0)


store.main(test, "fsync = off")
