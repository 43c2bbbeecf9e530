#!/usr/bin/env python3
"""Randomly damaged files through nem12_load: success or a clean error of class NM0xx that leaves nothing, never a crash."""

import random
import sys

import store

CASES = 1500
SEED = 12


def originals():
    days30 = {"202401%02d" % day: ["%d.%03d" % (day, i) for i in range(48)] for day in range(1, 6)}
    days5 = {"202402%02d" % day: ["0.%03d" % i for i in range(288)] for day in range(1, 3)}
    plain = store.mdff("202403010000", ("4001234567", "E1", 30, days30), ("4001234567", "B1", 5, days5))
    events = plain.replace(b",A,,,20240301000000,\r\n", b",V,,,20240301000000,\r\n400,1,10,A,,\r\n400,11,48,S52,76,\r\n", 2)
    events = events.replace(b"\r\n200,4001234567,B1", b"\r\n500,O,S01009,20240105000000,120.5\r\n200,4001234567,B1")
    nem13 = (
        b"100,NEM13,202404030000,MDA1,Ret1\r\n"
        b"250,4001234567,1141,01,11,11,METSER66,E,00100,20240101000000,A,,,00123,20240401000000,A,,,1.5,kWh,20240701,"
        b"20240402000000,\r\n550,N,,A,\r\n900\r\n"
    )
    return [plain, events, nem13]


def damage(rng, content):
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(content))
        kind = rng.randrange(7)
        if kind == 0:
            content[at] = rng.randrange(256)
        elif kind == 1:
            del content[at : at + rng.choice((1, 2, 10, 400))]
        elif kind == 2:
            content[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 3, 50))))
        elif kind == 3:
            content[at:at] = rng.choice((b",", b"\r\n", b"\n", b"\0", b"-", b".", b"9" * 30, b"\xc3\x91", b"\xff", b"1" * 20000))
        elif kind == 4:
            lines = bytes(content).split(b"\r\n")
            first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[first], lines[second] = lines[second], lines[first]
            content = bytearray(b"\r\n".join(lines))
        elif kind == 5:
            fields = bytes(content).split(b",")
            fields[rng.randrange(len(fields))] = rng.choice((b"", b"0", b"99991231", b"20240230", b"kWh", b"A", b"300", b"1e9", b"-1"))
            content = bytearray(b",".join(fields))
        else:
            del content[at:]
        if not content:
            break
    return bytes(content)


PROGRAM = (
    store.STORED_ROWS
    + """
CREATE TABLE outcome (how text, sqlstate text);
-- Not in SQL: up to PostgreSQL 17 such a function does not notice a new partition within a transaction.
CREATE FUNCTION stored() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    RETURN concat_ws(' ', (SELECT count(*) FROM nem12_files), (SELECT count(*) FROM nem12_interval_days),
        (SELECT count(*) FROM nem12_staging_days), (SELECT count(*) FROM nem12_b2b_details),
        (SELECT count(*) FROM nem12_accumulation_reads), (SELECT count(*) FROM nem12_staging_reads),
        (SELECT count(*) FROM nem12_errors), (SELECT count(*) FROM nem12_channel_details));
END $$;
-- The same content through the stream, cut at random and with small batches of parsed rows; the result is thrown away again.
CREATE FUNCTION streamed(content bytea, on_invalid text, dialect text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    at integer := 1;
    size integer;
    result record;
BEGIN
    PERFORM set_config('nem12.batch_rows', (ARRAY['1', '2', '7', '8192'])[1 + floor(random() * 4)], true);
    PERFORM nem12_load_begin(NULL, on_invalid, dialect);
    WHILE at <= length(content) LOOP
        size := 1 + (random() ^ 3 * length(content))::integer;
        PERFORM nem12_load_chunk(substr(content, at, size));
        at := at + size;
    END LOOP;
    SELECT * INTO result FROM nem12_load_end();
    RAISE SQLSTATE 'ZZ000' USING MESSAGE = concat_ws(' ', result.status, result.days_inserted, result.days_staged, result.readings,
                                                     result.accumulation_reads, result.skipped_records,
                                                     stored_rows(result.file_id));
EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN
        RETURN SQLERRM;
    WHEN OTHERS THEN
        RETURN SQLSTATE || SQLERRM;
END
$$;
CREATE FUNCTION try(content bytea, on_invalid text, dialect text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before text := stored();
    as_stream text := streamed(content, on_invalid, dialect);
    result record;
    as_whole text;
BEGIN
    IF nem12_file_loaded(sha256(content)) THEN -- the same damage again
        RETURN;
    END IF;
    ASSERT stored() = before, 'a stream that was rolled back left something';
    BEGIN
        SELECT * INTO result FROM nem12_load(content, NULL, on_invalid, dialect);
        as_whole := concat_ws(' ', result.status, result.days_inserted, result.days_staged, result.readings,
                              result.accumulation_reads, result.skipped_records, stored_rows(result.file_id));
        INSERT INTO outcome VALUES ('accepted', '00000');
    EXCEPTION WHEN OTHERS THEN
        as_whole := SQLSTATE || SQLERRM;
        ASSERT SQLSTATE LIKE 'NM0%', format('%s %s', SQLSTATE, SQLERRM);
        ASSERT stored() = before, format('a refused file left something: %s, %s: %s', before, stored(), as_whole);
        INSERT INTO outcome VALUES ('refused', SQLSTATE);
    END;
    ASSERT as_whole = as_stream, format('whole: %s, in chunks: %s', as_whole, as_stream);
END
$$;
"""
)


def test():
    store.sql("CREATE EXTENSION nem12;" + PROGRAM)
    started = store.sql("SELECT pg_postmaster_start_time();")
    rng = random.Random(SEED)
    files = originals()
    calls = []
    for _ in range(CASES):
        content = damage(rng, rng.choice(files))
        calls.append(
            "SELECT try(%s, '%s', '%s');"
            % (store.bytea(content), rng.choice(("reject", "skip")), rng.choice(("strict", "tolerant")))
        )
    store.sql("BEGIN; SET LOCAL client_min_messages = warning;" + "".join(calls) + "COMMIT;")
    store.expect(store.sql("SELECT pg_postmaster_start_time();"), started, "the server was restarted")
    counts = dict(store.sql("SELECT how, count(*) FROM outcome GROUP BY 1;"))
    store.sql("SELECT nem12_merge_staging();")
    store.expect(store.sql("SELECT nem12_staging_depth();"), [["0"]], "staging after the merge")
    unpacked = store.sql("SELECT count(*) = (SELECT sum(nem12_count(\"values\")) FROM nem12_interval_days) FROM meter_readings;")
    store.expect(unpacked, [["t"]], "readings")
    if min(int(counts.get(how, 0)) for how in ("accepted", "refused")) < CASES // 20:
        sys.exit("the damage is one-sided: %r" % counts)
    print("%d damaged files: %r, %r" % (CASES, counts, dict(store.sql("SELECT sqlstate, count(*) FROM outcome GROUP BY 1;"))))


store.main(test)
