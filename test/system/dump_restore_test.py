#!/usr/bin/env python3
"""pg_dump and pg_restore carry everything: every table alike, and loading and merging go on in the restored database."""

import os
import subprocess
import sys
import tempfile

import store

TABLES = """nem12_files nem12_channel_details nem12_interval_days nem12_staging_days nem12_superseded_days nem12_b2b_details
    nem12_accumulation_reads nem12_staging_reads nem12_superseded_reads nem12_errors nem12_canary""".split()
SEQUENCES = """nem12_files_file_id_seq nem12_staging_days_staging_id_seq nem12_superseded_days_superseded_id_seq
    nem12_staging_reads_staging_id_seq nem12_superseded_reads_superseded_id_seq nem12_errors_error_id_seq""".split()

NEM13 = (
    b"100,NEM13,%d,MDA1,Ret1\r\n"
    b"250,4001234567,1141,01,11,11,METSER66,E,00100,20240101000000,A,,,00123,20240401000000,A,,,%d,kWh,20240701,"
    b"20240402000000,\r\n550,N,,A,\r\n900\r\n"
)


def days(value, minutes=30, first=1, last=28, month="202402"):
    return {"%s%02d" % (month, day): [value] * (1440 // minutes) for day in range(first, last + 1)}


def contents(database):
    """Every row of every table, in an order that does not depend on where it lies."""
    return {
        table: store.sql("SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM %s t;" % table, database)
        for table in TABLES
    }


def numbers(database):
    return {name: store.sql("SELECT last_value, is_called FROM %s;" % name, database) for name in SEQUENCES}


def fill():
    store.load(store.mdff("202403010000", ("4001234567", "E1", 30, days("1.5")), ("4001234567", "B1", 5, days("0.25", 5))))
    store.load(store.mdff("202403020000", ("4001234567", "E1", 5, days("2", 5, 1, 5)), ("4001234568", "E1", 15, days("3", 15, month="202401"))))
    store.sql("SELECT nem12_merge_staging(3); SELECT nem12_ping_write();")
    for created, quantity in ((202404030000, 1), (202404040000, 2), (202404050000, 3)):
        store.load(NEM13 % (created, quantity))
        if quantity == 2:
            store.sql("SELECT nem12_merge_staging();")
    store.load(store.mdff("202403030000", ("4001234567", "E1", 30, days("oops", 30, 1, 1)), ("4001234567", "E1", 30, days("9", 30, 1, 9))), on_invalid="skip")
    b2b = store.mdff("202403040000", ("4001234569", "E1", 30, days("1", 30, 1, 1)))
    store.load(b2b.replace(b"900\r\n", b"500,O,S01009,20240201000000,120.5\r\n900\r\n"))


def round_trip(database, dump_options, restore):
    store.sql("CREATE DATABASE %s TEMPLATE template0;" % database)
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, "dump")
        subprocess.run(["pg_dump", "-f", dump] + dump_options, check=True)
        subprocess.run(restore(database, dump), check=True, stdout=subprocess.DEVNULL)
    store.expect(contents(database), contents(None), "tables in " + database)
    store.expect(numbers(database), numbers(None), "sequences in " + database)
    # life goes on: same content is known, old staging merges, new files load, keys are enforced
    again = store.load(store.mdff("202403010000", ("4001234567", "E1", 30, days("1.5")), ("4001234567", "B1", 5, days("0.25", 5))), database)
    store.expect(again["status"], "already_loaded", "a file of before the dump")
    newer = store.mdff("202404010000", ("4001234567", "E1", 30, days("7", 30, 20, 28)), ("4001234567", "E1", 30, days("7", month="202405")))
    row = store.load(newer, database)
    store.expect((row["days_inserted"], row["days_staged"]), (28, 9), "a newer file")
    waiting = int(store.sql("SELECT nem12_staging_depth();", database)[0][0])
    inserted, updated, discarded, remaining = map(int, store.sql("SELECT * FROM nem12_merge_staging();", database)[0])
    store.expect((inserted + updated + discarded, remaining), (waiting, 0), "merge")
    for name in ("nem12_interval_days", "nem12_accumulation_reads"):
        keys = "nmi, nmi_suffix, interval_date" if name.endswith("days") else "nmi, nmi_suffix, register_id, current_read_datetime"
        store.expect(store.sql("SELECT %s FROM %s GROUP BY %s HAVING count(*) > 1;" % (keys, name, keys), database), [], name)
    store.sql("SELECT nem12_ping_write();", database)
    refused = store.sql("DROP EXTENSION nem12;", database, check=False)
    store.expect(refused, [], "DROP EXTENSION")
    if store.sql("SELECT count(*) FROM pg_extension WHERE extname = 'nem12';", database) != [["1"]]:
        sys.exit("the drop guard did not come along")
    print("%s: %d tables, %d sequences alike; loads and merges" % (database, len(TABLES), len(SEQUENCES)))


def test():
    store.sql("CREATE EXTENSION nem12;")
    fill()
    empty = [table for table, found in contents(None).items() if found[0][0] == "0"]
    store.expect(empty, [], "tables that the test left empty")
    round_trip("custom", ["-Fc"], lambda database, dump: ["pg_restore", "--exit-on-error", "-d", database, dump])
    round_trip("parallel", ["-Fd", "-j2"], lambda database, dump: ["pg_restore", "--exit-on-error", "-j2", "-d", database, dump])
    round_trip("plain", ["-Fp"], lambda database, dump: ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", dump])


store.main(test)
