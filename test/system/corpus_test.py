#!/usr/bin/env python3
"""Every file of the corpus goes in, and what comes out equals what an independent reader says (expected-nem12.tsv).

Once as loaders do it and again with small batches of parsed rows, so that every record stands at a boundary once.
"""

import collections
import csv
import glob
import os
import sys

import store
from round_trip import content_of

CORPUS = os.environ.get("NEM12_CORPUS", os.path.join(os.path.dirname(store.ROOT), "shared", "corpus"))
BATCHES = tuple(int(rows) for rows in os.environ.get("NEM12_BATCHES", "8192 1").split())  # rows; 2 and 7 take long
BROKEN = "NEM12#Scenario10#ETSAMDP#NEMMCO.zip"


def records(content, indicator):
    return sum(line.startswith(indicator) for line in content.split(b"\n"))


def load_alone(path):
    """Loads a file into an empty store, by the tolerant dialect if it must be."""
    store.sql("TRUNCATE nem12_files, nem12_interval_days, nem12_staging_days, nem12_accumulation_reads, nem12_staging_reads;")
    content = content_of(path)
    try:
        return content, store.load(content), "strict"
    except store.SqlError:
        return content, store.load(content, dialect="tolerant"), "tolerant"


def check_nem12(path, expected):
    content, row, _ = load_alone(path)
    store.expect(row["days_inserted"] + row["days_staged"], records(content, b"300,"), path)
    store.sql("SELECT nem12_merge_staging();")
    got = store.sql("""
        SELECT nmi, nmi_suffix, count(*), sum(consumption), min("timestamp"), max(interval_end),
               (SELECT string_agg(quality_method || ':' || n, ',' ORDER BY quality_method) FROM (
                    SELECT quality_method, count(*) AS n FROM meter_readings q
                    WHERE q.nmi = r.nmi AND q.nmi_suffix = r.nmi_suffix GROUP BY 1) AS q)
        FROM meter_readings r GROUP BY 1, 2;""")
    for channel in got:
        channel[3] = "%.4f" % float(channel[3])
    store.expect(sorted(got), sorted(expected), path)


def check_nem13(path):
    content, row, dialect = load_alone(path)
    wanted = records(content, b"250,")
    store.expect(row["accumulation_reads"], wanted, path)
    stored = store.sql("SELECT (SELECT count(*) FROM nem12_accumulation_reads) + (SELECT count(*) FROM nem12_staging_reads);")
    store.expect(int(stored[0][0]), wanted, path)
    return dialect


def check_refused(path, dialects, line=None):
    for dialect in dialects:
        try:
            row = store.load(content_of(path), dialect=dialect)
        except store.SqlError as error:
            if not (error.sqlstate or "").startswith("NM0"):
                sys.exit("%s: %s" % (path, error))
            if line and '"line": %d,' % line not in str(error):
                sys.exit("%s: line %d is not named: %s" % (path, line, error))
            continue
        sys.exit("%s went in (%s): %r" % (path, dialect, row))


def test_all():
    """Returns the number of NEM12 files, and that of NEM13 files by dialect."""
    expected = collections.defaultdict(list)
    with open(os.path.join(CORPUS, "expected-nem12.tsv"), encoding="ascii") as file:
        for name, *channel in csv.reader(file, delimiter="\t"):
            channel[-1] = ",".join(sorted(channel[-1].split(",")))
            expected[name].append(channel)
    checked = 0
    for path in sorted(glob.glob(os.path.join(CORPUS, "nem12", "*"))):
        name = os.path.basename(path)
        if name == BROKEN:
            check_refused(path, ["strict", "tolerant"], line=27)
            continue
        if name not in expected:
            sys.exit("%s has no figures in expected-nem12.tsv" % name)
        check_nem12(path, expected.pop(name))
        checked += 1
    store.expect(dict(expected), {}, "files with figures that are not in the folder")
    dialects = collections.Counter(check_nem13(path) for path in sorted(glob.glob(os.path.join(CORPUS, "nem13", "*"))))
    for path in sorted(glob.glob(os.path.join(CORPUS, "invalid", "*"))):
        check_refused(path, ["strict"])
    return checked, dict(dialects)


def test():
    if not os.path.isdir(CORPUS):
        print("the corpus is not here: %s" % CORPUS)
        sys.exit(store.SKIPPED)
    store.sql("CREATE EXTENSION nem12;")
    for rows in BATCHES:
        store.use_batches_of(rows)
        store.expect(store.sql("SELECT nem12_nmi_checksum('4001234567'); SHOW nem12.batch_rows;")[1], [str(rows)], "the setting")
        nem12, nem13 = test_all()
        print("batches of %d: %d NEM12 files equal the independent reader's figures; NEM13: %s" % (rows, nem12, nem13))


store.main(test)
