#!/usr/bin/env python3
"""How the loader is handled: exit codes of `load`, one first error in every place, a start without servers, reload, drain, requeue,
merge, status, secrets."""

import json
import pathlib
import signal
import subprocess
import time

import loader_world as w

w.with_servers()
SECRET = "planted-7391"


def loader(*words):
    return subprocess.run([w.LOADER, *map(str, words)], text=True, capture_output=True, check=False)


def generate(path, *options):
    done = loader("generate", "--nmis", "4", "--days", "5", "--start", "2024-03-01", "--interval", "30", "-o", path, *options)
    w.check(f"generate {' '.join(options)}", done.returncode == 0, done.stderr)
    return path


def test_load():
    with w.World("load") as world:
        good = generate(world.folder / "good.csv")
        bad = generate(world.folder / "bad.csv", "--kind", "malformed", "--seed", "2")
        packed = world.folder / "packed.zip"
        w.zip_of([good, generate(world.folder / "more.csv", "--seed", "3")], packed)
        db = world.conninfo()
        done = loader("load", "--db", db, good)
        w.check("load: 0 when all are loaded", done.returncode == 0 and "1 files loaded" in done.stdout, done.stdout + done.stderr)
        done = loader("load", "--db", db, good, packed)
        w.check("load: known content is no error", done.returncode == 0 and "already" in done.stdout, done.stdout + done.stderr)
        done = loader("load", "--db", db, bad, "--workers", "2")
        w.check("load: 1 when a file is rejected, with its line", done.returncode == 1 and "line 3" in done.stdout, done.stdout)
        w.check("load: findings are in nem12_errors", int(w.value("SELECT count(*) FROM nem12_errors", world.name)) > 0)
        done = loader("load", "--db", db, "--on-invalid", "skip", bad)
        w.check("load: skip loads the good records", done.returncode == 0 and "skipped" in done.stdout, done.stdout + done.stderr)
        w.check("load: 2 without a file", loader("load", "--db", db, world.folder / "none.csv").returncode == 2)
        done = loader("load", "--db", f"host=/nowhere dbname=x password={SECRET}", good)
        w.check("load: 2 without a database, and no secret", done.returncode == 2 and SECRET not in done.stdout + done.stderr, done.stderr)


def test_load_on_a_bad_line():
    """`load` keeps to max_connections, and a file whose connection was lost is loaded over a new one, once."""
    with w.World("bad_line") as world:
        files = [generate(world.folder / f"{seed}.csv", "--seed", str(seed)) for seed in range(3)]
        config = world.config(database={"max_connections": 1})
        command = [w.LOADER, "load", "--config", config, *files]
        sessions = f"FROM pg_stat_activity WHERE datname = '{world.name}' AND application_name = 'nem12-loader'"
        with w.loading_held_back(world.name):
            load = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            w.wait_until("a file is under way", 30, lambda: w.value(f"SELECT count(*) {sessions} AND wait_event_type = 'Lock'", "postgres") != "0")
            w.check("load: no more connections than max_connections", w.value(f"SELECT count(*) {sessions}", "postgres") == "1")
            w.check("its connection is cut", w.value(f"SELECT count(pg_terminate_backend(pid)) {sessions}", "postgres") == "1")
        told, _ = load.communicate(timeout=60)
        w.check("load: a lost connection is taken up again", load.returncode == 0 and "3 files loaded, 0 already there" in told, told)
        w.check("load: each file is stored once", w.value("SELECT count(*) FROM nem12_files", world.name) == "3")
        config = world.config(breaker={"retries": 3})
        w.sql(FULL, world.name)
        more = [generate(world.folder / f"{seed}.csv", "--seed", str(seed)) for seed in range(3, 6)]
        done = loader("load", "--config", config, *more)
        w.check("load: a server that stays in trouble fails each file", done.returncode == 2 and "0 rejected, 3 failed" in done.stdout, done.stdout)


def test_degraded_start():
    with w.World("degraded") as world:
        config = world.config()
        for number in range(3):
            world.drop(generate(world.folder / f"good-{number}.csv", "--seed", str(number)))
        world.drop(generate(world.folder / "bad.csv", "--kind", "malformed"))
        w.server("redis", "stop")
        w.server("postgres", "stop")
        daemon = world.start(config)
        w.wait_until("the daemon is live without Redis and PostgreSQL", 20, lambda: world.get(config, "/livez")[0] == 200)
        w.wait_until("and says that it is not ready", 20, lambda: world.get(config, "/readyz")[0] == 503)
        w.wait_until("malformed files are rejected all the same", 20, lambda: world.places("bad.csv") == ["rejected"])
        w.wait_until("the others are safe in the spool", 20, lambda: len(list((world.folder / "spool-config" / "ready").iterdir())) == 3)
        w.server("postgres", "start")
        w.server("redis", "start")
        w.wait_until("everything is loaded once they are there", 60,
                     lambda: len(list((world.folder / "archive").rglob("*.csv"))) == 3 and world.places("bad.csv") == ["rejected"])
        w.wait_until("it is ready", 30, lambda: world.get(config, "/readyz")[0] == 200)
        w.wait_until("status agrees", 20, lambda: status(config)["queue"]["success"] == 3 and status(config)["breaker"]["state"] == "closed")
        w.wait_until("the page lists the files", 10, lambda: all(name in world.get(config, "/")[1] for name in ("good-0.csv", "bad.csv")))
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon, 30)


def status(config):
    return json.loads(loader("status", "--config", config, "--json").stdout)


def test_reload_and_secrets():
    with w.World("reload") as world:
        config = world.config(database={"password": SECRET}, log={"format": "json", "level": "warning"})
        daemon = world.start(config)
        w.wait_until("the daemon is live", 20, lambda: world.get(config, "/livez")[0] == 200)
        text = config.read_text()
        config.write_text(text.replace('level = "warning"', 'level = "info"') + "[generate]\nenabled = true\nevery_seconds = 1\n"
                          "intervals = [30]\nnmis = 2\ndays = 2\n")
        daemon.send_signal(signal.SIGHUP)
        w.wait_until("SIGHUP starts the generator", 30, lambda: int(w.value("SELECT count(*) FROM nem12_files", world.name)) >= 2)
        config.write_text(text + "[generate]\nevery_seconds = 0\n")
        daemon.send_signal(signal.SIGHUP)
        w.wait_until("a wrong configuration is told and refused", 20,
                     lambda: any(event["event"] == "reload_failed" for event in world.events(config)))
        before = int(w.value("SELECT count(*) FROM nem12_files", world.name))
        w.wait_until("the old one stays in force", 30, lambda: int(w.value("SELECT count(*) FROM nem12_files", world.name)) > before)
        config.write_text(text.replace('"workers": 4', "").replace("workers = 4", "workers = 3"))
        daemon.send_signal(signal.SIGHUP)
        w.wait_until("a key that needs a restart is named", 20,
                     lambda: any(event.get("key") == "process.workers" for event in world.events(config)))
        seen = world.get(config, "/metrics")[1] + world.get(config, "/status.json")[1] + world.get(config, "/")[1]
        seen += loader("status", "--config", config).stdout + loader("check-config", "--config", config).stdout
        seen += pathlib.Path(f"/proc/{daemon.pid}/cmdline").read_text()
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon, 30)
        w.check("no secret in log, pages, status and command line", SECRET not in seen + config.with_suffix(".log").read_text())


def test_second_signal():
    with w.World("signals") as world:
        big = world.folder / "big.csv"
        loader("generate", "--interval", "5", "--nmis", "1200", "--days", "30", "-o", big)
        config = world.config()
        big.rename(world.inbox / "big.csv")
        daemon = world.start(config)
        w.wait_until("the load is under way", 30, lambda: '"in_progress"' in config.with_suffix(".log").read_text())
        daemon.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(30)
        w.check("a second signal stops at once", code in (0, 3), code) # 0: the load was faster than the signals
        stored = int(w.value("SELECT count(*) FROM nem12_interval_days", world.name))
        w.check("all of the file or nothing", (stored > 0) == (w.value("SELECT count(*) FROM nem12_files", world.name) == "1"))
        world.finish(world.start(config, "--until-idle"))
        w.check("the file is loaded by the next start", world.places("big.csv") == ["archive"] and not world.leftovers())


def test_requeue_and_merge():
    with w.World("requeue") as world:
        config = world.config(ingest={"dialect": "strict"})
        bad = generate(world.folder / "bad.csv", "--kind", "malformed")
        world.drop(bad)
        world.finish(world.start(config, "--until-idle"))
        sha256 = next(w.contents(bad))[0]
        w.check("the file is rejected", world.places("bad.csv") == ["rejected"] and world.job_status(sha256) == "rejected")
        w.check("requeue: 1 for an unknown file", loader("requeue", "--config", config, "0" * 64).returncode == 1)
        done = loader("requeue", "--config", config, sha256)
        w.check("requeue puts it back", done.returncode == 0 and (world.inbox / "bad.csv").exists(), done.stderr)
        world.finish(world.start(config, "--until-idle", "--set", "ingest.on_invalid=skip"), 30) # not in a minute's time
        w.check("with other rules it is loaded", world.places("bad.csv") == ["archive"] and world.job_status(sha256) == "success",
                f"{world.places('bad.csv')} {world.job_status(sha256)}")
        folder = world.folder / "again"
        loader("generate", "--kind", "repeated", "--nmis", "3", "--days", "3", "-o", f"{folder}/")
        done = loader("load", "--config", config, *sorted(folder.iterdir()))
        w.check("load takes its database from the configuration", done.returncode == 0, done.stderr)
        w.check("days wait in staging", status(config)["staging_days"] > 0)
        done = loader("merge", "--config", config)
        w.check("merge empties staging", done.returncode == 0 and status(config)["staging_days"] == 0, done.stdout + done.stderr)


REFUSE = """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no file today' USING HINT = 'ask the owner'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON nem12_files FOR EACH ROW EXECUTE FUNCTION refuse()"""


def test_first_error():
    """Report, nem12_errors, log, queue and the output of `load` name the same first error, and the sender."""
    with w.World("first_error") as world:
        good = generate(world.folder / "good.csv")
        lines = good.read_bytes().decode().split("\r\n")
        days = [number for number, line in enumerate(lines) if line.startswith("300,")]
        fields = lines[days[0]].split(",")
        fields[-2] = fields[-2][:12] # UpdateDateTime without seconds: a warning
        lines[days[0]] = ",".join(fields)
        warned = world.folder / "warned.csv"
        warned.write_text("\r\n".join(lines), newline="")
        fields = lines[days[1]].split(",")
        fields[5] = "x"
        lines[days[1]] = ",".join(fields)
        bad = world.folder / "bad.csv"
        bad.write_text("\r\n".join(lines), newline="")
        future = world.folder / "future.csv"
        future.write_text(good.read_bytes().decode().replace(lines[0].split(",")[2], "209001010000", 1), newline="")
        w.sql(REFUSE, world.name)
        config = world.config(ingest={"max_future_hours": 1000000})
        places = {"warned.csv": "the whole file: refused_by_server: no file today",
                  "bad.csv": f"line {days[1] + 1}, record 300, field 5: value_not_numeric: ",
                  "future.csv": "the whole file: refused_by_server: no file today"}
        for path in (warned, bad, future):
            world.drop(path)
        world.finish(world.start(config, "--until-idle"))
        logged = {event["file"]: event for event in world.events(config) if event["event"] == "file_rejected"}
        rejected = world.folder / "rejected"
        for path in (warned, bad, future):
            name, (sha256, _) = path.name, next(w.contents(path))
            first = json.loads((rejected / f"{name}.report.json").read_text())
            w.check(f"{name}: the report names the sender", first["from_participant"] == "GENMDP", first)
            first = first["findings"][0]
            said = logged[name]
            w.check(f"{name}: the log names error and sender", said["message"].startswith(places[name]) and said["from"] == "GENMDP", said)
            w.check(f"{name}: the queue says the same", w.redis("HGET", f"{world.prefix}job:{sha256}", "reason") == said["message"])
            w.check(f"{name}: the report says the same", f"{first['code']}: {first['message']}" in said["message"], first)
            text = (rejected / f"{name}.report.txt").read_text()
            w.check(f"{name}: and the readable one", first["message"] in text and "line 0" not in text and "record 0" not in text, text)
            row = w.rows("SELECT code, coalesce(line_no::text, ''), from_participant, to_participant FROM nem12_errors "
                         f"WHERE sha256 = '\\x{sha256}' AND severity = 'error' ORDER BY error_id", world.name)[0]
            w.check(f"{name}: nem12_errors says the same", row == (first["code"], str(first["line"] or ""), "GENMDP", row[3]) and row[3], row)
            before = w.value("SELECT count(*) FROM nem12_errors", world.name)
            done = loader("load", "--config", config, path)
            w.check(f"{name}: load says the same", done.returncode == 1 and said["message"] in done.stdout, done.stdout)
            w.check(f"{name}: the same bytes add no finding", w.value("SELECT count(*) FROM nem12_errors", world.name) == before)
        w.check("the warning stands behind the error", w.rows(
            "SELECT string_agg(severity, ',' ORDER BY error_id) FROM nem12_errors WHERE file_name LIKE '%warned.csv'",
            world.name)[0][0] == "error,warning")
        w.sql("DROP TRIGGER refuse ON nem12_files", world.name)
        done = loader("load", "--config", config, future)
        w.check("max_future_hours is one truth for validation and server", done.returncode == 0, done.stdout + done.stderr)
        done = loader("validate", future)
        w.check("and its default refuses in both", done.returncode == 1 and "created_in_future" in done.stdout, done.stdout)


FULL = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON nem12_files FOR EACH ROW EXECUTE FUNCTION full_disk()"""


def test_server_trouble():
    """A server that takes a canary and no file: nothing is refused or failed, the breaker stays open, /readyz says why."""
    with w.World("trouble") as world:
        good = generate(world.folder / "good.csv")
        w.sql(FULL, world.name)
        done = loader("load", "--db", world.conninfo(), good)
        w.check("load: 2, and the file is not refused", done.returncode == 2 and "failed " in done.stdout and "rejected   " not in done.stdout,
                done.stdout)
        config = world.config(breaker={"retries": 2})
        daemon = world.start(config)
        world.drop(good)
        w.wait_until("/readyz says why", 30, lambda: "no space left" in world.get(config, "/readyz")[1])
        moves = lambda: [event["to"] for event in world.events(config) if event["event"] == "breaker"]
        w.wait_until("canaries pass and the file fails, again and again", 60, lambda: moves().count("open") >= 4)
        w.check("the breaker is never closed meanwhile", "closed" not in moves(), moves())
        w.check("and always says why", "no space left" in world.get(config, "/readyz")[1])
        w.check("the canary was written", w.value("SELECT count(*) FROM nem12_canary", world.name) == "1")
        w.check("nothing is said of the file", w.value("SELECT count(*) FROM nem12_errors", world.name) == "0")
        w.sql("DROP TRIGGER full_disk ON nem12_files", world.name)
        w.wait_until("with room it is loaded", 60, lambda: world.places("good.csv") == ["archive"])
        w.wait_until("and the loader is ready", 30, lambda: world.get(config, "/readyz")[0] == 200)
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon, 30)


def test_signal_in_last_merge():
    """SIGTERM is heard during the last merge of --until-idle."""
    with w.World("last_merge") as world:
        w.sql("""CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER DELETE ON nem12_staging_days FOR EACH STATEMENT EXECUTE FUNCTION slow()""", world.name)
        again = world.folder / "again"
        loader("generate", "--kind", "repeated", "--nmis", "2", "--days", "2", "-o", f"{again}/")
        config = world.config(merge={"every_seconds": 3600})
        loader("load", "--config", config, *sorted(again.iterdir()))
        w.check("days wait in staging", int(w.value("SELECT nem12_staging_depth()", world.name)) > 0)
        daemon = world.start(config, "--until-idle")
        asleep = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{world.name}' AND wait_event = 'PgSleep'"
        w.wait_until("the last merge is under way", 30, lambda: w.value(asleep, "postgres") == "1")
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon, 10)
        w.check("its days are in staging still", int(w.value("SELECT nem12_staging_depth()", world.name)) > 0)


def test_spooled_file_removed():
    """Taken out of the spool by hand: the job ends as failed before the daemon calls itself idle."""
    with w.World("removed") as world:
        config = world.config(queue={"max_attempts": 2})
        good = generate(world.folder / "good.csv")
        sha256 = next(w.contents(good))[0]
        world.drop(good)
        with w.loading_held_back(world.name):
            daemon = world.start(config)
            w.wait_until("the file is queued", 30, lambda: world.job_status(sha256) in ("pending", "in_progress"))
            w.kill(daemon)
        (world.folder / "spool-config" / "ready" / sha256).unlink()
        daemon = world.start(config, "--until-idle")
        daemon.wait(90)
        w.check("the job has come to its end", world.job_status(sha256) == "failed", world.job_status(sha256))
        w.check("and says why", w.redis("HGET", f"{world.prefix}job:{sha256}", "reason").startswith("FILE_MISSING"))


def main():
    test_load()
    test_load_on_a_bad_line()
    test_first_error()
    test_server_trouble()
    test_signal_in_last_merge()
    test_degraded_start()
    test_reload_and_secrets()
    test_second_signal()
    test_requeue_and_merge()
    test_spooled_file_removed()


main()
