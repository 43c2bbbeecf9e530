#!/usr/bin/env python3
"""pg_dump and pg_restore carry everything: every table alike, and loading and merging go on in the restored database."""

import os
import subprocess
import tempfile

import store
import whole_store


def round_trip(database, dump_options, restore):
    store.sql("CREATE DATABASE %s TEMPLATE template0;" % database)
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, "dump")
        subprocess.run(["pg_dump", "-f", dump] + dump_options, check=True)
        subprocess.run(restore(database, dump), check=True, stdout=subprocess.DEVNULL)
    whole_store.expect_equal(database, whole_store.contents(), database)
    store.expect(whole_store.numbers(database), whole_store.numbers(), "sequences in " + database)
    whole_store.goes_on(database)
    print("%s: %d tables, %d sequences alike; loads and merges" % (database, len(whole_store.tables()), len(whole_store.sequences())))


def test():
    store.sql("CREATE EXTENSION nem12;")
    whole_store.fill()
    round_trip("custom", ["-Fc"], lambda database, dump: ["pg_restore", "--exit-on-error", "-d", database, dump])
    round_trip("parallel", ["-Fd", "-j2"], lambda database, dump: ["pg_restore", "--exit-on-error", "-j2", "-d", database, dump])
    round_trip("plain", ["-Fp"], lambda database, dump: ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", dump])


store.main(test, "fsync = off")
