#!/usr/bin/env python3
"""The merge without a plan and the merge by a statement leave the same rows, give the same counts and say the same of changes.

Two databases get the same random deliveries: versions in any order, equal times, other interval lengths, days twice in a file, long
events, reading periods, days that a constraint refuses, days and files that were deleted. In one a trigger on
nem12_superseded_days forces the statement. NEM12_CASES: merges (default 60); NEM12_SEED: other random choices.
"""

import datetime
import os
import random
import sys

import store

CASES = int(os.environ.get("NEM12_CASES", "60"))
SEED = int(os.environ.get("NEM12_SEED", "1"))
MERGES = 12  # in one store; then a new one
WAYS = ("directly", "by_statement")
NMIS = ["401200000%d" % n for n in range(1, 5)]
FIRST = datetime.date(2024, 1, 26)
DATES = [FIRST + datetime.timedelta(days=n) for n in range(12)]
READ = ("250,%s,1141,01,11,11,METSER%d,E,00100,20240101000000,A,,,00123,2024040%d000000,A,,,%d,kWh,,%s,")

# What the tables hold, but for numbers from sequences and times of the clock.
TABLES = ("interval_days", "staging_days", "superseded_days", "merged_days", "merges", "accumulation_reads", "staging_reads",
          "superseded_reads", "errors")
CONTENT = """
CREATE FUNCTION content(which text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        SELECT (to_jsonb(t) - '{staging_id,superseded_id,error_id,staged_at,superseded_at,occurred_at,merged_at,xid,server_id}'::text[])::text
        FROM %I AS t ORDER BY 1$q$, 'nem12_' || which);
END
$$;
CREATE FUNCTION pass_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
"""


def quality_and_events(count):
    kind = random.choice("AAASVVT")
    if kind == "A":
        return "A,,", []
    if kind == "S":
        return "S52,76,", []
    if kind == "V":
        return "V,,", ["400,1,10,F14,76,", "400,11,%d,A,," % count]
    return "V,,", ["400,%d,%d,S14,0,%s" % (n, n, ("%x" % random.getrandbits(900))) for n in range(1, count + 1)]  # long: toasted


def nem12():
    lines = ["100,NEM12,20240305%04d,MDA1,Ret1" % random.randint(0, 3)]
    for nmi in random.choices(NMIS, k=random.randint(1, 3)):  # the same one twice, now and then
        for suffix in random.sample(["E1", "B1"], random.randint(1, 2)):
            minutes = random.choice([30, 30, 5])
            count = 1440 // minutes
            lines.append("200,%s,B1E1,1,%s,N1,METER1,KWH,%d," % (nmi, suffix, minutes))
            for date in sorted(random.sample(DATES, random.randint(1, 6))):
                quality, events = quality_and_events(count)
                value = "%d" % random.randint(1, 2)
                lines.append("300,%s,%s,%s,%s,," % (date.strftime("%Y%m%d"), ",".join([value] * count), quality,
                                                   random.choice(["20240304000000", "20240305000000"])))
                lines += events
    return lines


def nem13():
    return ["100,NEM13,20240405%04d,MDA1,Ret1" % random.randint(0, 3)] + [
        READ % (nmi, random.randint(1, 2), random.randint(1, 3), random.randint(1, 2), random.choice(["", "20240402000000"]))
        for nmi in random.sample(NMIS, 2)]


class World:
    """The two stores."""

    def __init__(self, number):
        order = random.choice(["file_creation", "file_creation", "update_datetime"])
        self.sessions = {}
        for way in WAYS:
            name = "%s_%d" % (way, number)
            store.sql("CREATE DATABASE %s TEMPLATE empty_store; ALTER DATABASE %s SET nem12.version_order = '%s';" % (name, name, order))
            self.sessions[way] = store.Session(name)
        self.sessions["by_statement"].sql(
            "CREATE TRIGGER pass_on BEFORE INSERT ON nem12_superseded_days FOR EACH ROW EXECUTE FUNCTION pass_on();")
        self.tokens = []

    def close(self):
        for session in self.sessions.values():
            session.close()

    def both(self, text, what):
        """Runs it in both, which have to say the same; returns that."""
        said = {way: session.sql(text) for way, session in self.sessions.items()}
        if said["directly"] != said["by_statement"]:
            differing = [row for row in said["directly"] if row not in said["by_statement"]][:3]
            wanted = [row for row in said["by_statement"] if row not in said["directly"]][:3]
            sys.exit("seed %d, %s\ndirectly: %r\nby statement: %r" % (SEED, what, differing, wanted))
        return said["directly"]

    def load(self):
        lines = random.choice([nem12, nem12, nem12, nem13])()
        self.both("SELECT * FROM nem12_load(%s);" % store.bytea("".join(line + "\r\n" for line in lines + ["900"]).encode()), "load")

    def disturb(self):
        """What people and accidents do between loads and merges."""
        self.both("SET client_min_messages = error;" + random.choice([
            "DELETE FROM nem12_interval_days WHERE interval_date = '%s';" % random.choice(DATES),
            "DELETE FROM nem12_files WHERE file_id = %d;" % random.randint(1, 20),
            "DROP TABLE IF EXISTS nem12_interval_days_2024_02;",
            "CREATE INDEX IF NOT EXISTS extra ON nem12_interval_days (file_id);",
            "VACUUM nem12_interval_days, nem12_staging_days;",
        ]), "disturbance")

    def merge(self):
        refused = random.random() < 0.2
        if refused:
            self.both("ALTER TABLE nem12_interval_days ADD CONSTRAINT refused CHECK (interval_date <> '%s' OR nmi <> '%s') NOT VALID;" % (
                random.choice(DATES), random.choice(NMIS)), "constraint")
        counts = self.both("SELECT * FROM nem12_merge_staging(%s);" % random.choice(["NULL", "NULL", "5", "0"]), "counts of a merge")
        if refused:
            self.both("ALTER TABLE nem12_interval_days DROP CONSTRAINT refused;", "constraint")
        for table in TABLES:
            self.both("SELECT * FROM content('%s');" % table, table)
        self.ask_changes()
        return sum(map(int, counts[0][:3]))

    def ask_changes(self):
        if self.tokens:
            since = random.choice(self.tokens)
            said = {way: sorted(session.sql("SELECT nmi, nmi_suffix, interval_date, change, file_id FROM nem12_changed_days('%s');" % since[way]))
                    for way, session in self.sessions.items()}
            store.expect(said["directly"], said["by_statement"], "seed %d, changed days" % SEED)
        self.tokens.append({way: session.sql("SELECT pg_current_snapshot();")[0][0] for way, session in self.sessions.items()})

    def statements(self, way):
        """How many batches of days were merged in all, and how many by the statement."""
        return [int(count) for count in self.sessions[way].sql(
            "SELECT pg_stat_force_next_flush(); SELECT coalesce(sum(calls) FILTER (WHERE funcname = 'nem12_merge_days'), 0),"
            " coalesce(sum(calls) FILTER (WHERE funcname = 'nem12_merge_days_by_statement'), 0) FROM pg_stat_user_functions;")[-1]]


def test():
    random.seed(SEED)
    store.sql("CREATE DATABASE empty_store; \\c empty_store\nCREATE EXTENSION nem12;" + CONTENT)
    merges = settled = number = 0
    calls = {way: [0, 0] for way in WAYS}
    while merges < CASES:
        world = World(number)
        number += 1
        for _ in range(min(MERGES, CASES - merges)):
            for _ in range(random.randint(1, 6)):
                world.load()
            if random.random() < 0.4:
                world.disturb()
            settled += world.merge()
            merges += 1
        for way in WAYS:
            calls[way] = [a + b for a, b in zip(calls[way], world.statements(way))]
        world.close()
    if calls["by_statement"][0] != calls["by_statement"][1] or calls["directly"][1] > calls["directly"][0] // 2 or settled < 10 * merges:
        sys.exit("not both ways were taken: %r, %d rows merged" % (calls, settled))
    print("%d merges of %d rows, no difference; batches in all and by the statement: %r" % (merges, settled, calls))


store.main(test, "fsync = off\ntrack_functions = pl")
