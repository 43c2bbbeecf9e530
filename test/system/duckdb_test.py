#!/usr/bin/env python3
"""DuckDB reads what `nem12-loader export --format csv` writes: every reading to the digit, every time, sums of each channel and of all as
PostgreSQL has them; from one file, from packed files of each NMI, and through Parquet. scripts/duckdb brings DuckDB."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import round_trip
import store

MODULES = os.path.join(store.ROOT, "build", "duckdb", "node_modules")
QUERIES = """
    const { DuckDBInstance } = require('@duckdb/node-api');
    (async () => {
        const connection = await (await DuckDBInstance.create(':memory:')).connect();
        const answers = [];
        for (const query of JSON.parse(require('fs').readFileSync(0, 'utf8')))
            answers.push((await connection.runAndReadAll(query)).getRows());
        process.stdout.write(JSON.stringify(answers, (_, value) => typeof value === 'bigint' ? String(value) : value));
    })().catch(error => { console.error(error); process.exit(1); });
"""
# What docs/connect.md says; DECIMAL(25,7) holds whatever a store can: 18 digits, up to 7 of them behind the point.
EXACT = "types = {'nmi': 'VARCHAR', 'nmi_suffix': 'VARCHAR', 'consumption': 'DECIMAL(25,7)'}"
FINE = ["99999999999.9999999", "0.0000001", "-0.0000001", "12345678901.2345678", "0", "0.1"]
LARGE = ["999999999999999999", "-999999999999999999", "999999999999999998"]
CHANNELS = """SELECT nmi, nmi_suffix, count(*), sum(consumption)%s, min(consumption)%s, max(consumption)%s, min("timestamp"), max("timestamp"),
    count(reason_code), min(uom), min(flow), min(quality_method), max(quality_method) FROM %s GROUP BY ALL_ ORDER BY ALL_"""
READINGS = 'SELECT nmi, nmi_suffix, "timestamp", consumption%s, interval_length, quality_method, reason_code, reason_description, meter_serial FROM %s ORDER BY 1, 2, 3'


def duckdb(*queries):
    """The rows of each, as texts."""
    as_text = ["SELECT COLUMNS(*)::VARCHAR FROM (%s)" % query if query.startswith("SELECT") else query for query in queries]
    done = subprocess.run(["node", "-e", QUERIES], input=json.dumps(as_text), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          env=dict(os.environ, NODE_PATH=MODULES))
    if done.returncode != 0:
        sys.exit("DuckDB: " + done.stderr[-2000:])
    return [[["" if field is None else field for field in row] for row in answer] for answer in json.loads(done.stdout)]


def channels(source, exact=""):
    return (CHANNELS % (exact, exact, exact, source)).replace("ALL_", "1, 2")


def extremes():
    """Numbers that no float can hold; the tolerant dialect takes what is negative."""
    days = {"20240301": FINE * 8, "20240302": LARGE * 16}
    return store.mdff("202404010000", ("4001234567", "E1", 30, days))


def fill(folder):
    session = store.Session()
    session.sql("SET client_min_messages = warning; CREATE EXTENSION nem12;")
    contents = [round_trip.content_of(path) for path in round_trip.corpus("nem12")]
    for minutes in (5, 15, 30):
        contents += [round_trip.content_of(path) for path in round_trip.generate(folder, "--nmis", 3, "--days", 10, "--interval", minutes, "--seed", minutes)]
    taken = [round_trip.load(content, session) for content in contents]
    store.expect(taken.count(None) <= 1 and len(taken) > 3, True, "files taken")
    store.expect(session.sql("SELECT days_inserted FROM nem12_load(%s, dialect => 'tolerant');" % store.bytea(extremes())), [["2"]], "days of extremes")
    session.close()


def export(*words):
    conninfo = "host=%s port=%s dbname=nem12 user=nem12" % (os.environ["PGHOST"], os.environ["PGPORT"])
    subprocess.run([round_trip.LOADER, "export", "--db", conninfo, "--format", "csv", *words], check=True, stdout=subprocess.DEVNULL)


def documented(path):
    """The query of docs/connect.md, with the path put in."""
    with open(os.path.join(store.ROOT, "docs", "connect.md"), encoding="utf-8") as docs:
        block = re.search(r"^```sql duckdb\n(.*?);\n```", docs.read(), re.MULTILINE | re.DOTALL)
    store.expect(bool(block) and "'readings.csv'" in block.group(1) and EXACT in re.sub(r"\s+", " ", block.group(1)), True, "the query in docs/connect.md")
    return " ".join(block.group(1).replace("'readings.csv'", "'%s'" % path).split())


def test():
    if not shutil.which("node") or not os.path.isdir(os.path.join(MODULES, "@duckdb", "node-api")):
        print("SKIPPED: no DuckDB in build/duckdb; scripts/duckdb brings it from the npm registry")
        sys.exit(store.SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        csv, by_nmi, parquet = (os.path.join(folder, name) for name in ("readings.csv", "by_nmi", "readings.parquet"))
        export("-o", csv)
        export("-o", by_nmi, "--per-nmi", "--gzip")
        whole, packed = ("read_csv('%s', %s)" % (path, EXACT) for path in (csv, os.path.join(by_nmi, "*.csv.gz")))
        everything = "SELECT count(*), sum(consumption)%s, count(DISTINCT nmi || nmi_suffix), sum(interval_length) FROM %s"
        version, types, *answers, from_docs, _, read_back = duckdb(
            "SELECT version()", "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM %s)" % whole,
            everything % ("", whole), channels(whole), READINGS % ("", whole), everything % ("", packed), channels(packed),
            documented(csv), "COPY (FROM %s) TO '%s' (FORMAT parquet)" % (whole, parquet), channels("'%s'" % parquet))
        exact = "::numeric(38, 7)"
        session = store.Session()
        all_of_it, of_channels, readings = (session.sql(query + ";") for query in (everything % (exact, "meter_readings"), channels("meter_readings", exact), READINGS % (exact, "meter_readings")))
        month = session.sql("SELECT nmi, flow, date_trunc('month', \"timestamp\")::date, sum(consumption)%s FROM meter_readings WHERE uom = 'kWh' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;" % exact)
        session.close()
        store.expect({"nmi": "VARCHAR", "timestamp": "TIMESTAMP", "consumption": "DECIMAL(25,7)"}.items() <= dict(types).items(), True, "types: %r" % types)
        for what, got, wanted in (("all of it", answers[0], all_of_it), ("channels", answers[1], of_channels), ("readings", answers[2], readings),
                                  ("all of the packed files", answers[3], all_of_it), ("channels of the packed files", answers[4], of_channels),
                                  ("the documented query", from_docs, month), ("channels through Parquet", read_back, of_channels)):
            different = [pair for pair in zip(got, wanted) if pair[0] != pair[1]]
            if len(got) != len(wanted) or different or not wanted:
                sys.exit("%s: %d rows, expected %d; (DuckDB, PostgreSQL): %r" % (what, len(got), len(wanted), different[:3]))
        print("DuckDB %s: %s readings of %d channels are equal to the digit, their sum is %s" % (version[0][0], all_of_it[0][0], len(of_channels), all_of_it[0][1]))


store.main(test, "fsync = off")
