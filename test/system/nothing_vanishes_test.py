#!/usr/bin/env python3
"""The law of conservation, judged from outside: damaged files in every dialect and mode. Each line of a file that went in is a
100, a 900, blank, stored, staged, or named by nem12_errors; and no day is stored under another meter than its own."""

import random
import sys

import store

SEED = 2024
ROUNDS = 150 # of random damage, beside the list
METERS = ["4001000001", "4001000002", "4001000003"]


def value_of(meter):
    """Each meter has values of its own, so that a day shows whose it is."""
    return "%d.125" % (METERS.index(meter) + 1)


def clean():
    """Three meters, each with later days than the one before, so that only the 200 tells them apart."""
    lines = ["100,NEM12,202405010000,MDP1,RET1"]
    for number, meter in enumerate(METERS):
        lines.append("200,%s,E1,1,E1,N1,METER%d,kWh,30," % (meter, number))
        for day in range(1, 4):
            date = "202403%02d" % (10 * number + day)
            values = ",".join([value_of(meter)] * 48)
            if day == 2:
                lines += ["300,%s,%s,V,,,20240401000000," % (date, values), "400,1,20,A,,", "400,21,48,S52,76,"]
            else:
                lines.append("300,%s,%s,A,,,20240401000000," % (date, values))
            lines.append("500,N,,%s000001,%d" % (date, number))
    return lines + ["900"]


def clean_reads():
    lines = ["100,NEM13,202405010000,MDP1,RET1"]
    for number, meter in enumerate(METERS):
        for quarter in (1, 4, 7):
            lines.append("250,%s,11,1,11,11,METER%d,E,00100,2023%02d01000000,A,,,00123,2023%02d01000000,A,,,%d,kWh,,20240402000000,"
                         % (meter, number, quarter, quarter + 3, number + 1))
            lines.append("550,N,,A,ORDER%d" % number)
    return lines + ["900"]


# Damage to one line of the given kind.
INDICATORS = {
    "200": ["2OO", "2p0", "201", "20", "2000", "0200", "200.0", "'200", "\u00a0200", "\ufeff200", "\x01200", "\t200", "Z00", "300", "400",
            "500", "100", "900", "250", "", "200;", "200|", "200\t", "200 ", "<200>", "200\u2028"],
    "300": ["3OO", "0300", "300.0", "'300", "\u00a0300", "301", "300;", "3p0", "\t300", "200", "400", "500", "900", "100", ""],
    "400": ["4OO", "401", "400;", "300", "500", "200", ""],
    "500": ["5OO", "501", "500;", "550", "300", "400", ""],
    "250": ["25O", "251", "250;", "550", "200", ""],
    "550": ["55O", "551", "550;", "250", "500", ""],
}


def listed():
    """(what, bytes)"""
    files = []
    for lines in (clean(), clean_reads()):
        for at, line in enumerate(lines):
            kind = line.split(",")[0]
            for damaged in INDICATORS.get(kind, []):
                changed = lines[:]
                joined = damaged + line[3:] if damaged and damaged[-1] not in ";|\t" else damaged + line[4:]
                changed[at] = joined
                files.append(("line %d: %s written %r" % (at + 1, kind, damaged), "\r\n".join(changed) + "\r\n"))
            if kind in ("200", "300", "250"):
                for what, changed in (("joined with the next", lines[:at] + [line + lines[at + 1]] + lines[at + 2 :]),
                                      ("joined with the one before", lines[: at - 1] + [lines[at - 1] + line] + lines[at + 1 :]),
                                      ("torn in quotes", lines[:at] + [line[:40] + '"' + line[40:60], line[60:]] + lines[at + 1 :]),
                                      ("with a bare CR in it", lines[:at] + [line[:40] + "\r" + line[40:]] + lines[at + 1 :])):
                    files.append(("line %d: %s %s" % (at + 1, kind, what), "\r\n".join(changed) + "\r\n"))
        text = "\r\n".join(lines) + "\r\n"
        for separator in ";|\t":
            files.append(("%r as separator" % separator, text.replace(",", separator)))
        for what, changed in (("CR only", text.replace("\r\n", "\r")), ("LF CR", text.replace("\r\n", "\n\r")), ("on one line", text.replace("\r\n", "")),
                              ("U+2028", text.replace("\r\n", "\u2028")), ("no 900", text[:-5]), ("two joined without a line end", text[:-2] + text),
                              ("an XML message around it", '<?xml version="1.0"?>\r\n<ase:aseXML>\r\n' + text + "</ase:aseXML>\r\n"),
                              ("HTML before it", "<html>\r\n" + text), ("foreign records in it", text.replace("\r\n500", "\r\n600,a\r\n500")),
                              ("Excel's creation time", text.replace("202405010000", "2.02405E+11"))):
            files.append((what, changed))
    return [(what, text.encode()) for what, text in files]


def at_random(rng):
    lines = (clean if rng.randrange(3) else clean_reads)()
    text = bytearray(("\r\n".join(lines) + "\r\n").encode())
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(text))
        kind = rng.randrange(6)
        if kind == 0:
            text[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del text[at : at + rng.choice((1, 2, 30, 300))]
        elif kind == 2:
            text[at:at] = rng.choice((b",", b";", b"\r\n", b"\"", b"\n", b"\xc2\xa0", b"\0"))
        else:
            cut = bytes(text).split(b"\r\n")
            one, two = rng.randrange(len(cut)), rng.randrange(len(cut))
            if kind == 3:
                cut[one], cut[two] = cut[two], cut[one]
            elif kind == 4:
                del cut[one]
            else:
                cut[one] = cut[one][: rng.randrange(len(cut[one]) + 1)]
            text = bytearray(b"\r\n".join(cut))
    return bytes(text)


# SQL: loads a file and says which of its lines are where; everything is undone again.
LOOK = """
CREATE FUNCTION look(content bytea, on_invalid text, dialect text, OUT status text, OUT lines bigint[], OUT wrong bigint)
LANGUAGE plpgsql AS $$
DECLARE
    loaded record;
BEGIN
    BEGIN
        SELECT * INTO loaded FROM nem12_load(content, NULL, on_invalid, dialect);
        status := loaded.status;
        lines := ARRAY(
            SELECT line_no FROM nem12_interval_days UNION ALL SELECT line_no FROM nem12_staging_days
            UNION ALL SELECT line_no FROM nem12_b2b_details UNION ALL SELECT line_no FROM nem12_errors
            UNION ALL SELECT line_no FROM nem12_accumulation_reads UNION ALL SELECT line_no FROM nem12_staging_reads);
        wrong := (
            SELECT count(*) FROM (SELECT nmi, "values" FROM nem12_interval_days UNION ALL SELECT nmi, "values" FROM nem12_staging_days) AS d
            WHERE nem12_value("values", 1) <> right(nmi, 1)::integer + 0.125);
        RAISE SQLSTATE 'ZZ000';
    EXCEPTION
        WHEN SQLSTATE 'ZZ000' THEN
            NULL;
        WHEN OTHERS THEN
            status := SQLSTATE || ' ' || SQLERRM;
    END;
END
$$;
CREATE TABLE damaged (id integer, content bytea);
"""


def unaccounted(content, lines):
    """Lines that are nowhere: 400s and 550s are where their 300 or 250 is, a 200 is where one of its days is."""
    stored = set(lines)
    text = content.decode("utf-8", "replace").split("\n")
    missing = []
    parent_is_there = False
    for number, line in enumerate(text, 1):
        line = line.strip("\r")
        indicator = line.replace('"', "").replace("\ufeff", "").strip()[:3]
        there = number in stored
        if indicator in ("300", "250"):
            parent_is_there = there
        if there or not line.strip(" ,") or indicator in ("100", "900"):
            continue
        if indicator in ("400", "550") and parent_is_there:
            continue
        if indicator == "200":
            following = []
            for later in range(number + 1, len(text) + 1):
                if text[later - 1][:3] == "200":
                    break
                following.append(later)
            if any(later in stored for later in following):
                continue
        missing.append(number)
    return missing


def test():
    store.sql("CREATE EXTENSION nem12;" + LOOK)
    rng = random.Random(SEED)
    files = listed() + [("random damage %d of seed %d" % (number, SEED), at_random(rng)) for number in range(ROUNDS)]
    rows = ["%d\t\\\\x%s" % (number, content.hex()) for number, (_, content) in enumerate(files)]
    store.sql("COPY damaged FROM stdin;\n" + "\n".join(rows) + "\n\\.\n")
    accepted = 0
    for dialect in ("strict", "tolerant"):
        for on_invalid in ("reject", "skip"):
            found = store.sql("SELECT id, status, array_to_string(lines, ' '), wrong FROM damaged, look(content, '%s', '%s') ORDER BY id;"
                              % (on_invalid, dialect))
            store.expect(len(found), len(files), "files judged")
            for number, status, lines, wrong in found:
                what, content = files[int(number)]
                where = "%s, %s, %s" % (what, dialect, on_invalid)
                if status != "loaded":
                    store.expect(status[:3], "NM0", where + ": " + status)
                    continue
                accepted += 1
                # A missing, changed or moved line cannot be seen: the list holds none, the random damage does.
                if not what.startswith("random"):
                    store.expect(wrong, "0", where + ": days under another meter")
                missing = unaccounted(content, [int(line) for line in lines.split()])
                if missing:
                    sys.exit("%s: line %d is nowhere: %r" % (where, missing[0], content.split(b"\n")[missing[0] - 1][:100]))
    print("%d files in 4 ways, %d accepted" % (len(files), accepted))
    store.expect(accepted > len(files) // 2, True, "enough accepted")


store.main(test)
