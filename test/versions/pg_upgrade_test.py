#!/usr/bin/env python3
"""pg_upgrade takes a store with data from an older PostgreSQL to this one, in copy and in link mode: equal, loads and merges on.

The newer one has the extension in its own folders, because from 18 on pg_upgrade looks for libraries nowhere else."""

import glob
import os
import sys

import two_versions
from two_versions import NEWER, OLDER, make, private, setting
import store
import whole_store


def pg_upgrade(older, newer, *words):
    command = ["pg_upgrade", "-b", setting(OLDER, "--bindir"), "-B", setting(NEWER, "--bindir"), "-d", older, "-D", newer,
               "-s", os.environ["NEM12_SERVERS"], "-U", "nem12", *words]
    private("exec", *command, "--check")
    try:
        private("exec", *command)
    except SystemExit as failure:
        errors = []
        for log in glob.glob(newer + "/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log"):
            with open(log, encoding="utf-8") as lines:
                errors += [line for line in lines if " error: " in line]
        sys.exit("%s\n%s" % (failure, "".join(errors)))


def must_be_possible(older_install):
    """An older PostgreSQL with newer corrections (15.20) marks the columns of every table with an option that a newer one without them (18.6)
    does not know. Any other failure is one."""
    older = make("older_plain", OLDER, older_install)
    private("start", config=OLDER, data=older)
    version = store.sql("CREATE TABLE plain (a text); SHOW server_version;", two_versions.database("postgres"))[0][0]
    private("stop", config=OLDER, data=older)
    newer = make("newer_plain", NEWER, os.environ["NEM12_SERVERS"] + "/install")
    try:
        pg_upgrade(older, newer)
    except SystemExit as failure:
        if 'unrecognized parameter "pg_attver"' not in str(failure):
            raise
        print(failure)
        print("NOT TESTED: pg_upgrade from %s to %s does not work for a plain table either" % (version, setting(NEWER, "--version")))
        sys.exit(store.SKIPPED)


def upgrade(mode, older_install):
    where = os.environ["NEM12_SERVERS"]
    database = two_versions.database()
    older = make("older_" + mode, OLDER, older_install)
    private("start", config=OLDER, data=older)
    store.sql("CREATE DATABASE nem12;", two_versions.database("postgres"))
    store.sql("CREATE EXTENSION nem12;", database)
    whole_store.fill(database)
    before, numbers = whole_store.contents(database), whole_store.numbers(database)
    version = store.sql("SHOW server_version_num;", database)[0][0]
    private("stop", config=OLDER, data=older)

    newer = make("newer_" + mode, NEWER, where + "/install")
    pg_upgrade(older, newer, *(["--link"] if mode == "link" else []))
    private("start", data=newer)
    whole_store.expect_equal(database, before, "after pg_upgrade, " + mode)
    store.expect(whole_store.numbers(database), numbers, "sequences after pg_upgrade, " + mode)
    now = store.sql("SHOW server_version_num;", database)[0][0]
    store.expect(int(now) // 10000 > int(version) // 10000, True, "%s is newer than %s" % (now, version))
    store.sql("ANALYZE;", database)
    whole_store.goes_on(database)
    private("stop", data=newer)
    print("%s -> %s, %s: equal, loads and merges on" % (version, now, mode))


def test():
    older_install = two_versions.older_install()
    must_be_possible(older_install)
    for mode in ("copy", "link"):
        upgrade(mode, older_install)


two_versions.main(test)
