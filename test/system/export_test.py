#!/usr/bin/env python3
"""Load, export, load: equal days, details, 400s, 500s, times and reads, for every file of the corpus and for generated ones, NEM12 and
NEM13 (NEM12_GENERATED: how many, default 12). A reader of a few lines of its own finds the same sums in what was exported."""

import collections
import os
import sys
import tempfile

import round_trip
import store
from round_trip import EMPTY, STORED

GENERATED = int(os.environ.get("NEM12_GENERATED", "12"))


def exported(function, session):
    text = session.sql("SELECT %s(from_participant => 'MDP1', to_participant => 'Ret1');" % function)
    return "".join("\x1f".join(row) + "\r\n" for row in text).encode()


def there_and_back(content, path, session, copy):
    """The dialects that took the file and its export; None when nobody takes the file."""
    session.sql(EMPTY)
    first = round_trip.load(content, session)
    if first is None:
        return None
    stored = session.sql(STORED)
    function = "nem12_export_reads" if any(row[0] == "250" for row in stored) else "nem12_export"
    again = exported(function, session)
    copy.sql(EMPTY)
    second = round_trip.load(again, copy)
    if second is None:
        sys.exit("%s: its export is refused" % path)
    store.expect(copy.sql(STORED), stored, path)
    store.expect(round_trip.sums_of(again), round_trip.stored_sums(session), "sums of the export of " + path)
    return function, first, second


def generated_files(folder):
    """(name, content); a quarter of them NEM13."""
    for number in range(GENERATED):
        if number % 4 == 3:
            yield "reads %d" % number, round_trip.made_up_reads(number)
            continue
        for path in round_trip.generate(folder, "--interval", (5, 15, 30)[number % 3], "--nmis", 1 + number % 4, "--days", 1 + number % 35, "--seed", number + 1):
            yield path, round_trip.content_of(path)
            os.unlink(path)


def test():
    store.sql("CREATE DATABASE copy; CREATE EXTENSION nem12; \\c copy\nCREATE EXTENSION nem12;")
    session, copy = store.Session(), store.Session("copy")
    for each in (session, copy):
        each.sql("SET client_min_messages = warning;")
    outcomes = collections.Counter()
    refused = []
    for path in round_trip.corpus("nem12", "nem13", "dirt"):
        outcome = there_and_back(round_trip.content_of(path), path, session, copy)
        outcomes[outcome] += 1
        refused += [] if outcome else [path]
    store.expect([path for path in refused if os.path.basename(os.path.dirname(path)) != "dirt" and os.path.basename(path) != round_trip.BROKEN], [], "refused")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in generated_files(folder):
            outcome = there_and_back(content, name, session, copy)
            outcomes[outcome] += 1
            store.expect(outcome is not None, True, "taken: " + name)
    if not any(outcome for outcome in outcomes) or GENERATED == 0:
        sys.exit("nothing was exported")
    for outcome, files in sorted(outcomes.items(), key=str):
        print("%d files: %s" % (files, "refused" if outcome is None else "%s: taken as %s, their export as %s" % outcome))


store.main(test, "fsync = off")
