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
    all_days = "SELECT * FROM nem12_changed_days() ORDER BY 1, 2, 3;"
    store.expect(store.sql(all_days, database), store.sql(all_days), "all days, when and by which file they came, in " + database)
    since = store.sql("SELECT pg_current_snapshot();", database)[0][0]
    changed = "SELECT count(*) > 0 FROM nem12_changed_days('%s');" % since
    store.expect(store.sql(changed, database), [["f"]], "something changed in %s since it was restored" % database)
    whole_store.goes_on(database)
    store.expect(store.sql(changed, database), [["t"]], "nothing changed in %s by loading on" % database)
    print("%s: %d tables, %d sequences alike; loads and merges" % (database, len(whole_store.tables()), len(whole_store.sequences())))


def test():
    store.sql("CREATE EXTENSION nem12;")
    whole_store.fill()
    round_trip("custom", ["-Fc"], lambda database, dump: ["pg_restore", "--exit-on-error", "-d", database, dump])
    round_trip("parallel", ["-Fd", "-j2"], lambda database, dump: ["pg_restore", "--exit-on-error", "-j2", "-d", database, dump])
    round_trip("plain", ["-Fp"], lambda database, dump: ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", dump])


store.main(test, "fsync = off")
