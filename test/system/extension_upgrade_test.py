#!/usr/bin/env python3
"""ALTER EXTENSION UPDATE walks an upgrade script over a store with data, as the first release after 1.0 will: the script is made
here, the installation is this server's copy. One that fails changes nothing; the other keeps every row, also for a session
that loads before and after it, ends in what a fresh installation has, and is dumped and restored."""

import glob
import os
import re
import subprocess

import store
import whole_store

NEXT = """
\\echo Use "ALTER EXTENSION nem12 UPDATE" to load this file. \\quit
ALTER TABLE nem12_files ADD COLUMN IF NOT EXISTS remark text;
ALTER TABLE nem12_interval_days ADD COLUMN IF NOT EXISTS remark text;
CREATE FUNCTION nem12_remark(file bigint, words text) RETURNS void LANGUAGE sql AS
    'UPDATE @extschema@.nem12_files SET remark = words WHERE file_id = file';
CREATE OR REPLACE VIEW remarks AS SELECT file_id, remark FROM nem12_files;
"""


def install_versions():
    """Beside the version that is there: `broken`, whose script fails at its end, and `next`, from now on the default."""
    control, = glob.glob(os.path.join(os.environ["NEM12_SERVERS"], "install", "**", "extension", "nem12.control"), recursive=True)
    with open(control, encoding="utf-8") as file:
        text = file.read()
    now = re.search(r"default_version = '(.*)'", text).group(1)
    for version, script in (("next", NEXT), ("broken", NEXT + "SELECT 1 / 0;\n")):
        with open(os.path.join(os.path.dirname(control), "nem12--%s--%s.sql" % (now, version)), "w", encoding="utf-8") as file:
            file.write(script)
    with open(control, "w", encoding="utf-8") as file:
        file.write(text.replace("default_version = '%s'" % now, "default_version = 'next'"))
    return now


def version(database=None):
    return store.sql("SELECT extversion FROM pg_extension WHERE extname = 'nem12';", database)[0][0]


def described(database):
    """As scripts/check-upgrade compares."""
    command = ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(store.ROOT, "scripts", "lib", "catalog.sql"), database]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()


def contents():
    return whole_store.contents(row="(to_jsonb(t) - 'remark')::text")


def loaded_around(statement):
    """One session loads, another one runs the statement, the first one loads again: days inserted before and after."""
    files = [store.mdff("20240301000%d" % n, ("400123458%d" % n, "E1", 30, whole_store.days("1", month="202402"))) for n in (1, 2)]
    load = "SELECT days_inserted FROM nem12_load(%s);\n"
    rows = store.sql(load % store.bytea(files[0]) + "\\! psql -Xq -v ON_ERROR_STOP=1 -c \"%s\"\n" % statement + load % store.bytea(files[1]))
    return [int(row[0]) for row in rows]


def test():
    now = install_versions()
    store.sql("CREATE EXTENSION nem12 VERSION '%s';" % now)
    whole_store.fill()
    before = contents()
    try:
        store.sql("ALTER EXTENSION nem12 UPDATE TO 'broken';")
    except store.SqlError as error:
        store.expect(error.sqlstate, "22012", "the broken script")
    store.expect((version(), contents()), (now, before), "after the broken script")

    store.expect(loaded_around("ALTER EXTENSION nem12 UPDATE"), [28, 28], "a session that was there before")
    store.expect(version(), "next", "version")
    store.sql("DELETE FROM nem12_interval_days WHERE nmi LIKE '400123458%'; DELETE FROM nem12_channel_details WHERE nmi LIKE '400123458%';"
              " DELETE FROM nem12_files WHERE file_id > (SELECT max(file_id) - 2 FROM nem12_files);")
    store.expect(contents(), before, "after the update")
    store.sql("SELECT nem12_remark(file_id, 'seen') FROM nem12_files;")

    store.sql("CREATE DATABASE fresh;")
    store.sql("CREATE EXTENSION nem12;", "fresh")
    store.expect(described("nem12"), described("fresh"), "updated and fresh")
    dump = os.path.join(os.environ["NEM12_SERVERS"], "dump")
    store.sql("CREATE DATABASE restored TEMPLATE template0;")
    subprocess.run(["pg_dump", "-Fc", "-f", dump], check=True)
    subprocess.run(["pg_restore", "--exit-on-error", "-d", "restored", dump], check=True)
    store.expect(version("restored"), "next", "version after restoring")
    whole_store.expect_equal("restored", whole_store.contents(), "restored")
    for database in ("restored", "nem12"):
        whole_store.goes_on(database)
    print("%s -> next: every row kept, as a fresh installation, dumped and restored; loads and merges on" % now)


store.main(test, "fsync = off")
