#!/usr/bin/env python3
"""However many versions of a day wait, and however long they are: the memory of the merge does not grow with them."""

import random

import store

LIMIT_MB = 64
# So many files have each stored day, with the same content; one line of events each, which makes the contents different, where asked.
COPIES = """
INSERT INTO nem12_files (sha256, version, dialect, bytes, file_creation_date)
SELECT sha256(n::text::bytea), 'NEM12', 'strict', 1, '2024-03-01'::timestamp + n * interval '%s second' FROM generate_series(1, %d) AS n;
INSERT INTO nem12_staging_days
SELECT v.*, nextval('nem12_staging_days_staging_id_seq'), 'day_exists'
FROM (SELECT d.nmi, d.nmi_suffix, d.quality, d.interval_date, d.line_no, f.file_id, d.update_datetime, d.msats_load_datetime, d.details_id, d."values", %s
      FROM nem12_files f CROSS JOIN nem12_interval_days d WHERE f.file_id > 1 ORDER BY f.file_id, d.nmi, d.interval_date) AS v;
"""


def merge(name, content, seconds, copies, events, outcome):
    store.sql("CREATE DATABASE %s; \\c %s\nCREATE EXTENSION nem12;" % (name, name))
    days = store.load(content, name)["days_inserted"]
    store.sql(COPIES % (seconds, copies, events), name)
    session = store.Session(name)
    backend = int(session.sql("SELECT pg_backend_pid();")[0][0])
    with store.PeakMemory(lambda: [backend]) as peak:
        counts = session.sql("SELECT inserted, updated, inserted + updated + discarded, remaining FROM nem12_merge_staging();")
    store.expect(counts, [["0", str(days), str(days * copies), "0"]], name)
    store.expect(session.sql("SELECT outcome, count(*) FROM nem12_superseded_days WHERE merge_id IS NULL GROUP BY 1;"),
                 [[outcome, str(days * (copies - 1))]], name)
    session.close()
    print("%s: %d versions of %d days, %d MB of private memory at most" % (name, copies, days, peak.kb // 1024))
    store.expect(peak.kb // 1024 <= LIMIT_MB, True, "%s: at most %d MB" % (name, LIMIT_MB))


def test():
    dice = random.Random(1)
    dates = ["202401%02d" % day for day in range(1, 26)]
    store_of_random = store.mdff("202402010000", *[("40120000%02d" % n, "E1", 5, {date: ["%.3f" % (dice.random() * 2.5) for _ in range(288)] for date in dates})
                                                   for n in range(40)])
    merge("many_versions", store_of_random, "1", 60, "d.events", "older")
    one_day = store.mdff("202403010000", ("4012000001", "E1", 30, {"20240105": ["1"] * 48}))
    merge("long_conflicts", one_day, "0", 5000, "repeat('1,48,S14,0,a reason', 2000) || f.file_id", "conflict")


store.main(test)
