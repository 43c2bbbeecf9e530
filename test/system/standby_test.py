#!/usr/bin/env python3
"""A streaming standby made by pg_basebackup: equal to its primary, readable, refuses loads; promoted when the primary dies, it
loads and merges on, and the loader finds it by itself."""

import os
import subprocess
import tempfile

import store
import whole_store
from whole_store import days


def caught_up(standby):
    lsn = store.sql("SELECT pg_current_wal_lsn();")[0][0]
    store.wait_until("the standby has replayed what the primary wrote", lambda: store.sql(
        "SELECT pg_last_wal_replay_lsn() >= '%s';" % lsn, standby) == [["t"]])


ANALYSTS = """SELECT * FROM nem12_day_totals ORDER BY 1, 2, 3;
    SELECT nmi, nmi_suffix, interval_date, status, outcome FROM nem12_day_versions ORDER BY 1, 2, 3, 4, 5;
    SELECT nmi, nmi_suffix, interval_date, file_id FROM nem12_days_as_of('infinity') ORDER BY 1, 2, 3;
    SELECT count(*), sum(consumption) FROM nem12_readings_as_of('4001234567', '2024-02-01', '2024-03-01', 'infinity');
    SELECT * FROM nem12_reading_changes('2024-02-01', '2024-02-29') ORDER BY 1, 2, 3;
    SELECT * FROM nem12_changed_days() ORDER BY 1, 2, 3;
    SELECT * FROM nem12_changed_days('3:3:') ORDER BY 1, 2, 3;
    SELECT * FROM nem12_gaps('2024-01-01', '2024-03-31');
    SELECT * FROM nem12_completeness('2024-01-01', '2024-03-31');
    SELECT * FROM nem12_index_checks('2024-01-01', '2024-03-31');
    SELECT nem12_export(created => '2025-01-01'); SELECT nem12_export_reads(created => '2025-01-01');"""


def refused(text, database):
    try:
        store.sql(text, database)
    except store.SqlError as error:
        return error.sqlstate
    return None


def loader(file, *servers):
    """nem12-loader with every server in its conninfo; it has to find the one that takes writes."""
    conninfo = "host=%s port=%s dbname=nem12 user=nem12 target_session_attrs=read-write" % (
        ",".join([os.environ["PGHOST"]] * len(servers)), ",".join(str(port) for port in servers))
    with tempfile.NamedTemporaryFile(suffix=".csv") as content:
        content.write(file)
        content.flush()
        subprocess.run([os.path.join(store.ROOT, "build", "nem12-loader"), "load", "--db", conninfo, content.name], check=True)


def test():
    store.sql("CREATE EXTENSION nem12;")
    store.load(store.mdff("202312010000", ("4001234570", "E1", 30, days("1", month="202311"))))
    standby_server = store.SecondServer("standby", "--write-recovery-conf", "--create-slot", "--slot=standby")
    standby = standby_server.database()
    whole_store.fill()  # while the standby follows: new months, merges, all tables
    caught_up(standby)
    primary = whole_store.contents()
    whole_store.expect_equal(standby, primary, "standby")
    for question, shown in (
            ("SELECT count(*), sum(consumption) FROM meter_readings WHERE nmi = '4001234567' AND \"timestamp\" >= '2024-02-03'"
             " AND \"timestamp\" < '2024-02-05';", "Buckets: day"),
            ("SELECT \"timestamp\", consumption FROM meter_readings WHERE nmi = '4001234567' ORDER BY \"timestamp\" DESC LIMIT 1;",
             "days by date")):
        store.expect(store.sql(question, standby), store.sql(question), "meter_readings on the standby")
        store.expect(any(shown in line for (line, *_) in store.sql("EXPLAIN " + question, standby)), True, shown + " on the standby")
    store.expect(store.sql(ANALYSTS, standby), store.sql(ANALYSTS), "what analysts ask, on the standby")
    since = store.sql("SELECT pg_current_snapshot();", standby)[0][0]
    store.expect(store.sql("SELECT count(*) FROM nem12_changed_days('%s');" % since, standby), [["0"]], "nothing changed since a snapshot of the standby")
    load = "SELECT nem12_load(%s);" % store.bytea(store.mdff("202404020000", ("4001234571", "E1", 30, days("1"))))
    for text in (load, "SELECT nem12_merge_staging();", "SELECT nem12_ping_write();"):
        store.expect(refused(text, standby), "25006", text[:40] + " on a standby")
    whole_store.expect_equal(standby, primary, "standby after refusing")
    loader(store.mdff("202404020000", ("4001234572", "E1", 30, days("4", month="202406"))), standby_server.port, 5432)
    caught_up(standby)
    primary = whole_store.contents()
    whole_store.expect_equal(standby, primary, "standby after the loader")
    store.expect(store.sql("SELECT nmi, count(*) FROM nem12_changed_days('%s') GROUP BY 1;" % since, standby), [["4001234572", "28"]], "changed since, on the standby")

    subprocess.run([os.path.join(store.ROOT, "scripts", "private-postgres"), "stop", "immediate"], check=True)
    store.sql("SELECT pg_promote();", standby)
    whole_store.expect_equal(standby, primary, "promoted standby")
    loader(store.mdff("202404030000", ("4001234572", "E1", 30, days("5", month="202407"))), 5432, standby_server.port)
    store.expect(store.sql("SELECT count(*) FROM nem12_interval_days WHERE nmi = '4001234572';", standby), [["56"]], "loaded after promotion")
    whole_store.goes_on(standby)
    standby_server.control("stop")
    print("standby equal through loads and merges; promoted, it loads and merges on")


store.main(test, "fsync = off")  # a killed server loses nothing by that, only a power cut does
