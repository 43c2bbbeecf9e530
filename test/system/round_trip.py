"""What the tests of exports share: files of the corpus and made ones into a store, all that a store holds of them, and another reader."""

import collections
import csv
import decimal
import glob
import os
import random
import subprocess
import sys
import zipfile

import store

CORPUS = os.environ.get("NEM12_CORPUS", os.path.join(os.path.dirname(store.ROOT), "shared", "corpus"))
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
# Sums of each channel, of days and of reads, as sums_of() finds them.
SUMS = """SELECT 'NEM12', nmi, nmi_suffix, nem12_sum_days("values") FROM nem12_interval_days GROUP BY 2, 3 UNION ALL
    SELECT 'NEM13', nmi, nmi_suffix, sum(quantity) FROM nem12_accumulation_reads GROUP BY 2, 3 ORDER BY 1, 2, 3;"""


def corpus(*kinds):
    return sorted(path for kind in kinds for path in glob.glob(os.path.join(CORPUS, kind, "*")))


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


def sums_of(content):
    """Another reader: the sums of each channel, of interval days and of register reads."""
    sums, channel, count = collections.defaultdict(decimal.Decimal), None, 0
    for record in csv.reader(content.decode().splitlines()):
        if record[0] == "200":
            channel, count = ("NEM12", record[1], record[4]), 1440 // int(record[8])
        elif record[0] == "300":
            sums[channel] += sum(map(decimal.Decimal, record[2:2 + count]))
        elif record[0] == "250":
            sums["NEM13", record[1], record[4]] += decimal.Decimal(record[18])
    return sorted([*channel, total] for channel, total in sums.items())


def stored_sums(session):
    return [[*channel, decimal.Decimal(total)] for *channel, total in session.sql(SUMS)]


def generate(folder, *options):
    """By the loader; returns the paths."""
    before = set(os.listdir(folder))
    subprocess.run([LOADER, "generate", *map(str, options), "-o", folder + "/"], check=True, stdout=subprocess.DEVNULL)
    return [os.path.join(folder, name) for name in sorted(set(os.listdir(folder)) - before)]


def made_up_reads(seed):
    """A NEM13 file at random: meters read some times in a row, with all qualities, 550 records or none."""
    dice = random.Random(seed)
    lines = ["100,NEM13,2024120%d0600,MDP1,Ret1" % dice.randint(1, 9)]
    for meter in range(dice.randint(1, 5)):
        nmi = "40000%05d" % (seed % 1000 * 10 + meter)
        decimals = dice.randint(0, 4)
        for suffix in dice.sample(["11", "41"], dice.randint(1, 2)):
            register, month = "%03d" % dice.randint(1, 9), dice.randint(1, 6)
            read, method = dice.randint(0, 90000), ("A", "", "")
            for _ in range(dice.randint(1, 5)):
                after, quantity = read + dice.randint(0, 500), dice.randint(0, 10**6)
                new_method = dice.choice([("A", "", ""), ("E62", "", ""), ("S62", "53", ""), ("F62", "0", "Read by a neighbour")])
                text = "%0*d" % (decimals + 1, quantity)
                lines.append(",".join(["250", nmi, "1141", register, suffix, suffix, "METER%d" % meter, "E", "%05d" % read, "2024%02d01080000" % month, *method,
                                       "%05d" % after, "2024%02d01090000" % (month + 1), *new_method, text[:len(text) - decimals] + ("." if decimals else "") + text[len(text) - decimals:],
                                       "kWh", dice.choice(["", "20250301"]), "2024%02d02000000" % (month + 1), dice.choice(["", "2024%02d03000000" % (month + 1)])]))
                if dice.random() < 0.3:
                    lines.append("550,N,,A,%s" % dice.choice(["", "RETORDER1"]))
                read, month = after, month + 1
                method = ("A", "", "") if new_method[0].startswith("E") else new_method  # an estimate is no previous read
    return "".join(line + "\r\n" for line in lines + ["900"]).encode()
