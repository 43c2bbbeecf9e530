#!/usr/bin/env python3
"""One verdict: what the loader's validator says about a damaged file is what the server does with it.

Damaged NEM12 and NEM13 files, long ones among them, go through `nem12-loader validate`, nem12_validate() and a load (nem12_load or
the stream, cut at random), in both dialects and under both on_invalid. Verdict, first error and counts have to agree, and what the
load says it stored has to be in the tables. Files that make a difference are kept, and named.

NEM12_MUTATIONS=n  how many files (default 700; acceptance 20000)        NEM12_SEED=n  which ones
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import mutations
import store

MUTATIONS = int(os.environ.get("NEM12_MUTATIONS", "700"))
SEED = int(os.environ.get("NEM12_SEED", "12"))
BATCH = 100
WORKERS = 2
LOADER = os.path.join(store.ROOT, "build", "nem12-loader")
KEPT = pathlib.Path(store.ROOT, "build", "reports", "one_verdict")
MAX_LOGGED = 10000  # errors of one file in nem12_errors

# Each file is tried in a subtransaction that is rolled back, so the store stays empty and small.
PROGRAM = """
SELECT nem12_prepare_months(array_agg(month::date)) FROM generate_series(DATE '2024-01-01', '2024-06-01', '1 month') AS month;
CREATE FUNCTION lines_in(text) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT CASE WHEN $1 = '' THEN 0 ELSE length($1) - length(replace($1, E'\\n', '')) + 1 END $$;
CREATE FUNCTION sent(content bytea, on_invalid text, dialect text, in_chunks boolean, OUT result record) LANGUAGE plpgsql AS $$
DECLARE
    at integer := 1;
    size integer;
BEGIN
    IF NOT in_chunks THEN
        SELECT * INTO result FROM nem12_load(content, 'a file', on_invalid, dialect);
        RETURN;
    END IF;
    PERFORM nem12_load_begin('a file', on_invalid, dialect);
    WHILE at <= length(content) LOOP
        size := 1 + (random() ^ 4 * length(content))::integer;
        PERFORM nem12_load_chunk(substr(content, at, size));
        at := at + size;
    END LOOP;
    SELECT * INTO result FROM nem12_load_end();
END
$$;
CREATE FUNCTION stored(of_file bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    days record;
    reads record;
    errors record;
BEGIN
    SELECT count(*) AS n, coalesce(sum(nem12_count("values")), 0) AS readings, coalesce(sum(lines_in(events)), 0) AS events INTO days
    FROM (SELECT "values", events FROM nem12_interval_days WHERE file_id = of_file
          UNION ALL SELECT "values", events FROM nem12_staging_days WHERE file_id = of_file) AS d;
    SELECT count(*) AS n, coalesce(sum(lines_in(b2b_details)), 0) AS b2b INTO reads
    FROM (SELECT b2b_details FROM nem12_accumulation_reads WHERE file_id = of_file
          UNION ALL SELECT b2b_details FROM nem12_staging_reads WHERE file_id = of_file) AS r;
    SELECT count(*) AS n, (array_agg(jsonb_build_array(line_no, record_indicator, field, code) ORDER BY error_id))[1] AS first INTO errors
    FROM nem12_errors WHERE file_id = of_file AND severity = 'error';
    RETURN jsonb_build_object('days', days.n, 'readings', days.readings, 'events', days.events,
        'b2b_details', (SELECT count(*) FROM nem12_b2b_details WHERE file_id = of_file),
        'accumulation_reads', reads.n, 'accumulation_b2b', reads.b2b, 'errors', errors.n, 'first', errors.first);
END
$$;
CREATE FUNCTION outcome(content bytea, on_invalid text, dialect text, in_chunks boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    result record;
    text_of_detail text;
BEGIN
    SELECT * INTO result FROM sent(content, on_invalid, dialect, in_chunks)
        AS (file_id bigint, status text, days_inserted bigint, days_staged bigint, readings bigint, accumulation_reads bigint,
            skipped_records bigint);
    RAISE SQLSTATE 'ZZ000' USING MESSAGE = jsonb_build_object('status', result.status, 'days', result.days_inserted + result.days_staged,
        'readings', result.readings, 'accumulation_reads', result.accumulation_reads, 'skipped_records', result.skipped_records,
        'stored', stored(result.file_id));
EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN
        RETURN SQLERRM::jsonb;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS text_of_detail = PG_EXCEPTION_DETAIL;
        RETURN jsonb_build_object('status', 'refused', 'sqlstate', SQLSTATE, 'message', SQLERRM, 'detail', text_of_detail);
END
$$;
CREATE FUNCTION seen(content bytea, dialect text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('errors', count(*) FILTER (WHERE severity = 'error'), 'warnings', count(*) FILTER (WHERE severity = 'warning'),
        'first', (array_agg(jsonb_build_array(line_no, record_indicator, field, code) ORDER BY n) FILTER (WHERE severity = 'error'))[1])
    FROM (SELECT row_number() OVER () AS n, * FROM nem12_validate(content, dialect)) AS findings
$$;
"""

Trial = collections.namedtuple("Trial", "number dialect on_invalid in_chunks content path")


def file_rules():
    """Codes of the rules that concern a whole file: they refuse it also where bad records are skipped."""
    text = pathlib.Path(store.ROOT, "mdff/include/mdff/rules.inc").read_text(encoding="ascii")
    return set(re.findall(r'MDFF_RULE\(\w+,\s*"(\w+)",\s*\w+,\s*\w+,\s*kFile,', text))


FILE_RULES = file_rules()


def loader_says(trials):
    """The validator's report for each trial."""
    reports = {}
    groups = collections.defaultdict(list)
    for trial in trials:
        groups[trial.dialect, trial.on_invalid].append(trial)
    for (dialect, on_invalid), group in groups.items():
        done = subprocess.run([LOADER, "validate", "--format", "json", "--dialect", dialect, "--set", "ingest.on_invalid=" + on_invalid]
                              + [str(trial.path) for trial in group], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            raise Crash("nem12-loader validate ended with status %d: %s" % (done.returncode, done.stderr.decode(errors="replace")))
        for trial, report in zip(group, json.loads(done.stdout)):
            if report["file"] != str(trial.path):
                raise Crash("reports are out of step: %s for %s" % (report["file"], trial.path))
            reports[trial] = report
    return reports


class Crash(Exception):
    """A program died, or the server said what it never should."""


def server_does(trials, database):
    """nem12_validate's findings and the outcome of a load for each trial."""
    lines = ["CREATE TEMP TABLE trial (n integer, dialect text, on_invalid text, in_chunks boolean, content bytea);",
             "SELECT setseed(0.5);", "COPY trial FROM STDIN;"]
    for n, trial in enumerate(trials):
        lines.append("\t".join((str(n), trial.dialect, trial.on_invalid, str(trial.in_chunks), "\\\\x" + trial.content.hex())))
    lines += ["\\.", "SELECT seen(content, dialect), outcome(content, on_invalid, dialect, in_chunks) FROM trial ORDER BY n;"]
    try:
        rows = store.sql("\n".join(lines) + "\n", database)[1:]
    except store.SqlError as error:
        raise Crash(str(error)) from error
    return {trial: (json.loads(seen), json.loads(outcome)) for trial, (seen, outcome) in zip(trials, rows, strict=True)}


def place(finding):
    """[line, record, field, code] of a finding in the loader's report, as the server writes it."""
    return [finding["line"], finding["record"], finding["field"], finding["code"]]


def differences(trial, report, seen, outcome):
    """What the doors disagree about; one text each."""
    counts = report["counts"]
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    complete = len(errors) == counts["errors"]
    first = place(errors[0]) if errors else None
    found = []

    def same(what, loader, server):
        if loader != server:
            found.append("%s: loader %r, server %r" % (what, loader, server))

    same("the loader's count of errors, and an error it names", counts["errors"] > 0, first is not None)
    for count in ("errors", "warnings"):
        same(count, counts[count], seen[count])
    same("first error (nem12_validate)", first, seen["first"])
    same("loaded", report["loadable"], outcome["status"] == "loaded")
    if found and outcome["status"] == "refused":
        found[-1] += " (%(sqlstate)s %(message)s)" % outcome
    if outcome["status"] == "refused":
        if not outcome["sqlstate"].startswith("NM0"):
            found.append("the server says %(sqlstate)s %(message)s" % outcome)
            return found
        detail = json.loads(outcome["detail"])
        named = [detail["line"], detail["record"], detail["field"], detail["code"]]
        if trial.on_invalid == "reject":
            same("first error (load)", first, named)
        else:
            # An error of the file ends the load there; else nothing is left of it, and its first error says why.
            file_error = next((place(error) for error in errors if error["code"] in FILE_RULES), None)
            if complete or file_error:
                same("first error (load, skip)", file_error or first, named)
        return found
    for count in ("days", "readings", "accumulation_reads", "skipped_records"):
        same(count, counts[count], outcome[count])
    stored = outcome["stored"]
    for count in ("days", "readings", "events", "b2b_details", "accumulation_reads", "accumulation_b2b"):
        same(count + " in the tables", counts[count], stored[count])
    same("errors in nem12_errors", min(counts["errors"], MAX_LOGGED), stored["errors"])
    same("first error (nem12_errors)", first, stored["first"])
    return found


def judge(trials, database):
    """Returns [(trial, what is wrong)] and the outcomes. A batch that crashes something is halved until the file stands alone."""
    try:
        reports = loader_says(trials)
        done = server_does(trials, database)
    except Crash as crash:
        if len(trials) == 1:
            return [(trials[0], ["CRASH " + str(crash)])], []
        wait_for_server(database)
        middle = len(trials) // 2
        halves = [judge(half, database) for half in (trials[:middle], trials[middle:])]
        bad, outcomes = halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
        return bad or [(trials[0], ["CRASH of a batch, but of none of its files alone: " + str(crash)])], outcomes
    bad = []
    for trial in trials:
        wrong = differences(trial, reports[trial], *done[trial])
        if wrong:
            bad.append((trial, wrong))
    return bad, [(trial.on_invalid, outcome["status"], reports[trial]["counts"]["warnings"] > 1000) for trial, (_, outcome) in done.items()]


def wait_for_server(database):
    for _ in range(300):
        try:
            store.sql("SELECT 1;", database)
            return
        except store.SqlError:
            time.sleep(0.1)
    sys.exit("the server does not come back")


def run_batch(worker, batch, count, folder):
    """Makes and judges the files of one batch: a function of the seed and its number only."""
    rng = random.Random("%d.%d" % (SEED, batch))
    trials = []
    for n, content in enumerate(mutations.damaged_files(rng, count)):
        number = batch * BATCH + n
        path = folder / ("%06d.csv" % number)
        path.write_bytes(content)
        trials += [Trial(number, dialect, rng.choice(("reject", "skip")), rng.random() < 0.5, content, path) for dialect in ("strict", "tolerant")]
    bad, outcomes = judge(trials, "verdict%d" % worker)
    for trial, wrong in bad:
        kept = KEPT / trial.path.name
        shutil.copyfile(trial.path, kept)
        print("%s (%s, %s%s)\n    %s" % (os.path.relpath(kept, store.ROOT), trial.dialect, trial.on_invalid,
                                         ", in chunks" if trial.in_chunks else "", "\n    ".join(wrong)), flush=True)
    for trial in trials:
        trial.path.unlink(missing_ok=True)
    return len(bad), sum("CRASH" in wrong[0] for _, wrong in bad), outcomes


def run_worker(worker, folder):
    """Every WORKERS-th batch, in a database of its own, so that no load waits for another."""
    database = "verdict%d" % worker
    store.sql("CREATE DATABASE %s;" % database)
    store.sql("CREATE EXTENSION nem12;" + PROGRAM, database)
    totals, outcomes = [0, 0], collections.Counter()
    for batch in range(worker, -(-MUTATIONS // BATCH), WORKERS):
        differ, crashed, seen = run_batch(worker, batch, min(BATCH, MUTATIONS - batch * BATCH), folder)
        totals = [totals[0] + differ, totals[1] + crashed]
        outcomes.update(seen)
    return totals, outcomes


def test():
    print("NEM12_SEED=%d NEM12_MUTATIONS=%d" % (SEED, MUTATIONS), flush=True)
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir(parents=True)
    started, clock = store.sql("SELECT pg_postmaster_start_time();"), time.monotonic()
    outcomes = collections.Counter()
    with tempfile.TemporaryDirectory() as name, concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda worker: run_worker(worker, pathlib.Path(name)), range(WORKERS)))
    for _, seen in done:
        outcomes.update(seen)
    differ, crashed = (sum(totals[i] for totals, _ in done) for i in (0, 1))
    statuses = collections.Counter()
    for (on_invalid, status, _), n in outcomes.items():
        statuses[on_invalid, status] += n
    many_warnings = sum(n for (_, _, many), n in outcomes.items() if many)
    print("%d files, each in two dialects: %d differences, %d crashes (%.0f s)" % (MUTATIONS, differ, crashed, time.monotonic() - clock))
    print(", ".join("%s %s: %d" % (*key, n) for key, n in sorted(statuses.items())) + "; over 1,000 warnings: %d" % many_warnings)
    store.expect(store.sql("SELECT pg_postmaster_start_time();"), started, "the server was restarted")
    if differ:
        sys.exit("FAILED: the doors disagree; the files are in %s" % os.path.relpath(KEPT, store.ROOT))
    if MUTATIONS >= 500 and (min(statuses[mode, status] for mode in ("reject", "skip") for status in ("loaded", "refused")) < MUTATIONS // 20
                             or many_warnings == 0):
        sys.exit("FAILED: the damage is one-sided")


os.environ.setdefault("NEM12_PG_CONF", "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nmax_wal_size = 4GB")
store.main(test)
