#!/usr/bin/env python3
"""The terminal's side of the console: jobs, report and requeue with a filter. 5,000 files that the strict dialect refuses for one rule
are put back by one command after the rule was relaxed, and every one of them is loaded; files refused for other rules stay."""

import json
import subprocess

import loader_world as w

w.with_servers()
FILES = 5000
HEADER = "100,NEM12,202401020304,{sender},RETAILER\n"
CHANNEL = "200,40010{n:05d},E1,E1,E1,,SER1,kWh,30,\n"
DAY = "300,20240101," + ",".join(["1.5"] * 48) + ",A,,,20240102030405,\n"


def run(config, *words, code=0):
    done = subprocess.run([w.LOADER, *words, "--config", config], text=True, capture_output=True, check=False)
    w.check(f"{words[0]} exits with {code}", done.returncode == code, done.stdout[-2000:] + done.stderr)
    return done.stdout


def write(world, name, text):
    hidden = world.inbox / f".{name}.tmp"
    hidden.write_text(text)
    hidden.rename(world.inbox / name)


def refused_when_strict(n):
    return HEADER.format(sender="MDP1") + CHANNEL.format(n=99999) + CHANNEL.format(n=n) + DAY + "900\n"


def main():
    with w.World("jobs") as world:
        config = world.config(log={"level": "warning"})
        for n in range(FILES):
            write(world, f"empty-{n}.csv", refused_when_strict(n))
        for n in range(3):
            write(world, f"short-{n}.csv", HEADER.format(sender="MDP2") + CHANNEL.format(n=n) + DAY.replace("1.5,", "", 1 + n) + "900\n")
        write(world, "good.csv", HEADER.format(sender="MDP2") + CHANNEL.format(n=88888) + DAY + "900\n")
        world.finish(world.start(config, "--until-idle"), 240)

        found = json.loads(run(config, "jobs", "--status", "rejected", "--rule", "channel_without_days", "--sender", "MDP1", "--limit", "10", "--json"))
        w.check("jobs finds them all and shows ten", found["total"] == FILES and len(found["jobs"]) == 10, found["total"])
        w.check("with sender and rule", all(job["sender"] == "MDP1" and job["rule"] == "channel_without_days" for job in found["jobs"]), found)
        w.check("a part of the name is enough", json.loads(run(config, "jobs", "--name", "SHORT", "--json"))["total"] == 3)
        w.check("the text says how many", f"2 of {FILES + 4:,} jobs" in run(config, "jobs", "--limit", "2"))
        w.check("nothing is older than a year", json.loads(run(config, "jobs", "--until", "2020-01-01", "--json"))["total"] == 0)
        run(config, "jobs", "--status", "lost", code=2)
        by_rule = {row["rule"]: row for row in json.loads(run(config, "report", "--by", "rule", "--since", "1d", "--json"))}
        w.check("report counts by rule", by_rule["channel_without_days"]["rejected"] == FILES and by_rule["channel_without_days"]["senders"] == {"MDP1": FILES}, by_rule)
        by_sender = {row["sender"]: row for row in json.loads(run(config, "report", "--by", "sender", "--json"))}
        w.check("and by sender", by_sender["MDP2"]["success"] == 1 and by_sender["MDP2"]["rejected"] == 3, by_sender)

        run(config, "requeue", "--status", "success", code=2)
        run(config, "requeue", code=2)
        run(config, "requeue", "--rule", "no_such_rule")
        told = run(config, "requeue", "--rule", "channel_without_days")
        w.check("one command puts all of them back", told == f"{FILES} files put back\n", told[-200:])
        w.check("the others stay", len(list((world.folder / "rejected").glob("*.report.json"))) == 3)
        config = world.config(ingest={"dialect": "tolerant"}, log={"level": "warning"})
        world.finish(world.start(config, "--until-idle"), 240)
        w.check("and every one of them is loaded", w.value("SELECT count(*) FROM nem12_files", world.name) == str(FILES + 1))
        w.check("as the jobs say", json.loads(run(config, "jobs", "--status", "success", "--name", "empty-", "--json"))["total"] == FILES)
        w.check("nothing is left in the inbox", not world.leftovers())

        watching = subprocess.Popen([w.LOADER, "status", "--watch", "--config", config], stdout=subprocess.PIPE, text=True)
        w.check("status --watch shows the queue", "success" in "".join(watching.stdout.readline() for _ in range(4)))
        watching.terminate()
        w.check("and ends when told to", watching.wait(10) == 0)
        watching.stdout.close()


main()
