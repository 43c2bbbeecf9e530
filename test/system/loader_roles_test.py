#!/usr/bin/env python3
"""The daemon's whole life with the rights that docs/security.md gives it and no others: a database role that may run functions and
touch no table, and a Redis user with the commands that it needs. Loads, merges, refused files and their findings, status, the reconciler
after a flushed Redis, a sweep, requeue, the functions loaded again."""

import json
import re
import signal
import subprocess

import loader_world as w

w.with_servers()
DOCS = (w.ROOT / "docs/security.md").read_text()
DATABASE, REDIS = "role_test_loader", "redis-test-loader"
# What nobody who has got hold of the loader's password may do.
FORBIDDEN = ["EVAL x 0", "EVALSHA x 0", "SCRIPT LOAD x", "FLUSHALL", "FLUSHDB", "CONFIG GET *", "CONFIG SET dir /tmp", "KEYS *", "SCAN 0", "ACL LIST",
             "FUNCTION FLUSH", "FUNCTION DELETE nem12", "FUNCTION DUMP", "FUNCTION RESTORE x", "SHUTDOWN", "DEBUG JMAP", "SAVE", "MONITOR", "CLIENT KILL ID 1",
             "REPLICAOF h 1", "MODULE LOAD x", "MIGRATE h 1 k 0 1", "SWAPDB 0 1", "GET other", "SET other x", "HGETALL other:{main}:job:x"]


def from_docs(language, start):
    """The block of docs/security.md that has a line which begins so."""
    for block in re.findall(rf"^```{language}[^\n]*\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL):
        if re.search("^" + re.escape(start), block, re.MULTILINE):
            return block
    w.check(f"docs/security.md has a block that begins with {start}", False)
    return ""


def make_role(world):
    block = re.sub(r"\bnem12_loader\b", DATABASE, from_docs("sql", "CREATE ROLE nem12_loader"))
    block = re.sub(r"\bnem12_reader\b", "role_test_reader", block)
    w.sql(block, world.name)


def make_redis_user(prefix):
    line = from_docs("sh", "ACL SETUSER").replace("\\\n", " ")
    words = line.split()
    w.check("the documented line is one command", words[:3] == ["ACL", "SETUSER", "nem12-loader"], line)
    words[2] = REDIS
    words = [{"~nem12:{main}:*": f"~{prefix}*", ">PASSWORD": ">planted"}.get(word, word) for word in words]
    w.check("Redis takes it", w.redis(*words) == "OK", line)
    for command in FORBIDDEN:
        told = w.redis("ACL", "DRYRUN", REDIS, *command.split())
        w.check(f"Redis refuses {command}", "no permissions" in told, told)


def loader(*words):
    return subprocess.run([w.LOADER, *map(str, words)], text=True, capture_output=True, check=False)


def generate(path, *options):
    done = loader("generate", "--nmis", "3", "--days", "4", "--start", "2024-03-01", "--interval", "30", "-o", path, *options)
    w.check(f"generate {path.name}", done.returncode == 0, done.stderr)
    return path


def main():
    with w.World("roles") as world:
        make_role(world)
        make_redis_user(world.prefix)
        w.redis("ACL", "LOG", "RESET")
        conninfo = re.sub(r"user=\S+", f"user={DATABASE}", world.conninfo())
        config = world.config(database={"conninfo": conninfo}, redis={"user": REDIS, "password": "planted"},
                              merge={"every_seconds": 1}, queue={"lease_seconds": 3})
        daemon = world.start(config)
        w.wait_until("it is ready", 30, lambda: world.get(config, "/readyz")[0] == 200)
        w.check("it has loaded the queue's functions itself", "nem12" in w.redis("FUNCTION", "LIST"))

        good = [generate(world.folder / f"good-{seed}.csv", "--seed", str(seed)) for seed in range(3)]
        again = world.folder / "again"
        loader("generate", "--kind", "repeated", "--nmis", "2", "--days", "3", "-o", f"{again}/")
        bad = generate(world.folder / "bad.csv", "--kind", "malformed")
        for path in [*good, bad, *sorted(again.iterdir())]:
            world.drop(path)
        everything = len(good) + len(list(again.iterdir()))
        w.wait_until("good files are loaded", 60, lambda: int(w.value("SELECT count(*) FROM nem12_files", world.name)) == everything)
        w.wait_until("the bad one is rejected", 30, lambda: world.places("bad.csv") == ["rejected"])
        w.wait_until("its findings are stored", 30, lambda: int(w.value("SELECT count(*) FROM nem12_errors", world.name)) > 0)
        w.wait_until("staging is merged", 30, lambda: w.value("SELECT nem12_staging_depth()", world.name) == "0")
        status = json.loads(loader("status", "--config", config, "--json").stdout)
        w.check("status sees queue and database", status["queue"]["success"] == everything and status["staging_days"] == 0, status)
        w.check("merge runs by hand", loader("merge", "--config", config).returncode == 0)

        done = loader("requeue", "--config", config, next(w.contents(bad))[0])
        w.check("requeue", done.returncode == 0, done.stdout + done.stderr)
        w.wait_until("the file is refused once more", 30, lambda: world.places("bad.csv") == ["rejected"])

        print("Redis loses its functions, then everything, while files are in hand")
        more = [generate(world.folder / f"more-{seed}.csv", "--seed", str(100 + seed)) for seed in range(4)]
        with w.loading_held_back(world.name):
            for path in more:
                world.drop(path)
            w.wait_until("they are in hand", 30, lambda: len(list((world.folder / "spool-config" / "ready").iterdir())) == len(more))
            w.redis("FUNCTION", "FLUSH")
            w.wait_until("the functions are there again", 20, lambda: "nem12" in w.redis("FUNCTION", "LIST"))
            w.redis("FLUSHALL")
            w.wait_until("the reconciler offers the files again", 30,
                         lambda: int(w.redis("ZCARD", world.prefix + "queued")) + int(w.redis("ZCARD", world.prefix + "in_progress")) == len(more))
        w.wait_until("they are loaded", 60, lambda: int(w.value("SELECT count(*) FROM nem12_files", world.name)) == everything + len(more))

        print("a daemon is killed with a file in hand; the next one's sweep gives it back")
        last = generate(world.folder / "last.csv", "--seed", "200")
        with w.loading_held_back(world.name):
            world.drop(last)
            w.wait_until("it is in hand", 30, lambda: w.redis("ZCARD", world.prefix + "in_progress") == "1")
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
        daemon = world.start(config)
        w.wait_until("it is loaded after its lease", 60, lambda: world.places("last.csv") == ["archive"])
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon)
        events = world.events(config)
        w.check("the sweep gave a job back", any(event["event"] == "job_status" and "lease ran out" in event.get("reason", "") for event in events))
        w.check("nothing failed", not list((world.folder / "failed").glob("*")) and not world.leftovers())
        denied = [event for event in events if "permission denied" in json.dumps(event) or "NOPERM" in json.dumps(event)]
        w.check("no right was missing", not denied and w.redis("ACL", "LOG") == "", f"{denied[:3]} {w.redis('ACL', 'LOG')}")
        held = w.rows(
            f"SELECT relname, relkind FROM pg_class WHERE relname ~ '^(nem12|meter|staging)' AND CASE relkind "
            f"WHEN 'S' THEN has_sequence_privilege('{DATABASE}', oid, 'USAGE, SELECT, UPDATE') "
            f"ELSE relkind IN ('r', 'p', 'v') AND has_table_privilege('{DATABASE}', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END",
            world.name)
        w.check("the role has no right on any table", not held, held)

        print("what it says when a right is missing")
        w.sql(f"REVOKE EXECUTE ON FUNCTION nem12_load_begin FROM {DATABASE}", world.name)
        w.redis("ACL", "SETUSER", REDIS, "-fcall")
        daemon = world.start(config)
        w.wait_until("the missing command of Redis is named", 30, lambda: "NOPERM" in world.get(config, "/readyz")[1] and "fcall" in world.get(config, "/readyz")[1])
        w.redis("ACL", "SETUSER", REDIS, "+fcall", "-zrange")
        w.wait_until("also one that a function runs", 30, lambda: "can't run this command" in world.get(config, "/readyz")[1])
        w.redis("ACL", "SETUSER", REDIS, "+zrange")
        world.drop(generate(world.folder / "denied.csv", "--seed", "300"))
        w.wait_until("the missing function is named", 30, lambda: "nem12_load_begin" in world.get(config, "/readyz")[1])
        w.sql(f"GRANT EXECUTE ON FUNCTION nem12_load_begin TO {DATABASE}", world.name)
        w.wait_until("and loading goes on by itself once it is granted", 60, lambda: world.places("denied.csv") == ["archive"])
        daemon.send_signal(signal.SIGTERM)
        world.finish(daemon)


main()
