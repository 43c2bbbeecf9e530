#!/usr/bin/env python3
"""The same days delivered again and again, each time merged, and never a VACUUM: the store takes the room of the versions it holds, and
the last merge and the last question touch no more pages than the first ones. It is compared with a store that got the same
files and merged them once."""

import random
import re

import store

TIMES = 20
NMIS = ["40120000%02d" % n for n in range(8)]
TABLES = "interval_days_2024_01", "staging_days", "superseded_days"


def delivery(number):
    """8 channels with a January of random 5-minute values, other ones each time."""
    dice = random.Random(number)
    dates = ["202401%02d" % day for day in range(1, 32)]
    return store.mdff("2024020100%02d" % number,
                      *[(nmi, "E1", 5, {date: ["%.3f" % (dice.random() * 2.5) for _ in range(288)] for date in dates}) for nmi in NMIS])


def sizes(database):
    """Of each table and its indexes, in pages."""
    return {name: tuple(int(store.sql("SELECT pg_%s_size('nem12_%s') / 8192;" % (what, name), database)[0][0]) for what in ("table", "indexes"))
            for name in TABLES}


def pages_touched(statement, database):
    plan = "\n".join(row[0] for row in store.sql("EXPLAIN (ANALYZE, BUFFERS) %s;" % statement, database))
    return sum(map(int, re.findall(r"(?:hit|read)=(\d+)", plan.split("Planning")[0].splitlines()[1])))


def at_most(got, bound, what):
    store.expect(got <= bound, True, "%s: %s, at most %s" % (what, got, bound))


def test():
    for name in ("again", "once"):
        store.sql("CREATE DATABASE %s; \\c %s\nCREATE EXTENSION nem12; SELECT nem12_prepare_months('{2024-01-01}');" % (name, name))
    merge, question = "SELECT nem12_merge_staging()", 'SELECT nem12_sum_days("values") FROM nem12_interval_days'
    days = len(NMIS) * 31
    touched = []
    for number in range(TIMES + 1):
        content = delivery(number)
        store.load(content, "once")
        if store.load(content, "again")["days_staged"]:
            touched.append(pages_touched(merge, "again"))
        if number == 0:
            one_copy = sizes("again")["interval_days_2024_01"][0]
    store.sql(merge + "; VACUUM;", "once")
    versions = "SELECT count(*), count(DISTINCT file_id), min(won_by_file_id) > 0 FROM nem12_superseded_days;"
    store.expect(store.sql(versions, "again"), [[str(days * TIMES), str(TIMES), "t"]], "versions kept")
    for name in ("again", "once"):
        store.expect(store.sql("SELECT DISTINCT file_id FROM nem12_interval_days;", name), [[str(TIMES + 1)]], "the newest is stored")

    again, once = sizes("again"), sizes("once")
    print("pages again %r, once %r; a merge touched %r pages" % (again, once, touched))
    at_most(again["interval_days_2024_01"][0], 3 * one_copy, "pages of days")
    at_most(again["interval_days_2024_01"][1], 2 * once["interval_days_2024_01"][1], "pages of their key")
    at_most(again["staging_days"][0], 4 * one_copy, "pages of staging")
    at_most(again["superseded_days"][0], 1.1 * once["superseded_days"][0], "pages of superseded versions")
    total = [sum(map(sum, store_sizes.values())) for store_sizes in (again, once)]
    at_most(total[0], 1.2 * total[1], "pages of all")
    at_most(pages_touched(question, "again"), 3 * pages_touched(question, "once"), "pages that a sum reads")
    at_most(touched[-1], 1.5 * touched[1], "pages that the last merge touches")


store.main(test, "fsync = off\nautovacuum = off")
