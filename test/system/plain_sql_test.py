#!/usr/bin/env python3
"""Random queries over meter_readings, made from a grammar of aggregates, groups, predicates, joins and wrappings: answered from
buckets of readings (nem12.combine_readings), from every reading and, for some of them, from an ordinary table with a row per
reading, the answers are the same to the last digit. It also counts how many were answered from buckets, and how many not.

PLAIN_SQL_QUERIES: how many (300); PLAIN_SQL_SEED: which ones."""

import os
import random
import re
import subprocess
import sys
from collections import Counter

import store

QUERIES = int(os.environ.get("PLAIN_SQL_QUERIES", "300"))
SEED = int(os.environ.get("PLAIN_SQL_SEED", "1"))

# Interval lengths from 5 minutes to 6 hours, also one that no hour divides; scales 0 to 7, negative, huge and zero values;
# missing days; days with 400 events; two days on which the clocks of most of Australia change.
DATA = """
DO $$ BEGIN PERFORM nem12_prepare_months('{2025-03-01,2025-04-01,2025-10-01}'); END $$;
INSERT INTO nem12_channel_details
SELECT nmi, suffix, n, minutes, CASE WHEN suffix = 'K1' THEN 'kVArh' ELSE 'kWh' END, 'B1E1K1', n::text, 'N1', 'METER' || n, NULL
FROM (VALUES ('4000000001', 'E1', 1, 5), ('4000000001', 'B1', 2, 5), ('4000000002', 'E1', 3, 15), ('4000000002', 'K1', 4, 15),
             ('4000000003', 'E1', 5, 30), ('4000000004', 'E1', 6, 360), ('4000000005', 'E1', 7, 160), ('4000000006', 'E1', 8, 30))
     AS channel(nmi, suffix, n, minutes);
INSERT INTO nem12_files (file_id, sha256, file_name, version, file_creation_date, dialect, bytes)
SELECT -n, sha256(n::text::bytea), n || '.csv', 'NEM12', timestamp '2025-05-01' + n * interval '1 hour', 'strict', 1
FROM generate_series(1, 3) n;
INSERT INTO nem12_interval_days (nmi, nmi_suffix, interval_date, line_no, file_id, details_id, quality, events, "values")
SELECT c.nmi, c.nmi_suffix, day::date, 1, -1 - extract(day FROM day)::int % 3, c.details_id,
       CASE n % 5 WHEN 0 THEN 'V' WHEN 1 THEN 'S52,76' WHEN 2 THEN 'E52' ELSE 'A' END,
       CASE WHEN n % 5 = 0 AND c.interval_length <= 30 THEN E'1,7,S14,54\\n8,8,F14,0,read by hand\\n9,20,A\\n21,' || 1440 / c.interval_length || ',E52' ELSE '' END,
       (SELECT array_agg(CASE WHEN n % 17 = 0 THEN 0 ELSE round(((i::bigint * 7919 + n * 104729) % 20011 - 4000)::numeric
                              * CASE WHEN n % 23 = 0 THEN 10000000000000 ELSE 1 END / 10.0 ^ (n % 8), n % 8) END)
        FROM generate_series(1, 1440 / c.interval_length) i)::numeric[]::nem12_values
FROM nem12_channel_details c,
     LATERAL (SELECT day, (extract(epoch FROM day)::bigint / 86400 + c.details_id * 3)::int AS n
              FROM generate_series(timestamp '2025-03-20', '2025-04-19', '1 day') day
              UNION ALL SELECT timestamp '2025-10-05', 5 + c.details_id UNION ALL SELECT '2025-10-06', 9 + c.details_id) days
WHERE n % 11 <> 0;
CREATE TABLE sites (nmi text, region text, area numeric(8,2), price numeric, opened timestamp, zone text);
INSERT INTO sites VALUES ('4000000001', 'north', 10.50, 0.25, '2025-03-25 10:20', 'Australia/Darwin'), ('4000000002', 'south', 7.00, 0.305, '2025-04-01', 'Australia/Adelaide'),
                         ('4000000002', 'twice', 1.25, 1, '2025-04-05 12:00', 'Australia/Sydney'), ('4000000003', NULL, NULL, NULL, NULL, NULL),
                         ('4000000005', 'south', 3, -1, '2025-04-10', 'Australia/Perth'), ('4999999999', 'nowhere', 2, 2, '2025-01-01', 'Australia/Perth');
CREATE TABLE calendar AS SELECT day::date, extract(isodow FROM day) > 5 AS weekend FROM generate_series(timestamp '2025-03-25', '2025-04-30', '1 day') day;
CREATE VIEW north AS SELECT m.*, s.region FROM meter_readings m JOIN sites s ON s.nmi = m.nmi WHERE s.region = 'north';
SET nem12.combine_readings = off;
CREATE TABLE exploded AS SELECT * FROM meter_readings;
CREATE VIEW exploded_north AS SELECT m.*, s.region FROM exploded m JOIN sites s ON s.nmi = m.nmi WHERE s.region = 'north';
ANALYZE;
"""



class Grammar:
    """Makes one query after another. What is in `m.` columns is of meter_readings."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def moment(self):
        day = self.one("2025-03-20", "2025-03-31", "2025-04-01", "2025-04-05", "2025-04-06", "2025-04-07", "2025-04-15", "2025-10-05")
        return day + self.one("", "", "", " 00:00", " 07:07", " 11:30", " 13:00", " 23:59:59", " 02:30")

    def time(self):
        """A timestamp made of the reading's."""
        if self.chance(0.8):
            return 'm."timestamp"'
        zone = self.one("Australia/Adelaide", "Australia/Sydney", "Australia/Perth", "Australia/Eucla", "Australia/Brisbane",
                        "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Amsterdam")
        instant = self.one('m."time"', 'm."time"', "(m.\"timestamp\" AT TIME ZONE INTERVAL '10:00')")
        return "(%s AT TIME ZONE '%s')" % (instant, zone)

    def time_key(self):
        time = self.time()
        return self.one(
            "date_trunc('month', %s)", "date_trunc('day', %s)", "date_trunc('hour', %s)", "date_trunc('week', %s)", "%s::date", "%s::date",
            "extract(hour FROM %s)", "extract(month FROM %s)", "extract(isodow FROM %s)", "date_part('hour', %s)", "to_char(%s, 'YYYY-MM')",
            "to_char(%s, 'Dy HH24')", "date_bin('6 hours', %s, '2025-01-01')", "date_bin('1 day', %s, '2025-01-01 07:30')",
            "date_bin('2 hours 15 minutes', %s, '2025-01-01')", "extract(hour FROM %s) BETWEEN 7 AND 21", "extract(year FROM %s)::int",
            "date_trunc('hour', %s)::date", "CASE WHEN extract(isodow FROM %s) < 6 THEN 'work' ELSE 'rest' END",
            "%s >= '2025-04-01'", "date_trunc('day', m.\"time\", 'Australia/Hobart') -- %s\n", "to_char(%s, 'HH24:MI')", "extract(minute FROM %s)", "%s::time") % time

    def key(self):
        if self.chance(0.5):
            return self.time_key()
        return self.one("m.nmi", "m.nmi", "m.nmi_suffix", "m.uom", "m.interval_length", "m.quality_method", "m.reason_code",
                        "m.meter_serial", "m.file_id", "m.reason_description", "left(m.nmi_suffix, 1)", "m.flow", "m.quality_method = 'A'")

    def condition(self):
        """On buckets, mostly."""
        return self.one(
            "%s" % self.one("extract(hour FROM %s) < 9", "extract(isodow FROM %s) IN (6, 7)", "%s::date = '2025-04-06'",
                            "date_trunc('month', %s) = '2025-04-01'", "%s::date <> '2025-04-02'", "%s >= '2025-04-02'",
                            "%s < '2025-04-05 06:00'", "%s <= '2025-04-05'") % self.time(),
            "m.quality_method = 'A'", "m.quality_method LIKE 'S%'", "m.reason_code IS NULL", "m.nmi_suffix = 'E1'", "m.interval_length > 5",
            "m.uom = 'kWh'", "m.nmi = '4000000003'", "m.nmi IN ('4000000001', '4000000004')", "m.reason_code = 76 OR m.nmi < '4000000002'")

    def predicate(self):
        if self.chance(0.5):
            return 'm."timestamp" %s %s' % (self.one("<", "<=", ">=", ">", ">=", "<", "="),
                                            self.one("timestamp '%s'", "'%s'", "date '%s'", "timestamp '%s' + interval '1 day'") % self.moment()[:self.one(10, 30)])
        if self.chance(0.1):
            return "m.\"time\" %s timestamptz '%s+%s'" % (self.one("<", "<=", ">=", ">="), self.moment(), self.one("10", "00", "09:30"))
        if self.chance(0.1):
            return self.one("m.consumption > 0", "m.interval_end <= '2025-04-06'", 'm."timestamp"::time > \'12:00\'',
                            'm."timestamp" IN (\'2025-04-01\', \'2025-04-06 02:30\')', 'm."timestamp" >= \'2025-04-01 00:00+10\'::timestamptz')
        condition = self.condition()
        return "NOT (%s)" % condition if self.chance(0.1) else condition

    def aggregate(self):
        made = self.one(
            "sum(m.consumption)", "sum(m.consumption)", "avg(m.consumption)", "count(*)", "count(*)", "count(m.consumption)",
            "trim_scale(min(m.consumption))", "trim_scale(max(m.consumption))", 'min(m."timestamp")', 'max(m."timestamp")', 'max(m."time")', "sum(m.consumption * 2)",
            "sum(-m.consumption)", "sum(0.125 * m.consumption)", "avg(m.consumption * 1.10)", "count(DISTINCT m.nmi)", "count(m.reason_code)",
            "count(DISTINCT m.quality_method)", 'count(DISTINCT m."timestamp"::date)', "max(m.nmi_suffix)", "min(m.quality_method)",
            "sum(CASE WHEN %s THEN m.consumption ELSE 0 END)" % self.condition(),
            "sum(CASE WHEN %s THEN m.consumption * 0.3 WHEN m.nmi_suffix = 'E1' THEN -m.consumption END)" % self.condition(),
            "avg(CASE WHEN %s THEN m.consumption END)" % self.condition(), "count(CASE WHEN %s THEN 1 END)" % self.condition(),
            "sum(m.consumption * extract(hour FROM m.\"timestamp\")::int)", "sum(m.consumption / 1000)", "sum(m.consumption + 1)",
            "count(DISTINCT m.consumption)", "stddev(m.consumption)", "sum(m.consumption) / 1000", "round(avg(m.consumption), 3)",
            "bool_or(m.consumption > 0)", "sum(m.interval_length)", "max(m.interval_end)", "sum(abs(m.consumption))")
        aggregates_only = re.fullmatch(r"\w+\(.*\)", made) and "trim_scale" not in made and "round(" not in made
        if aggregates_only and self.chance(0.2):
            made += " FILTER (WHERE %s)" % self.condition()
        return made

    def tables(self):
        """FROM, and columns that come with it."""
        if self.chance(0.6):
            return "meter_readings m", []
        return self.one(
            ("meter_readings m JOIN sites s ON s.nmi = m.nmi", ["s.region", "s.area"]),
            ("sites s JOIN meter_readings m ON s.nmi = m.nmi AND m.\"timestamp\" >= '2025-04-01'", ["s.region"]),
            ("meter_readings m LEFT JOIN sites s ON s.nmi = m.nmi AND s.area > 5", ["s.region"]),
            ("sites s LEFT JOIN meter_readings m ON s.nmi = m.nmi", ["s.region"]),
            ("meter_readings m JOIN calendar k ON k.day = m.\"timestamp\"::date", ["k.weekend"]),
            ("meter_readings m JOIN sites s ON s.nmi = m.nmi AND m.\"timestamp\" >= s.opened", ["s.region"]),
            ("calendar k, meter_readings m JOIN sites s USING (nmi)", ["k.weekend", "s.region"]),
            ("north m", ["m.region"]),
            ("(SELECT * FROM meter_readings WHERE nmi_suffix <> 'B1') m", []),
            ("(SELECT * FROM meter_readings OFFSET 0) m", []),
            ("meter_readings m JOIN meter_readings o USING (nmi, nmi_suffix, \"timestamp\")", []))

    def select(self):
        tables, columns = self.tables()
        keys = [self.one(*columns) if columns and self.chance(0.4) else self.key() for _ in range(self.one(0, 1, 1, 2, 2, 3))]
        aggregates = [self.aggregate() for _ in range(self.one(1, 1, 2, 3, 5))]
        if "region" in " ".join(columns) and " s" in tables and self.chance(0.2):
            aggregates.append(self.one("sum(m.consumption * s.area)", "max(s.area)", "sum(s.area)", "sum(m.consumption * s.price)"))
        where = [self.predicate() for _ in range(self.one(0, 1, 1, 2, 3))]
        if " USING (nmi" in tables:  # where m.nmi is the join's
            keys, aggregates, where = [[part.replace("m.nmi,", "nmi,") for part in parts] for parts in (keys, aggregates, where)]
        if self.chance(0.1):
            where.append(self.one("EXISTS (SELECT FROM sites x WHERE x.nmi = m.nmi)", "m.nmi IN (SELECT nmi FROM sites WHERE area > 5)",
                                  "NOT EXISTS (SELECT FROM sites x WHERE x.nmi = m.nmi AND x.opened > '2025-04-02')",
                                  "m.\"timestamp\" >= (SELECT min(opened) + interval '90 days' FROM sites)"))
        clause = " FROM " + tables + (" WHERE " + " AND ".join("(%s)" % p for p in where) if where else "")
        if keys and self.chance(0.1):
            return "SELECT DISTINCT " + ", ".join(keys) + clause
        group = ""
        if keys:
            numbers = ", ".join(str(n + 1) for n in range(len(keys)))
            group = " GROUP BY " + ("ROLLUP (%s)" % numbers if self.chance(0.05) else numbers)
        if self.chance(0.15):
            group += " HAVING " + self.one("count(*) > 40", "sum(m.consumption) > 0", "min(m.consumption) < 0", 'max(m."timestamp") > \'2025-04-10\'',
                                           "count(m.reason_code) > 3")
        return "SELECT " + ", ".join(keys + aggregates) + clause + group

    def newest(self):
        """The first readings of an NMI by time, or the time of the first."""
        nmi = self.one("'4000000001'", "'4000000001'", "'4000000002'", "'4000000005'", "'4000000009'", "NULL", "(SELECT max(nmi) FROM sites WHERE area < 5)")
        where = ["m.nmi = " + nmi] + ["m.nmi_suffix = %s" % self.one("'E1'", "'B1'", "'K1'")] * self.chance(0.5)
        where += [self.predicate() for _ in range(self.one(0, 1, 1, 2))]
        tables = self.one("meter_readings m", "meter_readings m", "meter_readings m LEFT JOIN sites s ON s.nmi = m.nmi AND s.area > 8",
                          "meter_readings m JOIN calendar k ON k.day = m.\"timestamp\"::date")
        time = self.one('m."timestamp"', 'm."timestamp"', 'm."time"')
        where = " FROM %s WHERE %s" % (tables, " AND ".join("(%s)" % p for p in where))
        if self.chance(0.5):
            return "SELECT %s(%s)%s" % (self.one("min", "max"), time, where)
        return "SELECT %s, m.nmi_suffix, m.consumption, m.quality_method%s ORDER BY %s %s, m.nmi_suffix LIMIT %d%s" % (
            time, where, time, self.one("", "DESC"), self.one(1, 1, 5, 400, 100000), self.one("", "", " OFFSET 3"))

    def query(self):
        if self.chance(0.15):
            return self.newest()
        made = self.select()
        if self.chance(0.1):
            return "WITH q AS %s (%s) SELECT * FROM q" % (self.one("", "MATERIALIZED"), made)
        if self.chance(0.05):
            return "SELECT q.*, x.n FROM (%s) q, (VALUES (1), (2)) x(n)" % made
        if self.chance(0.05):
            return "SELECT s.nmi, (SELECT %s FROM meter_readings m WHERE m.nmi = s.nmi AND m.\"timestamp\" >= s.opened) FROM sites s" % self.aggregate()
        if self.chance(0.05):
            return made + " UNION ALL " + made
        return made


def settings(n):
    """Every eighth query each in parallel, sorted, in a generic plan."""
    kind = n % 8
    if kind == 0:
        return ("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;",
                "RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; RESET max_parallel_workers_per_gather;")
    if kind == 1:
        return "SET enable_hashagg = off; SET enable_hashjoin = off;", "RESET enable_hashagg; RESET enable_hashjoin;"
    if kind == 2:
        return "SET enable_nestloop = off; SET enable_partitionwise_aggregate = on; SET enable_partitionwise_join = on;", \
            "RESET enable_nestloop; RESET enable_partitionwise_aggregate; RESET enable_partitionwise_join;"
    return "", ""


def statements(query, n):
    """(preparation, statement to run): every eighth has its first timestamps as parameters of a generic plan."""
    values = []
    if n % 8 == 3:
        def parameter(match):
            values.append(match.group(1))
            return "$%d::timestamp" % len(values)
        query = re.sub(r"timestamp ('[^']+')", parameter, query)
    if not values:
        return "", query, query
    name = "p%d" % n
    execute = "EXECUTE %s (%s)" % (name, ", ".join(values))
    return "SET plan_cache_mode = force_generic_plan; PREPARE %s AS %s;" % (name, query), execute, execute


def run(queries):
    """{(number, way): answer as a sorted list of lines}; ways: on, off, exploded, plan."""
    script = ["SET max_parallel_workers_per_gather = 0; SET jit = off; SET extra_float_digits = 0;\n\\pset null NULL"]
    for n, query in queries:
        before, after = settings(n)
        for way in ("plan", "on", "off") + (("exploded",) if n % 5 == 0 else ()):
            text = query
            if way == "exploded":
                text = re.sub(r"\bmeter_readings\b", "exploded", re.sub(r"\bnorth m\b", "exploded_north m", query))
            prepare, statement, explained = statements(text, n)
            script.append("\\echo \x1e%d %s" % (n, way))
            script.append("SET nem12.combine_readings = %s; %s %s" % ("off" if way == "off" else "on", before, prepare))
            script.append(("EXPLAIN (COSTS OFF) " + explained if way == "plan" else statement) + ";")
            script.append("%s DEALLOCATE ALL; RESET plan_cache_mode;" % after)
    done = subprocess.run(["psql", "-XqAt", "-f", "-"], input="\n".join(script).encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    answers = {}
    for part in done.stdout.decode().split("\x1e")[1:]:
        lines = part.splitlines()
        n, way = lines[0].split()
        answers[int(n), way] = sorted(lines[1:])
    return answers


def test():
    store.sql("CREATE EXTENSION nem12;" + DATA)
    grammar = Grammar(SEED)
    queries = [(n, grammar.query()) for n in range(QUERIES)]
    counts = Counter()
    wrong = []
    for first in range(0, QUERIES, 100):
        batch = queries[first:first + 100]
        answers = run(batch)
        for n, query in batch:
            combined = any("Buckets:" in line for line in answers[n, "plan"])
            counts["combined" if combined else "not combined"] += 1
            counts["days added up"] += any("days added up" in line for line in answers[n, "plan"])
            plain = answers[n, "off"]
            counts["days by date"] += any("days by date" in line for line in answers[n, "plan"])
            counts["errors"] += any("ERROR" in line for line in plain)
            counts["empty"] += plain == []
            for way in ("on", "exploded"):
                if (n, way) not in answers:
                    continue
                counts["compared with " + way] += 1
                if answers[n, way] != plain:
                    wrong.append((n, way, query, [line for line in answers[n, way] if line not in plain][:4],
                                  [line for line in plain if line not in answers[n, way]][:4]))
    for n, way, query, got, expected in wrong[:10]:
        print("%d %s: %s\n  got      %s\n  expected %s" % (n, way, query, got, expected))
    print("seed %d: %s" % (SEED, ", ".join("%s %d" % item for item in sorted(counts.items()))))
    if wrong:
        sys.exit("%d of %d answers differ" % (len(wrong), QUERIES))
    # A shortcut that is never taken would pass, and so would queries that fail.
    least = {"combined": 0.3, "not combined": 0.1, "days added up": 0.05, "days by date": 0.05}
    if any(counts[what] < share * QUERIES for what, share in least.items()) or counts["errors"] > 0:
        sys.exit("not a fair share of queries was combined, or some cannot be run")


store.main(test)
