#!/usr/bin/env python3
"""Merges that are ended at any moment, the session or the whole server: each leaves everything as it was before or as it is after, and in
the end the tables are those of a store whose merges were left alone, and their indexes complete.

NEM12_KILLS: how many (default 10); NEM12_SEED: other moments."""

import os
import random
import subprocess
import time

import store

KILLS = int(os.environ.get("NEM12_KILLS", "10"))
SEED = int(os.environ.get("NEM12_SEED", "1"))
NMIS = ["40120000%02d" % n for n in range(40)]
TABLES = "interval_days", "staging_days", "superseded_days", "merged_days"
CONTENT = """SELECT md5(string_agg(line, E'\\n' ORDER BY line)), count(*) FROM (
    SELECT (to_jsonb(t) - '{staging_id,superseded_id,staged_at,superseded_at,merge_id}'::text[])::text AS line FROM nem12_%s t) AS lines;"""
CHECK = """SELECT count(bt_index_check(index => c.oid, heapallindexed => true)) FROM pg_class c JOIN pg_am a ON a.oid = c.relam
    WHERE c.relkind = 'i' AND a.amname = 'btree' AND c.relname LIKE 'nem12%';"""
# Merges take their time, a millisecond for every tenth row, so that they are caught at work on any machine.
DAWDLE = """
CREATE FUNCTION dawdle() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('application_name') = 'merge' AND random() < 0.1 THEN
        PERFORM pg_sleep(0.001);
    END IF;
    RETURN true;
END
$$;
SELECT nem12_prepare_months('{2024-01-01,2024-02-01}');
ALTER TABLE nem12_interval_days ADD CHECK (dawdle());
ALTER TABLE nem12_superseded_days ADD CHECK (dawdle());"""


def delivery(number):
    """40 channels, January and half of February; every third delivery is older than what is there."""
    created = "2024030100%02d" % (number if number % 3 else 0)
    dates = ["202401%02d" % day for day in range(1, 32)] + ["202402%02d" % day for day in range(1, 15)]
    return store.mdff(created, *[(nmi, "E1", 30, {date: ["%d" % number] * 48 for date in dates}) for nmi in NMIS])


def contents(database):
    return [store.sql(CONTENT % table, database) for table in TABLES]


def end_merge(dice, usual):
    """Begins a merge and ends it while it should be at work. True: it was committed before."""
    merge = subprocess.Popen(["psql", "-XqAt", "-d", "killed", "-c", "SET application_name = 'merge'", "-c", "SELECT * FROM nem12_merge_staging()"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(dice.uniform(0, 0.8 * usual))
    if dice.random() < 0.5:
        subprocess.run([os.path.join(store.ROOT, "scripts", "private-postgres"), "restart", "immediate"], check=True)
    else:
        store.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'merge';")
    return bool(merge.communicate()[0])


def test():
    dice = random.Random(SEED)
    for name in ("killed", "left_alone"):
        store.sql("CREATE DATABASE %s; \\c %s\nCREATE EXTENSION nem12; CREATE EXTENSION amcheck;" % (name, name) + DAWDLE)
    number = cut_short = 0
    usual = 0.3
    while number <= KILLS:
        content = delivery(number)
        for name in ("killed", "left_alone"):
            store.load(content, name)
        before = contents("killed")
        begun = time.monotonic()
        store.sql("SET application_name = 'merge'; SELECT nem12_merge_staging();", "left_alone")
        usual = time.monotonic() - begun
        after = contents("left_alone")
        if number > 0:
            committed = end_merge(dice, usual)
            now = contents("killed")
            store.expect(now in (before, after) and (now == after or not committed), True, "a merge was done whole or not at all")
            cut_short += now == before
        store.sql("SELECT nem12_merge_staging();", "killed")
        store.expect(contents("killed"), after, "what the next merge leaves")
        number += 1
    store.expect(int(store.sql(CHECK, "killed")[0][0]) > 10, True, "indexes checked")
    store.expect(cut_short > 0, True, "a merge was cut short")
    print("%d merges ended, %d of them before their commit: nothing was lost, indexes are complete" % (KILLS, cut_short))


store.main(test)
