#!/usr/bin/env python3
"""Files as portals, spreadsheets and old systems write them, through all three doors: `validate`, `load` and nem12_load. Each gives
the verdict and the code of expected-dirt.tsv, and what is accepted is stored exactly as a reader of its own reads it. A message is no
MDFF to the server, and refused by name; the loader's doors unwrap it."""

import collections
import csv
import decimal
import json
import os
import subprocess
import sys

import store

CORPUS = os.environ.get("NEM12_CORPUS", os.path.join(os.path.dirname(store.ROOT), "shared", "corpus"))
LOADER = os.path.join(store.ROOT, "build", "nem12-loader")
EMPTY = "TRUNCATE nem12_files, nem12_interval_days, nem12_staging_days, nem12_superseded_days, nem12_b2b_details, nem12_errors;"


def readings_of(content):
    """(NMI, suffix, date) -> its values, the last line of a day counting; written without any look at the product's parser."""
    days = {}
    channel = None
    text = content.decode("utf-8-sig")
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        fields = [field.strip() for field in row]
        if fields and fields[0] == "200":
            channel = fields[1].upper()[:10], fields[4].upper()
            minutes = int(fields[8])
        elif fields and fields[0] == "300":
            values = [decimal.Decimal(value) for value in fields[2 : 2 + 1440 // minutes]]
            days[channel + (fields[1],)] = values
    return days


def stored():
    rows = store.sql("""
        SELECT nmi, nmi_suffix, to_char("timestamp", 'YYYYMMDD'), consumption FROM meter_readings
        ORDER BY nmi, nmi_suffix, "timestamp";""")
    days = collections.defaultdict(list)
    for nmi, suffix, date, value in rows:
        days[nmi, suffix, date].append(decimal.Decimal(value))
    return dict(days)


def check_stored(path, content, door):
    store.sql("SELECT nem12_merge_staging();")
    store.expect(stored(), readings_of(content), "%s through %s" % (path, door))
    store.sql(EMPTY)


def through_sql(content, dialect):
    """Whether it was accepted, and the code of its first error."""
    try:
        store.load(content, dialect=dialect)
        return True, None
    except store.SqlError as error:
        if not (error.sqlstate or "").startswith("NM0"):
            sys.exit(str(error))
        return False, str(error)


def through_validate(path, dialect):
    done = subprocess.run([LOADER, "validate", "--format", "json", "--dialect", dialect, path], stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit("validate ended with %d" % done.returncode)
    return done.returncode == 0, json.loads(done.stdout)[0]["findings"]


def through_load(path, dialect):
    done = subprocess.run([LOADER, "load", "--db", "", "--dialect", dialect, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        sys.exit("load ended with %d: %s" % (done.returncode, done.stdout.decode()))
    return done.returncode == 0, done.stdout.decode()


def check_message(what, path, content, dialect):
    accepted, message = through_sql(content, dialect)
    store.expect(accepted, False, "%s: accepted by nem12_load" % what)
    store.expect("(asexml)" in message, True, "%s: refused by name: %s" % (what, message))
    findings = store.sql("SELECT code FROM nem12_validate('\\x%s', '%s') WHERE severity = 'error';" % (content.hex(), dialect))
    store.expect(findings, [["asexml"]], "%s: findings of nem12_validate" % what)
    accepted, findings = through_validate(path, dialect)
    store.expect((accepted, findings), (True, []), "%s: what is inside, by validate" % what)
    accepted, output = through_load(path, dialect)
    store.expect(accepted, True, "%s: loaded: %s" % (what, output))
    inside = content[content.index(b"<CSVIntervalData>") + 17 : content.index(b"</CSVIntervalData>")]
    check_stored(what, inside, "load")


def check(path, dialect, wanted, code):
    what = "%s, %s" % (os.path.basename(path), dialect)
    with open(path, "rb") as file:
        content = file.read()

    if code == "asexml":
        return check_message(what, path, content, dialect)

    accepted, findings = through_validate(path, dialect)
    store.expect(accepted, wanted, "%s: accepted by validate" % what)
    severity = None if accepted else "error"
    if code and not any(finding["code"] == code and severity in (None, finding["severity"]) for finding in findings):
        sys.exit("%s: no finding %s: %r" % (what, code, findings))
    first_error = next((finding["code"] for finding in findings if finding["severity"] == "error"), None)

    accepted, message = through_sql(content, dialect)
    store.expect(accepted, wanted, "%s: accepted by nem12_load" % what)
    if accepted:
        check_stored(what, content, "nem12_load")
    elif "(%s)" % first_error not in message:
        sys.exit("%s: validate says %s, nem12_load: %s" % (what, first_error, message))

    accepted, output = through_load(path, dialect)
    store.expect(accepted, wanted, "%s: accepted by load" % what)
    if accepted:
        check_stored(what, content, "load")
    else:
        if first_error not in output:
            sys.exit("%s: validate says %s, load: %s" % (what, first_error, output))
        rows = store.sql("SELECT code FROM nem12_errors WHERE severity = 'error' ORDER BY error_id LIMIT 1;")
        store.expect(rows, [[first_error]], "%s: the first error in nem12_errors" % what)
        store.expect(stored(), {}, "%s: stored though refused" % what)
        store.sql(EMPTY)


def test():
    if not os.path.isdir(CORPUS):
        print("the corpus is not here: %s" % CORPUS)
        sys.exit(store.SKIPPED)
    store.sql("CREATE EXTENSION nem12;")
    verdicts = collections.Counter()
    with open(os.path.join(CORPUS, "expected-dirt.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            for dialect in ("strict", "tolerant"):
                check(os.path.join(CORPUS, "dirt", row["file"]), dialect, row[dialect] == "accept", row["code"])
                verdicts[dialect, row[dialect]] += 1
    print("through three doors each: %s" % dict(verdicts))
    store.expect(sum(verdicts.values()) >= 106, True, "rows of expected-dirt.tsv")


store.main(test)
