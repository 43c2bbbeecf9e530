#!/usr/bin/env python3
"""Load, export, load: equal days, details, 400s, 500s, times and reads, for every file of the corpus and for generated ones
(NEM12_GENERATED: how many, default 12). A reader written here, of a few lines, finds the same sums in what was exported."""

import collections
import csv
import decimal
import glob
import os
import subprocess
import sys
import tempfile
import zipfile

import store

CORPUS = os.environ.get("NEM12_CORPUS", os.path.join(os.path.dirname(store.ROOT), "shared", "corpus"))
GENERATED = int(os.environ.get("NEM12_GENERATED", "12"))
BROKEN = "NEM12#Scenario10#ETSAMDP#NEMMCO.zip"  # a record over three lines
LOADER = os.path.join(store.ROOT, "build", "nem12-loader")
EMPTY = """TRUNCATE nem12_files, nem12_interval_days, nem12_staging_days, nem12_superseded_days, nem12_b2b_details, nem12_channel_details,
    nem12_accumulation_reads, nem12_staging_reads, nem12_superseded_reads, nem12_errors, nem12_file_days, nem12_nmi_lists, nem12_merged_days, nem12_merges;"""
# Days with what the 200 and the 500 records say, and reads; nothing of files and lines.
STORED = """
    SELECT 'day', d.nmi, d.nmi_suffix, d.interval_date, md5(d."values"::text), d.quality, replace(d.events, E'\\n', ' '), d.update_datetime,
           d.msats_load_datetime, c.interval_length, c.uom, c.nmi_configuration, c.register_id, c.mdm_data_stream, c.meter_serial, c.next_scheduled_read
    FROM nem12_interval_days d JOIN nem12_channel_details c USING (nmi, nmi_suffix, details_id) ORDER BY 2, 3, 4;
    SELECT '500', b.nmi, b.nmi_suffix, b.interval_date, b.trans_code, b.ret_service_order, b.read_datetime, b.index_read
    FROM nem12_b2b_details b JOIN nem12_interval_days d USING (nmi, nmi_suffix, interval_date, file_id) ORDER BY 2, 3, 4, b.line_no;
    SELECT '250', nmi, nmi_suffix, register_id, meter_serial, previous_read_datetime, current_read_datetime, nmi_configuration, mdm_data_stream, direction,
           previous_register_read, previous_quality_method, previous_reason_code, previous_reason_description, current_register_read, current_quality_method,
           current_reason_code, current_reason_description, quantity, uom, next_scheduled_read, update_datetime, msats_load_datetime, replace(b2b_details, E'\\n', ' ')
    FROM nem12_accumulation_reads ORDER BY 2, 3, 4, 5, 6, 7;
"""
SUMS = 'SELECT nmi, nmi_suffix, nem12_sum_days("values") FROM nem12_interval_days GROUP BY 1, 2 ORDER BY 1, 2;'


def content_of(path):
    if not path.endswith(".zip"):
        with open(path, "rb") as file:
            return file.read()
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def load(content, session):
    """By the tolerant dialect if it must be; None when neither takes it."""
    for dialect in ("strict", "tolerant"):
        try:
            session.sql("SELECT status FROM nem12_load(%s, dialect => '%s');" % (store.bytea(content), dialect))
        except store.SqlError as error:
            if not (error.sqlstate or "").startswith("NM0"):
                sys.exit(str(error))
            continue
        session.sql("SELECT nem12_merge_staging();")
        return dialect
    return None


def exported(function, session):
    text = session.sql("SELECT %s(from_participant => 'MDP1', to_participant => 'Ret1');" % function)
    return "".join("\x1f".join(row) + "\r\n" for row in text).encode()


def sums_of(content):
    """Another reader of NEM12: the sum of each channel."""
    sums, channel, count = collections.defaultdict(decimal.Decimal), None, 0
    for record in csv.reader(content.decode().splitlines()):
        if record[0] == "200":
            channel, count = (record[1], record[4]), 1440 // int(record[8])
        elif record[0] == "300":
            sums[channel] += sum(map(decimal.Decimal, record[2:2 + count]))
    return sorted([nmi, suffix, total] for (nmi, suffix), total in sums.items())


def round_trip(content, path, session, copy):
    """The dialects that took the file and its export; None when nobody takes the file."""
    session.sql(EMPTY)
    first = load(content, session)
    if first is None:
        return None
    stored = session.sql(STORED)
    function = "nem12_export_reads" if any(row[0] == "250" for row in stored) else "nem12_export"
    again = exported(function, session)
    copy.sql(EMPTY)
    second = load(again, copy)
    if second is None:
        sys.exit("%s: its export is refused" % path)
    store.expect(copy.sql(STORED), stored, path)
    if function == "nem12_export":
        read = [[nmi, suffix, decimal.Decimal(total)] for nmi, suffix, total in session.sql(SUMS)]
        store.expect(sums_of(again), read, "sums of the export of " + path)
    return first, second


def generated_files(folder):
    for number in range(GENERATED):
        arguments = ["--kind", "normal", "--interval", ("5", "15", "30")[number % 3], "--nmis", str(1 + number % 4), "--days", str(1 + number % 35),
                     "--seed", str(number + 1), "-o", folder]
        subprocess.run([LOADER, "generate", *arguments], check=True, stdout=subprocess.DEVNULL)
        for name in os.listdir(folder):
            yield os.path.join(folder, name)
            os.unlink(os.path.join(folder, name))


def test():
    store.sql("CREATE DATABASE copy; CREATE EXTENSION nem12; \\c copy\nCREATE EXTENSION nem12;")
    session, copy = store.Session(), store.Session("copy")
    for each in (session, copy):
        each.sql("SET client_min_messages = warning;")
    outcomes = collections.Counter()
    paths = sorted(glob.glob(os.path.join(CORPUS, "nem12", "*")) + glob.glob(os.path.join(CORPUS, "nem13", "*")) + glob.glob(os.path.join(CORPUS, "dirt", "*")))
    refused = []
    for path in paths:
        outcome = round_trip(content_of(path), path, session, copy)
        outcomes[outcome] += 1
        refused += [] if outcome else [path]
    store.expect([path for path in refused if os.path.basename(os.path.dirname(path)) != "dirt" and os.path.basename(path) != BROKEN], [], "refused")
    with tempfile.TemporaryDirectory() as folder:
        for path in generated_files(folder):
            outcomes[round_trip(content_of(path), path, session, copy)] += 1
    if not any(outcome for outcome in outcomes) or GENERATED == 0:
        sys.exit("nothing was exported")
    for outcome, files in sorted(outcomes.items(), key=str):
        print("%d files: %s" % (files, "refused" if outcome is None else "taken as %s, their export as %s" % outcome))


store.main(test, "fsync = off")
