#!/usr/bin/env python3
"""Whatever the chunks sent and the batches of parsed rows: every table ends up with the same rows, to the byte."""

import sys

import store

NONE, WARNING, ERROR = "", "warning", "error"
WHOLE = 10**9
CHUNKS = (1, 97, WHOLE)  # bytes
BATCHES = ((1, 2 << 20), (2, 2 << 20), (7, 2 << 20), (8192, 1), (8192, 1500))  # rows, bytes
ALL_SIZES = [(chunk, *batch) for chunk in CHUNKS for batch in BATCHES]
SOME_SIZES = [(97, 1, 2 << 20), (WHOLE, 2, 2 << 20), (13, 8192, 1500)]
BIG_SIZES = [(1000, 7, 2 << 20), (WHOLE, 2819, 2 << 20), (WHOLE, 8192, 1), (100000, 8192, 100000)]

PROGRAM = store.STORED_ROWS + """
-- The rows that the content leaves, loaded in chunks and batches of these sizes; then all of it is undone.
CREATE FUNCTION rows_of(content bytea, chunk bigint, batch_rows integer, batch_bytes integer, on_invalid text, dialect text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at bigint := 1;
    result record;
BEGIN
    PERFORM set_config('nem12.batch_rows', batch_rows::text, true), set_config('nem12.batch_bytes', batch_bytes::text, true);
    PERFORM nem12_load_begin('a.csv', on_invalid, dialect);
    WHILE at <= length(content) LOOP
        PERFORM nem12_load_chunk(substr(content, at::integer, least(chunk, length(content))::integer));
        at := at + chunk;
    END LOOP;
    SELECT * INTO result FROM nem12_load_end();
    RAISE SQLSTATE 'ZZ000' USING MESSAGE = concat_ws(' ', result.status, result.days_inserted, result.days_staged, result.readings,
        result.accumulation_reads, result.skipped_records) || E'\\n' || stored_rows(result.file_id);
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
    RETURN SQLERRM;
END
$$;
CREATE TABLE outcome (expected text, got text, chunk bigint, batch_rows integer, batch_bytes integer);
CREATE FUNCTION try(content bytea, sizes integer[], on_invalid text, dialect text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    expected text := rows_of(content, 1000000000, 1000000, 200000000, on_invalid, dialect);
BEGIN
    INSERT INTO outcome
    SELECT md5(expected), md5(got), sizes[i][1], sizes[i][2], sizes[i][3]
    FROM generate_subscripts(sizes, 1) i, rows_of(content, sizes[i][1], sizes[i][2], sizes[i][3], on_invalid, dialect) got;
END
$$;
"""


def day(number, defect=NONE, quality="A"):
    date = "2024%02d%02d" % ((number - 1) // 31 + 1, (number - 1) % 31 + 1)
    values = ",".join("%d.%03d" % (number, i) for i in range(48))
    return "300,%s,%s,%s,,,20240302000000," % (date, values, {NONE: quality, WARNING: quality + " ", ERROR: "Q"}[defect])


def event(first, last, defect=NONE):
    return "400,%d,%d,%s,76," % (first, last, {NONE: "S52", WARNING: "S52 ", ERROR: "Q"}[defect])


def channel(suffix, defect=NONE):
    serial, uom = "METER" + suffix + (" " if defect == WARNING else ""), "furlong" if defect == ERROR else "kWh"
    return "200,4001234567,B1E1K1,1,%s,N1,%s,%s,30,20240701" % (suffix, serial, uom)


def b2b(number, defect=NONE):
    return "500,%s,S01009,202401%02d120000,001.5" % ({NONE: "O", WARNING: "O ", ERROR: "~"}[defect], number)


def read(number, defect=NONE):
    serial, direction = "M%d" % number + (" " if defect == WARNING else ""), "X" if defect == ERROR else "E"
    return (
        "250,4001234567,1141,01,11,11,%s,%s,00100,20240101000000,A,,,00123,20240401000000,A,,,1.5,kWh,%s,20240402000000,"
        % (serial, direction, "" if number % 2 else "20240701")
    )


def b2b_of_read(number, defect=NONE):
    return "550,%s,S%d,A,S2" % ({NONE: "N", WARNING: "N ", ERROR: "~"}[defect], number)


def nem12(places, blocks):
    """A file with every record; `places` says the defect of each."""
    records = [
        channel("E1", places[0]), day(1, places[1]), b2b(1, places[2]), day(2, places[3], "V"), event(1, 20, places[4]),
        event(21, 48, places[5]), b2b(2, places[6]), b2b(1, places[7]), channel("K1", places[8]), day(33, places[9]),
        channel("B1", places[10]), day(4, places[11]), day(5, places[12]), b2b(4, places[13]),
    ]  # fmt: skip
    if blocks:
        records += ["900", "100,NEM12,202404040000,MDA1,Ret1", channel("E1", places[14]), day(2, places[15]), day(3)]
    return mdff("NEM12", records)


def nem13(places, blocks):
    records = [
        read(1, places[0]), b2b_of_read(1, places[1]), b2b_of_read(2, places[2]), read(2, places[3]), read(3, places[4]),
        b2b_of_read(3, places[5]),
    ]  # fmt: skip
    if blocks:
        records += ["900", "100,NEM13,202404040000,MDA1,Ret1", read(4, places[6]), b2b_of_read(4, places[7])]
    return mdff("NEM13", records)


def mdff(version, records):
    return "".join(line + "\r\n" for line in ["100,%s,202404030000,MDA1,Ret1" % version] + records + ["900"]).encode()


def small_files():
    for dialect in ("strict", "tolerant"):
        blocks = dialect == "tolerant"  # several are refused in strict
        for make, places in ((nem12, 16 if blocks else 14), (nem13, 8 if blocks else 6)):
            yield make([NONE] * places, blocks), ALL_SIZES, "reject", dialect
            yield make([WARNING] * places, blocks), ALL_SIZES, "reject", dialect
            for place in range(places):
                for defect, on_invalid in ((WARNING, "reject"), (ERROR, "skip")):
                    yield make([defect if i == place else NONE for i in range(places)], blocks), SOME_SIZES, on_invalid, dialect


def big_files():
    reads = []
    for number in range(5640):
        reads += [read(number), b2b_of_read(number, WARNING if number % 3 else NONE)][: 1 + (number % 5 > 0)]
    yield mdff("NEM13", reads), BIG_SIZES, "reject", "strict"
    days = []
    for suffix in ("E1", "B1", "K1"):
        days.append(channel(suffix))
        for number in range(1, 32):
            days.append(day(number, WARNING if number % 4 == 0 else NONE, "V" if number % 5 == 0 else "A"))
            days += [event(1, 24, WARNING), event(25, 48)] if number % 5 == 0 else []
            days += [b2b(number, (NONE, WARNING, ERROR)[i % 3]) for i in range(number * 3)]
    yield mdff("NEM12", days), BIG_SIZES, "skip", "strict"


def test():
    store.sql("CREATE EXTENSION nem12;" + PROGRAM)
    # What some of the files deliver again.
    store.load(mdff("NEM12", [channel("E1"), day(2), channel("K1"), day(33)]))
    store.load(mdff("NEM13", [read(2), b2b_of_read(9)]))
    files = list(small_files()) + list(big_files())
    calls = [
        "SELECT try(%s, ARRAY%r, '%s', '%s');" % (store.bytea(content), [list(size) for size in sizes], *how)
        for content, sizes, *how in files
    ]
    store.sql("SET client_min_messages = warning;" + "".join(calls))
    differing = store.sql("SELECT chunk, batch_rows, batch_bytes, count(*) FROM outcome WHERE expected <> got GROUP BY 1, 2, 3 ORDER BY 1, 2;")
    if differing:
        sys.exit("other rows with these chunks, batch_rows, batch_bytes (and in how many files): %r" % differing)
    loads, contents = store.sql("SELECT count(*), count(DISTINCT expected) FROM outcome;")[0]
    if int(contents) < len(calls) // 2:  # a warning mostly leaves the rows of the file without it
        sys.exit("only %s different outcomes of %d files" % (contents, len(calls)))
    print("%d files, %s loads in chunks and batches of all sizes: equal rows" % (len(calls), loads))


store.main(test)
