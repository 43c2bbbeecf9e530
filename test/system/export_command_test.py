#!/usr/bin/env python3
"""`nem12-loader export` with the rights of an analyst: every format, a file for each NMI, gzip, dates, as-of, standard output, from a
standby; byte for byte what the functions say, and loaded elsewhere the same store. What goes wrong leaves no file and says what to do."""

import gzip
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time

import round_trip
import store
from round_trip import LOADER, STORED

HEADER = ["--created", "2025-01-01 06:00", "--from-participant", "MDP1", "--to-participant", "RET1"]
FUNCTIONS = {"nem12": "nem12_export", "nem13": "nem12_export_reads"}
COLUMNS = '"timestamp", consumption, uom, flow, interval_length, quality_method, reason_code, reason_description, meter_serial, file_creation_date'
MEMORY = 64 << 10  # KiB, DESIGN's bound for the loader
ODD = (b"100,NEM12,202402060000,MDP1,RET1\r\n200,4001234599,E1,1,E1,N1,METSER123,kWh,30,\r\n300,20240202" + b",1.5" * 48 +
       ",F14,0,a \\ backslash and \u00e9,20240203000000,\r\n900\r\n".encode())


def analyst():
    """A role with the rights that docs/analysts.md gives, and no others."""
    with open(os.path.join(store.ROOT, "docs", "analysts.md"), encoding="utf-8") as docs:
        block = next(block for block in re.findall(r"^```sql[^\n]*\n(.*?)^```", docs.read(), re.MULTILINE | re.DOTALL) if "CREATE ROLE" in block)
    store.sql(block + "CREATE ROLE anna LOGIN IN ROLE meter_analyst; CREATE ROLE nobody LOGIN;")


def conninfo(user="anna", port=None, database="nem12"):
    return "host=%s port=%s dbname=%s user=%s" % (os.environ["PGHOST"], port or os.environ["PGPORT"], database, user)


def command(*words, db=None):
    return [LOADER, "export", "--db", db or conninfo(), *map(str, words)]


def export(*words, db=None, code=0):
    """What it writes to standard output, and what it says."""
    done = subprocess.run(command(*words, db=db), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != code:
        sys.exit("export %r: exit code %d, expected %d\n%s" % (words, done.returncode, code, done.stderr.decode()))
    return done.stdout, done.stderr.decode()


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    return gzip.decompress(content) if path.endswith(".gz") else content


def as_psql_has_it(query):
    """Rows of one column, with CRLF behind each."""
    done = subprocess.run(["psql", "-XqAt", "-c", query], stdout=subprocess.PIPE, check=True)
    return done.stdout.replace(b"\n", b"\r\n")


def records(form, nmis="NULL", first="NULL", last="NULL", moment="NULL"):
    return as_psql_has_it("SELECT * FROM %s(%s, %s, %s, %s, 'MDP1', 'RET1', '2025-01-01 06:00')" % (FUNCTIONS[form], nmis, first, last, moment))


def csv_of(source):
    done = subprocess.run(["psql", "-Xq", "-c", "COPY (SELECT nmi, nmi_suffix, %s FROM %s ORDER BY nmi, nmi_suffix, \"timestamp\") TO STDOUT (FORMAT csv, HEADER)"
                           % (COLUMNS, source)], stdout=subprocess.PIPE, check=True)
    return done.stdout


def fill(folder):
    """The corpus, made files, a correction of some, a text that needs care. Returns a moment before the correction."""
    session = store.Session()
    session.sql("SET client_min_messages = warning;")
    loaded = [round_trip.load(round_trip.content_of(path), session) for path in round_trip.corpus("nem12", "nem13")]
    for seed in range(3):
        for path in round_trip.generate(folder, "--nmis", 3, "--days", 5, "--interval", (5, 15, 30)[seed], "--seed", seed + 1, "--start", "2024-03-0%d" % (seed + 1)):
            loaded.append(round_trip.load(round_trip.content_of(path), session))
        loaded.append(round_trip.load(round_trip.made_up_reads(seed), session))
    loaded.append(round_trip.load(ODD, session))
    time.sleep(0.01)
    moment = session.sql("SELECT now() AT TIME ZONE 'UTC+0' AT TIME ZONE 'UTC' AT TIME ZONE interval '10 hours';")[0][0]  # market time, which is what --as-of reads
    time.sleep(0.01)
    for path in round_trip.generate(folder, "--kind", "repeated", "--nmis", 3, "--days", 5, "--interval", 5, "--seed", 1, "--start", "2024-03-01"):
        loaded.append(round_trip.load(round_trip.content_of(path), session))
    store.expect(loaded.count(None), 1, "files that nobody takes: %s, of %d" % (round_trip.BROKEN, len(loaded)))
    session.close()
    return moment


def formats(folder, moment):
    """Every format and choice, against the SQL functions and the views."""
    nmis = [row[0] for row in store.sql("SELECT nmi FROM nem12_day_totals WHERE interval_date >= '2024-03-01' GROUP BY 1 ORDER BY 1 LIMIT 2;")]
    some, array = [word for nmi in nmis for word in ("--nmi", nmi)], "'{%s}'" % ",".join(nmis)
    at = "timestamptz '%s+10'" % moment
    for form in FUNCTIONS:
        for words, wanted in (
                ([], records(form)),
                (["--from", "2024-03-02", "--to", "20240430"], records(form, "NULL", "'2024-03-02'", "'2024-04-30'")),
                (["--as-of", moment], records(form, "NULL", "NULL", "NULL", at))):
            store.expect(export("--format", form, "-o", "-", *HEADER, *words)[0], wanted, "%s %s" % (form, words))
    both = some + ["--as-of", moment, "--from", "2024-03-02", "--to", "2024-03-03"]
    store.expect(export("-o", "-", *HEADER, *both)[0], records("nem12", array, "'2024-03-02'", "'2024-03-03'", at), "everything at once")
    store.expect(records("nem12", array) != records("nem12", array, "NULL", "NULL", at), True, "the correction shows")
    store.expect("a \\ backslash and \u00e9,".encode() in records("nem12"), True, "a backslash is in what is compared")
    everything, named = csv_of("meter_readings"), " OR ".join("nmi = '%s'" % nmi for nmi in nmis)
    store.expect(everything.count(b"\n") > 10000, True, "readings compared")
    store.expect(export("--format", "csv", "-o", "-")[0], everything, "csv")
    store.expect(export("--format", "csv", "-o", "-", *some, "--from", "2024-03-02")[0],
                 csv_of("(SELECT * FROM meter_readings WHERE (%s) AND \"timestamp\" >= '2024-03-02') r" % named), "csv of two NMIs")
    store.expect(export("--format", "csv", "-o", "-", *some, "--as-of", moment)[0],
                 csv_of("(%s) r" % " UNION ALL ".join("SELECT * FROM nem12_readings_as_of('%s', NULL, NULL, %s)" % (nmi, at) for nmi in nmis)), "csv as of")
    zoned = store.sql("SELECT %s AT TIME ZONE 'America/New_York';" % at)[0][0] + " America/New_York"
    store.expect(export("-o", "-", *HEADER, "--as-of", zoned)[0], records("nem12", "NULL", "NULL", "NULL", at), "as of in another zone")

    store.expect(export("-o", folder, *HEADER)[0].decode().split(":")[0], os.path.join(folder, "nem12.csv"), "what it says")
    store.expect(read(os.path.join(folder, "nem12.csv")), records("nem12"), "a file in a folder")
    export("--format", "csv", "-o", os.path.join(folder, "x.gz"), "--gzip")
    store.expect(read(os.path.join(folder, "x.gz")), everything, "csv in gzip")
    piped = subprocess.run(["bash", "-c", '"$@" | cat', "-", *command("-o", "/dev/stdout", *HEADER)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    store.expect((piped == records("nem12"), os.path.islink("/dev/stdout")), (True, True), "to a pipe by its name")

    for form, name, wanted in (("nem12", "nem12", lambda nmi: records("nem12", "'{%s}'" % nmi)), ("nem13", "nem13", lambda nmi: records("nem13", "'{%s}'" % nmi)),
                               ("csv", "readings", lambda nmi: csv_of("(SELECT * FROM meter_readings WHERE nmi = '%s') r" % nmi))):
        source = "nem12_accumulation_reads" if form == "nem13" else "nem12_day_totals"
        there = [row[0] for row in store.sql("SELECT DISTINCT nmi FROM %s ORDER BY 1;" % source)]
        export("--format", form, "-o", os.path.join(folder, form), "--per-nmi", "--gzip", *(HEADER if form in FUNCTIONS else []))
        store.expect(sorted(os.listdir(os.path.join(folder, form))), ["%s-%s.csv.gz" % (name, nmi) for nmi in there], "files of " + form)
        for nmi in there[::7]:
            store.expect(read(os.path.join(folder, form, "%s-%s.csv.gz" % (name, nmi))), wanted(nmi), "%s of %s" % (form, nmi))


def load_elsewhere(folder):
    """What was exported, into empty databases, by `load`: the same days, details, 500s and reads."""
    stored = store.sql(STORED)
    export("--format", "nem13", "-o", os.path.join(folder, "reads.csv"), *HEADER)
    for name, files in (("whole", [os.path.join(folder, "nem12.csv"), os.path.join(folder, "reads.csv")]),
                        ("by_nmi", [os.path.join(folder, form, name) for form in FUNCTIONS for name in sorted(os.listdir(os.path.join(folder, form)))])):
        store.sql("CREATE DATABASE %s; \\c %s\nCREATE EXTENSION nem12;" % (name, name))
        done = subprocess.run([LOADER, "load", "--db", conninfo("nem12", database=name), "--dialect", "tolerant", *files], stdout=subprocess.PIPE, check=False)
        store.expect(done.returncode, 0, "load: " + done.stdout.decode()[-2000:])
        store.expect(store.sql(STORED, name), stored, "the store loaded from " + name)


def on_a_standby():
    standby = store.SecondServer("standby", "--write-recovery-conf")
    both = "host=%s,%s port=%s,%s dbname=nem12 user=anna target_session_attrs=standby" % (os.environ["PGHOST"], os.environ["PGHOST"], os.environ["PGPORT"], standby.port)
    for db in (conninfo(port=standby.port), both):
        store.expect(export("-o", "-", *HEADER, db=db)[0], records("nem12"), "NEM12 from a standby")
        store.expect(export("--format", "csv", "-o", "-", db=db)[0], csv_of("meter_readings"), "csv from a standby")
        store.expect(export("--format", "nem13", "-o", "-", *HEADER, db=db)[0], records("nem13"), "NEM13 from a standby")
    standby.control("stop")


def refused(folder):
    """Exit codes, what is said, and that nothing is left in the folder."""
    target = os.path.join(folder, "none.csv")
    for code, said, words, db in (
            (1, "nothing is stored of 1 NMIs that were asked for: 4999999999", ["--nmi", "4999999999"], None),
            (1, "no days between these dates", ["--from", "2060-01-01"], None),
            (1, "no readings between these dates, known then", ["--format", "csv", "--as-of", "1999-01-01"], None),
            (1, "no register reads", ["--format", "nem13", "--to", "1999-01-01"], None),
            (2, "--as-of yesterday week is no moment: write '2025-04-01 09:00'", ["--as-of", "yesterday week"], None),
            (2, "--created 25:00 is no time", ["--created", "25:00"], None),
            (2, "CREATE EXTENSION nem12", [], conninfo(database="postgres")),
            (2, 'database "nowhere" does not exist', [], conninfo(database="nowhere")),
            (2, "permission denied for function nem12_export\nthe role needs the rights of an analyst", [], conninfo("nobody")),
            (2, "permission denied for view nem12_day_versions\nthe role needs", ["--format", "csv"], conninfo("nobody")),
            (2, "is the server up, and is --db right?", [], conninfo(port=1)),
            (2, "Write a participant ID of up to 10 characters", ["--from-participant", "MY COMPANY"], None),
            (2, "cannot make folder /proc/none: ", ["-o", "/proc/none/x.csv"], None)):
        err = export(*(words if "-o" in words else ["-o", target, *words]), db=db, code=code)[1]
        store.expect(said in err, True, "%r: it says %r" % (words, err))
    nmi = store.sql("SELECT min(nmi) FROM nem12_day_totals;")[0][0]
    err = export("-o", "-", "--nmi", nmi, "--nmi", "4999999999", code=1)[1]
    store.expect("1 NMIs, " in err and "nothing is stored of 1 NMIs" in err, True, "one is there, one is not: " + err)
    with open(target, "w", encoding="utf-8") as file:
        file.write("precious")
    store.expect("exists already: --force replaces it" in export("-o", target, code=2)[1], True, "an existing file")
    store.expect(read(target), b"precious", "the existing file")
    export("-o", target, "--force", *HEADER)
    store.expect(read(target), records("nem12"), "replaced")
    link = os.path.join(folder, "link")
    os.symlink(target, link)
    export("-o", link, "--force", "--format", "csv")
    store.expect((os.path.islink(link), read(target) == csv_of("meter_readings")), (True, True), "what a link leads to is replaced")
    os.unlink(link)
    os.unlink(target)


def cut_short(folder):
    """An error in the middle, a stopped export, a server that goes, a full disk: no file, no rest of one."""
    target = os.path.join(folder, "cut.csv")
    last = store.sql("SELECT max(nmi), max(interval_date) FROM nem12_interval_days WHERE nmi = (SELECT max(nmi) FROM nem12_interval_days);")[0]
    spoil = "UPDATE nem12_interval_days SET events = %%s WHERE nmi = '%s' AND interval_date = '%s';" % tuple(last)
    store.sql(spoil % "events || '?'")
    for words in (["-o", target], ["-o", os.path.join(folder, "new"), "--per-nmi"]):
        store.expect("quality of a day cannot be read" in export(*words, code=2)[1], True, "an error after many rows")
    store.sql(spoil % "left(events, -1)")
    os.rmdir(os.path.join(folder, "new"))

    for what, code, end in (("stopped", 3, lambda running: running.send_signal(signal.SIGTERM)),
                            ("the server ends the connection", 2, lambda _: store.sql(
                                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'anna';"))):
        holder = store.Session()
        holder.sql("BEGIN; LOCK TABLE nem12_interval_days;")
        running = subprocess.Popen(command("-o", target), stderr=subprocess.PIPE)
        store.wait_until("it waits for the lock", lambda: store.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'anna' AND wait_event_type = 'Lock';") == [["1"]])
        end(running)
        err = running.communicate(timeout=60)[1].decode()
        store.expect(running.returncode, code, what + ": " + err)
        holder.sql("ROLLBACK;")
        holder.close()
    if os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode == 0:
        try:
            for words in (["-o", target], ["-o", folder, "--per-nmi", "--gzip"]):
                store.expect("No space left on device" in export(*words, "--format", "csv", code=2)[1], True, "a full disk")
            store.expect(os.listdir(folder), [], "left on the full disk")
        finally:
            subprocess.run(["umount", folder], check=True)
    else:
        print("not tried: a full disk (needs root and mount)")
    store.expect("No space left on device" in export("-o", "/dev/full", code=2)[1], True, "a full device")
    store.expect(os.listdir(folder), [], "left in the folder")


def on_a_terminal(folder):
    master, slave = pty.openpty()
    running = subprocess.Popen(command("--format", "csv", "-o", os.path.join(folder, "t.csv")), stderr=slave, stdout=subprocess.DEVNULL)
    os.close(slave)
    drawn = b""
    try:
        while piece := os.read(master, 65536):
            drawn += piece
    except OSError:  # the other side is gone
        pass
    store.expect(running.wait(60), 0, "exit code on a terminal")
    store.expect(bool(re.search(rb"\[#*\.*\] \d+ %  [\d,]+ bytes  \([\d,]+/s\)", drawn)), True, "a progress bar: %r" % drawn[:500])
    store.expect(b"[" in export("--format", "csv", "-o", "-")[1].encode(), False, "no bar where nobody looks")


def most_memory(process):
    """KiB, at its most, of a program that runs to its end; what its parent had before exec is not its own."""
    most = 0
    while process.poll() is None:
        try:
            with open("/proc/%d/status" % process.pid, encoding="ascii") as status:
                now = [int(line.split()[1]) for line in status if line.startswith("VmHWM")]
            if os.readlink("/proc/%d/exe" % process.pid) == LOADER:
                most = max([most] + now)
        except FileNotFoundError:  # just ended
            pass
        time.sleep(0.005)
    return most


def in_constant_memory(folder):
    for path in round_trip.generate(folder, "--nmis", 30, "--days", 60, "--seed", 9):
        store.load(round_trip.content_of(path))
        os.unlink(path)
    for form in ("csv", "nem12"):
        path = os.path.join(folder, "large." + form)
        running = subprocess.Popen(command("--format", form, "-o", path), stdout=subprocess.DEVNULL)
        used = most_memory(running)
        shown = "%d KiB of memory for %d bytes of %s" % (used, os.path.getsize(path), form)
        store.expect((running.returncode, 0 < used < MEMORY), (0, True), shown)
        print(shown)


def test():
    if not round_trip.corpus("nem12"):
        print("no corpus at " + round_trip.CORPUS)
        sys.exit(store.SKIPPED)
    store.sql("CREATE EXTENSION nem12;")
    analyst()
    with tempfile.TemporaryDirectory() as folder:
        sources, made, nothing = (os.path.join(folder, name) for name in ("sources", "made", "nothing"))
        for each in (sources, made, nothing):
            os.mkdir(each)
        moment = fill(sources)
        formats(made, moment)
        load_elsewhere(made)
        on_a_standby()
        refused(nothing)
        cut_short(nothing)
        on_a_terminal(made)
        in_constant_memory(made)


store.main(test, "fsync = off")
