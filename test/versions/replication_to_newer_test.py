#!/usr/bin/env python3
"""Logical replication from an older PostgreSQL to this one, merges going on, and the newer one takes over: an upgrade without a stop."""

import os

import two_versions
from two_versions import NEWER, OLDER, make, private, setting
import store
import whole_store


def test():
    older = make("older", OLDER, two_versions.older_install(), "wal_level = logical")
    private("start", config=OLDER, data=older)
    publisher = two_versions.database()
    store.sql("CREATE DATABASE nem12;", two_versions.database("postgres"))
    store.sql("CREATE EXTENSION nem12;", publisher)
    whole_store.fill(publisher)
    store.sql("CREATE PUBLICATION meters FOR TABLE %s WITH (publish_via_partition_root = true);" % ", ".join(whole_store.tables(publisher)), publisher)

    store.sql("CREATE EXTENSION nem12; SELECT nem12_prepare_months('{2024-01-01,2024-02-01,2024-03-01,2024-04-01}');")
    store.sql("CREATE SUBSCRIPTION meters CONNECTION 'host=%s port=%d dbname=nem12 user=nem12' PUBLICATION meters;" % (
        os.environ["NEM12_SERVERS"], two_versions.PORT))
    store.wait_until("the first copy", lambda: whole_store.contents() == whole_store.contents(publisher))
    for version in (1, 2, 3):
        days = whole_store.days(str(version), month="202403")
        store.load(store.mdff("2024050%d0000" % version, ("4001234571", "E1", 30, days)), publisher)
        store.sql("SELECT nem12_merge_staging();", publisher)
    store.wait_until("what came later", lambda: whole_store.contents() == whole_store.contents(publisher))

    whole_store.take_over("meters")
    private("stop", config=OLDER, data=older)
    whole_store.goes_on("nem12")
    print("%s -> %s: equal, takes over, loads and merges on" % (setting(OLDER, "--version"), setting(NEWER, "--version")))


two_versions.main(test, "fsync = off\nwal_retrieve_retry_interval = 500ms")
