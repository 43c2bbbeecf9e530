#!/usr/bin/env python3
"""A planted password is nowhere to be seen, however URL or conninfo spell it: not in what the commands print, the log, the pages,
the process's arguments, Redis, or the reports; also when the spelling is wrong. NMIs are not in log and pages."""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import time

import loader_world as w

w.with_servers()
SECRET = "Planted7391"
CONNINFOS = [
    f"postgres://u:{SECRET}@127.0.0.1:1/db", f"postgresql://u:{SECRET}@127.0.0.1:1/db", f"POSTGRES://u:{SECRET}@127.0.0.1:1/db",
    f"postgres://u:{SECRET}/x@127.0.0.1:1/db", f"postgres://u:1/{SECRET}@127.0.0.1:1/db", f"postgres://u:x?{SECRET}@127.0.0.1:1/db",
    f"postgres://u:x?y/{SECRET}@127.0.0.1:1/db", f"postgres://u:%2F{SECRET}%40@127.0.0.1:1/db", f"postgres://u:{SECRET}%zz@127.0.0.1:1/db",
    f"postgresql://127.0.0.1:1/db?password={SECRET}", f"postgresql://127.0.0.1:1/db?pass%77ord={SECRET}", f"postgresql:///db?host=/none&password={SECRET}",
    f"postgresql://127.0.0.1:1/db?sslpassword={SECRET}&x=1", f"postgresql://[::1]:1/db?user=u&password={SECRET}", f"postgresql://u:{SECRET}@",
    f"host=/none password={SECRET}", f"host=/none password = '{SECRET} b'", f"host=/none password='it\\'s {SECRET}'", f"host=/none password=a\\ {SECRET}",
    f"host=/none PASSWORD={SECRET}", f"host=/none password='{SECRET}", f"host=/none nonsense {SECRET}", f"host=/none,password={SECRET}",
    f"host=/none sslpassword={SECRET}", f"host=/none options='-c my.token={SECRET}'", f"dbname='postgres://u:{SECRET} {SECRET}@127.0.0.1:1/db'",
    f"host=127.0.0.1 port=1 passfile=/none password={SECRET} user=u", f"host='postgres://u:{SECRET}@h' port=1",
]
REDIS = [
    f"redis://:{SECRET}@127.0.0.1:1/0", f"redis://u:{SECRET}@127.0.0.1:1", f"redis://{SECRET}@127.0.0.1:1", f"REDIS://u:{SECRET}@127.0.0.1:1", f"rediss://u:{SECRET}@127.0.0.1:1",
    f"redis://u:a/{SECRET}@127.0.0.1:1/0", f"redis://u:a@{SECRET}@127.0.0.1:1", f"redis://u:%2F{SECRET}@127.0.0.1:1", f"redis://u%3A{SECRET}@127.0.0.1:1",
    f"redis://u:a b#?{SECRET}@127.0.0.1:1", f"redis://127.0.0.1:{SECRET}", f"redis://127.0.0.1/{SECRET}", f"redis://127.0.0.1:1/0?password={SECRET}",
    f"unix://:{SECRET}@/none.sock", f"unix:///:{SECRET}@/none.sock", f"unix:///none.sock?db=0&password={SECRET}", f"unix:///none.sock?password={SECRET}",
]
WEBHOOKS = [f"https://u:{SECRET}@127.0.0.1:1/x", f"https://{SECRET}@127.0.0.1:1/", f"http://127.0.0.1:1/services/T0/{SECRET}", f"http://127.0.0.1:1/?token={SECRET}",
            f"http://127.0.0.1:1/#{SECRET}", f"HTTPS://u:{SECRET}@127.0.0.1:1", f"http://127.0.0.1:x/{SECRET}", f"ftp://u:{SECRET}@127.0.0.1/"]
# Not TOML, or not the type: the parser's complaint repeats none of it.
BROKEN = [f"password = {SECRET}", f"password = t{SECRET}", f"password = true{SECRET}", f"password = 9{SECRET}", f'password = "{SECRET}', f"password = '{SECRET}",
          f'password = "a\\{SECRET}"', f'password = "{SECRET}" x', f"password = [{SECRET}]", f'password = ["{SECRET}"]', f'password = {{ a = "{SECRET}" }}',
          f"password = 2024-{SECRET}", f"password {SECRET}", f'pasword = "{SECRET}"', f'password = """{SECRET}']


def run(*words, environment=None):
    done = subprocess.run([w.LOADER, *map(str, words)], text=True, capture_output=True, check=False, timeout=60, env={**os.environ, **(environment or {})})
    return done.stdout + done.stderr


def no_secret(what, text):
    if SECRET.lower() in text.lower():
        w.check(what, False, "\n".join(line for line in text.splitlines() if SECRET.lower() in line.lower()))


def daemon_shows_nothing(world, config, *options):
    """What a run of the daemon shows while its servers are missing."""
    config.with_suffix(".log").unlink(missing_ok=True)
    daemon = world.start(config, *options)
    end = time.monotonic() + 20
    while daemon.poll() is None and world.get(config, "/readyz")[0] == 0 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1) # it has missed its servers by then
    seen = pathlib.Path(f"/proc/{daemon.pid}/cmdline").read_text() if daemon.poll() is None else ""
    seen += "".join(world.get(config, page)[1] for page in ("/", "/status.json", "/metrics", "/readyz", "/livez"))
    seen += run("status", "--config", config) + run("status", "--config", config, "--json")
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGTERM)
    daemon.wait(60)
    return seen + config.with_suffix(".log").read_text()


def main():
    with w.World("secrets") as world:
        file = world.folder / "f.csv"
        run("generate", "--nmis", "1", "--days", "1", "-o", file)
        spellings = [("database", "conninfo", text) for text in CONNINFOS] + [("redis", "url", text) for text in REDIS]
        spellings += [("ingest", "notify_webhook", text) for text in WEBHOOKS] + [("database", "password", SECRET), ("redis", "password", SECRET)]
        plain = world.config("plain")

        def commands(number):
            section, key, text = spellings[number]
            config = world.config(f"spelt{number}", **{section: {key: text}}, log={"level": "debug"})
            no_secret(f"check-config, {text}", run("check-config", "--config", config))
            no_secret(f"check-config --set, {text}", run("check-config", "--set", f"{section}.{key}={text}", "--config", plain))
            no_secret(f"status, {text}", run("status", "--config", config))
            if section == "database":
                no_secret(f"load --config, {text}", run("load", "--config", config, file))
                no_secret(f"load --db, {text}", run("load", "--db", text, file))
                no_secret(f"merge, {text}", run("merge", "--config", config))
            if number % 3 == 0:
                no_secret(f"the daemon, {text}", daemon_shows_nothing(world, config))

        def broken(number):
            for section in ("database", "redis"):
                path = world.folder / f"broken{number}.toml"
                path.write_text(f"[{section}]\n{BROKEN[number]}\n")
                no_secret(BROKEN[number], run("check-config", "--config", path))
            no_secret(f"--set {BROKEN[number]}", run("check-config", "--config", plain, "--set", "database." + BROKEN[number]))

        with concurrent.futures.ThreadPoolExecutor(8) as pool: # they mostly wait for servers that are not there
            for work, count in ((commands, len(spellings)), (broken, len(BROKEN))):
                print(f"ok: {len(list(pool.map(work, range(count))))} of {work.__name__}")
        config = world.config("argued", log={"level": "debug"})
        no_secret("arguments", daemon_shows_nothing(world, config, "--set", f"database.password={SECRET}", f"--set=redis.url=redis://:{SECRET}@127.0.0.1:1"))
        print("ok: arguments are overwritten")

        w.redis("CONFIG", "SET", "requirepass", SECRET)
        try:
            credentials = world.folder / "credentials"
            credentials.mkdir()
            for name in ("redis_password", "database_password"):
                (credentials / name).write_text(SECRET + "\n")
            os.environ["CREDENTIALS_DIRECTORY"] = str(credentials)
            config = world.config("works", log={"level": "debug"}, ingest={"notify_webhook": f"http://u:{SECRET}@127.0.0.1:1/{SECRET}"})
            run("generate", "--kind", "malformed", "--nmis", "2", "--days", "2", "-o", world.folder / "bad.csv")
            for name in ("f.csv", "bad.csv"):
                world.drop(world.folder / name)
            daemon = world.start(config)
            w.wait_until("with credentials it loads and rejects", 60, lambda: world.places("f.csv") == ["archive"] and world.places("bad.csv") == ["rejected"])
            seen = pathlib.Path(f"/proc/{daemon.pid}/cmdline").read_text() + pathlib.Path(f"/proc/{daemon.pid}/environ").read_text()
            seen += "".join(world.get(config, page)[1] for page in ("/", "/status.json", "/metrics", "/readyz")) + run("status", "--config", config)
            public = seen
            seen += "".join(path.read_text() for path in (world.folder / "rejected").glob("*.report.*"))
            daemon.send_signal(signal.SIGTERM)
            world.finish(daemon)
            seen += config.with_suffix(".log").read_text()
            public += config.with_suffix(".log").read_text()
            nmis = {line.split(",")[1] for name in ("f.csv", "bad.csv") for line in (world.folder / name).read_text().splitlines() if line.startswith("200,")}
            w.check("no NMI in log, pages, metrics and arguments", len(nmis) >= 2 and not any(nmi in public for nmi in nmis), nmis)
            dumped = subprocess.run(["redis-cli", "-s", os.environ["NEM12_REDIS_SOCKET"], "--no-auth-warning", "-a", SECRET, "HGETALL",
                                     f"{world.prefix}job:{next(w.contents(world.folder / 'bad.csv'))[0]}"], text=True, capture_output=True, check=True).stdout
            w.check("the job is in Redis", "rejected" in dumped, dumped)
            seen += dumped + w.sql("SELECT * FROM nem12_errors", world.name) + w.sql("SELECT * FROM nem12_files", world.name)
            no_secret("a working daemon", seen)
            w.check("no secret in arguments, environment, log, pages, reports, Redis and database", json.dumps(seen) != "")
        finally:
            subprocess.run(["redis-cli", "-s", os.environ["NEM12_REDIS_SOCKET"], "--no-auth-warning", "-a", SECRET, "CONFIG", "SET", "requirepass", ""], check=True, stdout=subprocess.DEVNULL)


main()
