"""What the tests of backup, replication and upgrade share: a store with something in every table, how to tell that another is
equal, and that life goes on in it."""

import os
import re

import store

NEM13 = (
    b"100,NEM13,%d,MDA1,Ret1\r\n"
    b"250,4001234567,1141,01,11,11,METSER66,E,00100,20240101000000,A,,,00123,20240401000000,A,,,%d,kWh,20240701,"
    b"20240402000000,\r\n550,N,,A,\r\n900\r\n"
)
MEMBERS = (
    "SELECT c.relname FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_extension e ON e.oid = d.refobjid"
    " WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'"
    " AND e.extname = 'nem12' AND c.relkind IN (%s) ORDER BY 1;"
)


def tables(database=None):
    return [row[0] for row in store.sql(MEMBERS % "'r', 'p'", database)]


def sequences(database=None):
    return [row[0] for row in store.sql(MEMBERS % "'S'", database)]


def days(value, minutes=30, first=1, last=28, month="202402"):
    return {"%s%02d" % (month, day): [value] * (1440 // minutes) for day in range(first, last + 1)}


def contents(database=None, row="t::text"):
    """Every row of every table, in an order that does not depend on where it lies: {table: (rows, their hash)}. `row`: how a row is
    written, in SQL."""
    counted = "SELECT '%s', count(*), md5(string_agg({0}, E'\\n' ORDER BY {0})) FROM %s t".format(row)
    rows = store.sql(" UNION ALL ".join(counted % (table, table) for table in tables(database)) + ";", database)
    return {table: (int(count), md5) for table, count, md5 in rows}


def numbers(database=None):
    return {name: store.sql("SELECT last_value, is_called FROM %s;" % name, database) for name in sequences(database)}


FIRST_FILE = store.mdff("202403010000", ("4001234567", "E1", 30, days("1.5")), ("4001234567", "B1", 5, days("0.25", 5)))


def fill(database=None):
    """Something in every table: loads, merges, refused records, what still waits."""
    store.sql("INSERT INTO nem12_expected_channels VALUES ('4001234567', 'E1', '2024-02-01', NULL);"
              "ALTER TABLE nem12_interval_days ADD CONSTRAINT not_yet CHECK (nmi <> '4001234566') NOT VALID;", database)
    store.load(store.mdff("202402290000", ("4001234566", "E1", 30, days("1", last=1))), database)  # staged, and put in by a merge
    store.sql("ALTER TABLE nem12_interval_days DROP CONSTRAINT not_yet;", database)
    store.load(FIRST_FILE, database)
    store.load(store.mdff("202403020000", ("4001234567", "E1", 5, days("2", 5, 1, 5)), ("4001234568", "E1", 15, days("3", 15, month="202401"))), database)
    store.sql("SELECT nem12_merge_staging(4); SELECT nem12_ping_write();", database)
    for created, quantity in ((202404030000, 1), (202404040000, 2), (202404050000, 3)):
        store.load(NEM13 % (created, quantity), database)
        if quantity == 2:
            store.sql("SELECT nem12_merge_staging();", database)
    store.load(store.mdff("202403030000", ("4001234567", "E1", 30, days("oops", 30, 1, 1)), ("4001234567", "E1", 30, days("9", 30, 1, 9))), database, on_invalid="skip")
    store.load(store.mdff("202403050000", *[("40012346%02d" % n, "E1", 30, days("1", last=1)) for n in range(9)]), database)
    b2b = store.mdff("202403040000", ("4001234569", "E1", 30, days("1", 30, 1, 1)))
    store.load(b2b.replace(b"900\r\n", b"500,O,S01009,20240201000000,120.5\r\n900\r\n"), database)
    empty = [table for table, (rows, _) in contents(database).items() if rows == 0]
    store.expect(empty, [], "tables that fill() left empty")


def expect_equal(database, wanted, what):
    """The store there holds what contents() gave here."""
    got = contents(database)
    different = [table for table in sorted(set(wanted) | set(got)) if wanted.get(table) != got.get(table)]
    store.expect(different, [], what + ": tables that differ")


def take_over(subscription, database=None):
    """The subscriber becomes the store, as docs/backup.md says: no more subscription, and the sequences, which do not travel."""
    store.sql("DROP SUBSCRIPTION %s;" % subscription, database)
    with open(os.path.join(store.ROOT, "docs", "backup.md"), encoding="utf-8") as page:
        store.sql(re.search(r"^```sql take-over\n(.*?)^```", page.read(), re.MULTILINE | re.DOTALL).group(1), database)


def goes_on(database):
    """After fill(): same content is known, old staging merges, new files load, keys are enforced, the drop guard is there."""
    again = store.load(FIRST_FILE, database)
    store.expect(again["status"], "already_loaded", "a file of before")
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
    store.expect(store.sql("DROP EXTENSION nem12;", database, check=False), [], "DROP EXTENSION")
    store.expect(store.sql("SELECT count(*) FROM pg_extension WHERE extname = 'nem12';", database), [["1"]], "the drop guard keeps the extension")
