#!/usr/bin/env python3
"""Logical replication of the whole store, merges going on: through the partitioned table (publish_via_partition_root) and month by
month. New months arrive, also where the subscriber was not prepared; days are deleted; the subscriber takes over in the end."""

import os
import threading
import time

import store
import whole_store
from whole_store import days

LOG = os.path.join(os.environ.get("NEM12_SERVERS", ""), "subscriber.log")
NMIS = ["40012345%02d" % n for n in range(80, 83)]


def confirmed(subscriber, slot):
    """Waits until the subscriber has applied everything that the publisher has written by now."""
    lsn = store.sql("SELECT pg_current_wal_lsn();")[0][0]
    store.wait_until("%s has applied all changes" % slot, lambda: store.sql(
        "SELECT confirmed_flush_lsn >= '%s' FROM pg_replication_slots WHERE slot_name = '%s';" % (lsn, slot)) == [["t"]], log=LOG)
    store.wait_until("all tables of %s are synchronised" % slot, lambda: store.sql(
        "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r';", subscriber) == [["0"]])


def prepare_months(subscriber, first, last):
    store.sql("SELECT nem12_prepare_months(array_agg(month::date)) FROM generate_series(date '%s', date '%s', interval '1 month') month;"
              % (first, last), subscriber)


def subscribe(server, name, via_root):
    """A database of its own with the extension, subscribed to everything; returns how to reach it."""
    store.sql("CREATE DATABASE %s;" % name, server.database())
    subscriber = server.database(name)
    store.sql("CREATE EXTENSION nem12;", subscriber)
    prepare_months(subscriber, "2024-01-01", "2024-04-01")
    store.sql("CREATE PUBLICATION %s FOR TABLE %s WITH (publish_via_partition_root = %s);" % (
        name, ", ".join(whole_store.tables()), "true" if via_root else "false"))
    store.sql("CREATE SUBSCRIPTION %s CONNECTION 'host=%s port=5432 dbname=nem12 user=nem12' PUBLICATION %s;" % (
        name, os.environ["PGHOST"], name), subscriber)
    return subscriber


def load_and_merge(month):
    """Each NMI's month twice and more, by a session each, while another merges; every key has several versions in the end."""
    def deliver(nmi):
        for version in range(1, 3):
            store.load(store.mdff("2025010%d0000" % version, (nmi, "E1", 30, days(str(version), month=month))))
            store.load(store.mdff("2024120%d0000" % version, (nmi, "E1", 5, days("0.%d" % version, 5, 5, 9, month))))

    def merge():
        while any(session.is_alive() for session in sessions):
            store.sql("SELECT nem12_merge_staging(20);")
            time.sleep(0.2)
        store.sql("SELECT nem12_merge_staging();")

    sessions = [threading.Thread(target=deliver, args=(nmi,)) for nmi in NMIS]
    merger = threading.Thread(target=merge)
    for thread in sessions + [merger]:
        thread.start()
    for thread in sessions + [merger]:
        thread.join()


def expect_both_equal(via_root, by_month, when):
    wanted = whole_store.contents()
    for subscriber, slot in ((via_root, "via_root"), (by_month, "by_month")):
        confirmed(subscriber, slot)
        whole_store.expect_equal(subscriber, wanted, "%s, %s" % (slot, when))


def errors(name, subscriber):
    return int(store.sql("SELECT apply_error_count FROM pg_stat_subscription_stats WHERE subname = '%s';" % name, subscriber)[0][0])


def test():
    server = store.SecondServer("subscriber")
    store.sql("CREATE EXTENSION nem12;")
    whole_store.fill()
    via_root = subscribe(server, "via_root", True)
    by_month = subscribe(server, "by_month", False)
    expect_both_equal(via_root, by_month, "first copy")

    load_and_merge("202402")
    store.expect(int(store.sql("SELECT count(*) FROM nem12_superseded_days WHERE outcome = 'replaced';")[0][0]) > 50, True, "merges replaced days")
    store.sql("DELETE FROM nem12_interval_days WHERE nmi = '%s' AND interval_date < '2024-02-04';" % NMIS[0])
    expect_both_equal(via_root, by_month, "after merges")

    # A month that the subscribers do not have: the one through the root stops until it is made, and nothing is lost; the other
    # does not know of it until it is told.
    store.load(store.mdff("202501010000", (NMIS[0], "E1", 30, days("3", month="202407"))))
    store.wait_until("the subscription through the root says that it stops", lambda: errors("via_root", via_root) > 0)
    for subscriber in (via_root, by_month):
        prepare_months(subscriber, "2024-05-01", "2024-12-01")
    store.sql("ALTER SUBSCRIPTION by_month REFRESH PUBLICATION;", by_month)
    load_and_merge("202407")
    expect_both_equal(via_root, by_month, "after a new month")

    for name, subscriber in (("via_root", via_root), ("by_month", by_month)):
        whole_store.take_over(name, subscriber)
        whole_store.goes_on(subscriber)
    server.control("stop")
    print("both subscribers equal through merges, deletes and new months; each takes over")


store.main(test, "fsync = off\nwal_level = logical\nwal_retrieve_retry_interval = 500ms")
