#!/usr/bin/env python3
"""The runbook, tried: a real Prometheus with docs/prometheus/nem12-alerts.yml beside a real daemon. Each trouble is made, its alert
fires, what docs/operations.md says is done, and the alert ends with every file in its place. Only the rules' times and sizes are
smaller here."""
# runs first

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import urllib.request

import loader_world as w

w.with_servers()
PROMETHEUS = shutil.which(os.environ.get("NEM12_PROMETHEUS", "prometheus"))
SMALLER = {"> 900": "> 2", "> 1000000": "> 0", "< 10e9": "< 1", "> 3\n": "> 0\n"}


def rules(**other):
    text = (w.ROOT / "docs/prometheus/nem12-alerts.yml").read_text()
    text = re.sub(r"for: \w+", "for: 1s", re.sub(r"\[\w+\]", "[8s]", text))
    for real, small in (SMALLER | other).items():
        w.check(f"there is a rule with {real.strip()}", real in text)
        text = text.replace(real, small)
    return text


def documented_query(start):
    """A statement that stands in the runbook, joined from its lines."""
    text = " ".join((w.ROOT / "docs/operations.md").read_text().split())
    return re.search(r"`(" + re.escape(start) + r"[^`]*)`", text)[1]


class Stage:
    def __init__(self, world):
        self.world = world
        self.port = w.free_port()
        self.config = world.config(queue={"size": 3, "retry_seconds": 1, "max_attempts": 2, "lease_seconds": 3}, process={"workers": 2},
                                   merge={"every_seconds": 3600}, breaker={"retries": 1})
        folder = world.folder / "prometheus"
        folder.mkdir()
        self.rules = folder / "rules.yml"
        self.rules.write_text(rules())
        target = "127.0.0.1:" + self.config.with_suffix(".port").read_text()
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}, "rule_files": [str(self.rules)],
            "scrape_configs": [{"job_name": "nem12", "static_configs": [{"targets": [target]}]}]}))
        with open(folder / "log", "wb") as log:
            self.prometheus = subprocess.Popen([PROMETHEUS, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                                f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log)
        world.daemons.append(self.prometheus)
        self.number = 0

    def firing(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/alerts", timeout=5) as answer:
                return {alert["labels"]["alertname"] for alert in json.load(answer)["data"]["alerts"] if alert["state"] == "firing"}
        except OSError:
            return set()

    def fires(self, *names):
        w.wait_until(f"fires: {', '.join(names)}", 60, lambda: set(names) <= self.firing())

    def ends(self, *names):
        w.wait_until(f"ends: {', '.join(names)}", 60, lambda: not set(names) & self.firing())

    def send(self, count=1, *options):
        sent = []
        for _ in range(count):
            self.number += 1
            path = self.world.folder / f"f{self.number}.csv"
            subprocess.run([w.LOADER, "generate", "--nmis", "2", "--days", "2", "--seed", str(self.number), "-o", path, *options], check=True,
                           capture_output=True)
            self.world.drop(path)
            sent.append(path.name)
        return sent

    def arrive(self, names, place="archive"):
        w.wait_until(f"{len(names)} files in {place}", 60, lambda: all(self.world.places(name) == [place] for name in names))

    def loader(self, command, *words):
        done = subprocess.run([w.LOADER, command, "--config", self.config, *words], text=True, capture_output=True, check=False)
        w.check(f"{command} {' '.join(map(str, words))}", done.returncode == 0, done.stdout + done.stderr)
        return done.stdout


def main():
    if PROMETHEUS is None:
        w.skip("no prometheus (Debian's package, or NEM12_PROMETHEUS): the runbook is NOT tried")
    with w.World("alerts") as world:
        stage = Stage(world)
        stage.fires("Nem12LoaderGone")
        daemon = world.start(stage.config)
        stage.ends("Nem12LoaderGone", "Nem12NotReady")
        stage.arrive(stage.send(2))
        w.check("nothing fires while all is well", not stage.firing(), stage.firing())

        print("PostgreSQL is away")
        w.server("postgres", "stop")
        waiting = stage.send(2)
        stage.fires("Nem12BreakerOpen", "Nem12NotReady")
        w.check("status names the reason", "database" in subprocess.run([w.LOADER, "status", "--config", stage.config], text=True,
                                                                           capture_output=True, check=False).stdout)
        w.server("postgres", "start")
        stage.ends("Nem12BreakerOpen", "Nem12NotReady")
        stage.arrive(waiting)

        print("a function is missing")
        w.sql("ALTER FUNCTION nem12_load_begin RENAME TO gone", world.name)
        waiting = stage.send()
        stage.fires("Nem12ServerErrors", "Nem12NotReady")
        w.check("/readyz names it", "nem12_load_begin" in world.get(stage.config, "/readyz")[1])
        w.sql("ALTER FUNCTION gone RENAME TO nem12_load_begin", world.name)
        stage.ends("Nem12ServerErrors", "Nem12NotReady")
        stage.arrive(waiting)

        print("another session blocks the loads, and the queue fills up")
        with w.loading_held_back(world.name):
            waiting = stage.send(8)
            stage.fires("Nem12FilesWait", "Nem12IntakeStandsStill")
            loads = [row[0] for row in w.rows(documented_query("SELECT pid, wait_event_type"), world.name) if row[1] == "Lock"]
            w.check("the documented query shows who waits", loads)
            blockers = {row[0] for pid in loads for row in w.rows(f"SELECT unnest(pg_blocking_pids({pid}))", world.name)} - set(loads)
            w.check("and whom for", len(blockers) == 1, blockers)
            w.sql(f"SELECT pg_terminate_backend({blockers.pop()})", world.name)
            stage.arrive(waiting)
        stage.ends("Nem12FilesWait", "Nem12IntakeStandsStill")

        print("a trigger of somebody fails every file")
        w.sql("""CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken' USING ERRCODE = 'XX000'; END $$;
            CREATE TRIGGER broken BEFORE INSERT ON nem12_files FOR EACH ROW EXECUTE FUNCTION broken()""", world.name)
        failed = stage.send()
        stage.fires("Nem12FilesFailed", "Nem12ServerErrors")
        stage.arrive(failed, "failed")
        w.check("the report says why", "broken" in (world.folder / "failed" / f"{failed[0]}.report.txt").read_text())
        w.sql("DROP TRIGGER broken ON nem12_files", world.name)
        stage.loader("requeue", "--all-failed")
        stage.arrive(failed)
        stage.ends("Nem12FilesFailed", "Nem12ServerErrors")

        print("a sender delivers rubbish")
        rejected = stage.send(6, "--kind", "malformed")
        stage.fires("Nem12ManyRejects")
        stage.arrive(rejected, "rejected")
        told = w.rows(documented_query("SELECT from_participant, code"), world.name)
        w.check("the documented query says whose and which", told and told[0][0] == "GENMDP", told)
        stage.ends("Nem12ManyRejects")

        print("days wait in staging")
        folder = world.folder / "again"
        subprocess.run([w.LOADER, "generate", "--kind", "repeated", "--nmis", "2", "--days", "3", "-o", f"{folder}/"], check=True, capture_output=True)
        for path in sorted(folder.iterdir()):
            world.drop(path)
        stage.fires("Nem12StagingGrows")
        stage.arrive([path.name for path in folder.iterdir()])
        stage.loader("merge")
        stage.ends("Nem12StagingGrows")

        print("Redis forgets what is in hand")
        with w.loading_held_back(world.name):
            waiting = stage.send(2)
            w.wait_until("files are in hand", 30, lambda: w.redis("ZCARD", world.prefix + "in_progress") == "2")
            w.redis("FLUSHALL")
            stage.fires("Nem12LeasesLost")
        w.check("the log says so", any(event["event"] == "queue_replaced" for event in world.events(stage.config)))
        stage.arrive(waiting)
        stage.ends("Nem12LeasesLost")

        print("Redis gets an eviction policy")
        w.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        stage.fires("Nem12NotReady")
        w.check("/readyz says which", "allkeys-lru" in world.get(stage.config, "/readyz")[1])
        w.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        stage.ends("Nem12NotReady")

        print("the spool's disk")
        stage.rules.write_text(rules(**{"< 10e9": "< 1e18"}))
        stage.prometheus.send_signal(signal.SIGHUP)
        stage.fires("Nem12SpoolDiskFull")
        stage.rules.write_text(rules())
        stage.prometheus.send_signal(signal.SIGHUP)
        stage.ends("Nem12SpoolDiskFull")
        w.check("nothing fires in the end", not stage.firing(), stage.firing())
        w.check("nothing is left over", not world.leftovers() and not list(world.inbox.iterdir()))
        daemon.terminate()
        world.finish(daemon)
        w.check("every alert was seen", seen_all(pathlib.Path(__file__).read_text()))


def seen_all(text):
    names = re.findall(r"- alert: (\w+)", (w.ROOT / "docs/prometheus/nem12-alerts.yml").read_text())
    fired = set(re.findall(r'"(Nem12\w+)"', " ".join(re.findall(r"stage\.fires\([^)]*\)", text))))
    return set(names) == fired


main()
