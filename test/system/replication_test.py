#!/usr/bin/env python3
"""Logical replication of the store, in both ways a partitioned table can be published: the first copy, later loads, merges and
deletions arrive, and a new month arrives as docs/operations.md says."""

import os
import sys
import time

import store

os.environ.setdefault("NEM12_PG_CONF", "wal_level = logical\nmax_worker_processes = 16\nwal_retrieve_retry_interval = 200")

TABLES = """nem12_files nem12_channel_details nem12_interval_days nem12_staging_days nem12_superseded_days nem12_b2b_details
    nem12_accumulation_reads nem12_staging_reads nem12_superseded_reads nem12_errors""".split()


def contents(database):
    return {table: store.sql("SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM %s t;" % table, database)
            for table in TABLES}


def wait_for(what, database, publisher):
    end = time.monotonic() + 60
    while contents(database) != contents(publisher):
        if time.monotonic() > end:
            wrong = [table for table in TABLES if contents(database)[table] != contents(publisher)[table]]
            with open(os.environ["NEM12_PG_LOG"], encoding="utf-8", errors="replace") as log:
                errors = [line for line in log if "ERROR" in line][-3:]
            sys.exit("%s: %s did not arrive at %s\n%s" % (what, wrong, database, "".join(errors)))
        time.sleep(0.2)


def wait_for_error(text, since):
    end = time.monotonic() + 60
    while True:
        with open(os.environ["NEM12_PG_LOG"], encoding="utf-8", errors="replace") as log:
            log.seek(since)
            if text in log.read():
                return
        if time.monotonic() > end:
            sys.exit("the subscriber did not say %r" % text)
        time.sleep(0.1)


def days(value, month, last=20):
    return {"%s%02d" % (month, day): [value] * 48 for day in range(1, last + 1)}


def load(created, value, month, publisher):
    return store.load(store.mdff(created, ("4001234567", "E1", 30, days(value, month))), publisher)


def replicate(name, via_root):
    publisher, subscriber = name + "_from", name + "_to"
    for database in publisher, subscriber:
        store.sql("CREATE DATABASE %s;" % database)
        store.sql("CREATE EXTENSION nem12; SELECT nem12_prepare_months('{2024-01-01,2024-02-01}');", database)
    load("202403010000", "1", "202401", publisher)
    load("202403010001", "2", "202402", publisher)
    store.sql("CREATE PUBLICATION nem12 FOR TABLE %s WITH (publish_via_partition_root = %s);" % (", ".join(TABLES), via_root), publisher)
    # Both ends are on one server, where making the slot must not wait for its own transaction.
    store.sql("SELECT pg_create_logical_replication_slot('%s', 'pgoutput');" % name, publisher)
    store.sql("CREATE SUBSCRIPTION nem12 CONNECTION 'host=%s port=%s user=%s dbname=%s' PUBLICATION nem12"
              " WITH (create_slot = false, slot_name = '%s');" % (os.environ["PGHOST"], os.environ["PGPORT"], os.environ["PGUSER"], publisher, name),
              subscriber)
    wait_for("the first copy", subscriber, publisher)

    row = load("202403020000", "3", "202401", publisher)
    store.expect(row["days_staged"], 20, "days staged")
    wait_for("a second delivery", subscriber, publisher)
    store.expect(store.sql("SELECT updated FROM nem12_merge_staging();", publisher), [["20"]], "the merge")
    wait_for("the merge", subscriber, publisher)
    store.sql("DELETE FROM nem12_interval_days WHERE interval_date = '2024-02-03';", publisher)
    wait_for("a deletion", subscriber, publisher)

    # a new month: the subscriber stops until it is made there, and goes on by itself
    since = os.path.getsize(os.environ["NEM12_PG_LOG"])
    load("202404010000", "4", "202403", publisher)
    if via_root == "true":
        wait_for_error("no partition of relation \"nem12_interval_days\" found for row", since)
        store.sql("SELECT nem12_prepare_months('{2024-03-01}');", subscriber)
    else:
        store.sql("SELECT nem12_prepare_months('{2024-03-01}');", subscriber)
        store.sql("ALTER SUBSCRIPTION nem12 REFRESH PUBLICATION;", subscriber)
    wait_for("a new month", subscriber, publisher)
    load("202404020000", "5", "202403", publisher)
    store.sql("SELECT nem12_merge_staging();", publisher)
    wait_for("a merge in the new month", subscriber, publisher)
    store.expect(store.sql("SELECT count(*), sum(consumption) FROM meter_readings;", subscriber),
                 store.sql("SELECT count(*), sum(consumption) FROM meter_readings;", publisher), "readings")
    store.sql("ALTER SUBSCRIPTION nem12 DISABLE; ALTER SUBSCRIPTION nem12 SET (slot_name = NONE); DROP SUBSCRIPTION nem12;", subscriber)
    print("%s: copy, loads, merges, deletion and a new month arrive" % name)


def test():
    replicate("by_root", "true") if len(sys.argv) < 2 else None
    replicate("by_partition", "false")


store.main(test)
