#!/usr/bin/env python3
"""`check-config --connect`: a list without a complaint on a good environment, with the rights of docs/security.md and no others; and for
each thing that can be wrong the line that says so, with what to do. Commands that cannot work without the extension or a right say the
same."""

import os
import re
import subprocess

import loader_world as w

w.with_servers()
DOCS = (w.ROOT / "docs/security.md").read_text()
ROLE, REDIS = "environment_loader", "environment-loader"
FUNCTIONS = ["nem12_load", "nem12_load_begin", "nem12_load_chunk", "nem12_load_end", "nem12_prepare_months", "nem12_merge_staging",
             "nem12_report_findings", "nem12_file_loaded", "nem12_ping_write", "nem12_staging_depth"]


def loader(*words, user=None):
    return subprocess.run([w.LOADER, *map(str, words)], text=True, capture_output=True, check=False, user=user)


def lists(config, *settings, user=None):
    words = [word for setting in settings for word in ("--set", setting)]
    done = loader("check-config", "--connect", "--config", config, *words, user=user)
    return done.returncode, done.stdout + done.stderr


def complains(what, config, *settings, says, advises, count=1, user=None):
    """One line is WRONG, it says so, and the line below advises."""
    code, text = lists(config, *settings, user=user)
    wrong = re.findall(r"^WRONG.*\n.*", text, re.MULTILINE)
    w.check(what, code == 1 and len(wrong) == count and all(says in each and advises in each for each in wrong) and
            text.endswith(f"{count} to mend\n"), text)


def block(language, start):
    return next(each for each in re.findall(rf"^```{language}[^\n]*\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL) if start in each)


def main():
    with w.World("environment") as world:
        w.sql(re.sub(r"\bnem12_reader\b", "environment_reader", re.sub(r"\bnem12_loader\b", ROLE, block("sql", "CREATE ROLE nem12_loader"))), world.name)
        words = block("sh", "ACL SETUSER").replace("\\\n", " ").split()
        words[2] = REDIS
        w.redis(*[{"~nem12:{main}:*": f"~{world.prefix}*", ">PASSWORD": ">planted"}.get(word, word) for word in words])
        conninfo = re.sub(r"user=\S+", f"user={ROLE}", world.conninfo())
        config = world.config(database={"conninfo": conninfo}, redis={"user": REDIS, "password": "planted"})

        code, text = lists(config)
        w.check("a good environment is ready, with the documented rights only", code == 0 and "WRONG" not in text and text.endswith("ready\n"), text)
        w.check("each right is named", all(f"{ROLE} may call {function}\n" in text for function in FUNCTIONS), text)
        for part in ["PostgreSQL ", "nem12 1.", "agree", "throws no job away", "every command", "inbox:", "spool:", "archive:",
                     "rejected:", "failed:", "MiB free"]:
            w.check(f"it has looked at {part.strip()}", re.search(rf"^ok .*{re.escape(part)}", text, re.MULTILINE), text)
        w.check("no secret is printed", "planted" not in text)
        left = w.redis("KEYS", world.prefix + "check-config*")
        w.check("it leaves nothing in Redis", left == "", left)

        print("the database")
        complains("no server", config, f'database.conninfo="host={world.folder} dbname=x"', says="database", advises="is the server up")
        complains("no such database", config, f'database.conninfo="{conninfo.replace(world.name, "nowhere")}"', says="nowhere", advises="createdb")
        complains("no such role", config, 'database.user="nobody_here"', says="nobody_here", advises="pg_hba.conf")
        for function in FUNCTIONS:
            w.sql(f"REVOKE EXECUTE ON FUNCTION {function} FROM {ROLE}", world.name)
            complains(f"no right to {function}", config, says=f"{ROLE} may not call {function}", advises=f'GRANT EXECUTE ON FUNCTION {function} TO "{ROLE}"')
            w.sql(f"GRANT EXECUTE ON FUNCTION {function} TO {ROLE}", world.name)
        w.sql("CREATE DATABASE environment_empty")
        empty = conninfo.replace(world.name, "environment_empty")
        complains("no extension", config, f'database.conninfo="{empty}"', says="no extension nem12", advises="CREATE EXTENSION nem12")
        w.sql("CREATE SCHEMA meter; CREATE EXTENSION nem12 SCHEMA meter", "environment_empty")
        complains("a schema without USAGE", config, f'database.conninfo="{empty}"', says="may not use the extension's schema meter", advises="GRANT USAGE")
        w.sql(f"GRANT USAGE ON SCHEMA meter TO {ROLE}", "environment_empty")
        complains("a schema off the path", config, f'database.conninfo="{empty}"', says="search_path", advises=f'ALTER ROLE "{ROLE}" SET search_path')
        w.sql("UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'nem12'", world.name)
        complains("another version", config, says="nem12 0.9", advises="ALTER EXTENSION nem12 UPDATE")
        w.sql("UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'nem12'", world.name)

        print("commands say the same")
        example = world.folder / "example.csv"
        loader("generate", "--nmis", "1", "--days", "1", "-o", example)
        w.sql("CREATE DATABASE environment_bare")
        bare = conninfo.replace(world.name, "environment_bare")
        for words in (["load", "--db", bare, example], ["merge", "--db", bare]):
            done = loader(*words)
            w.check(f"{words[0]} names the missing extension, once", done.returncode == 2 and done.stderr.count("no extension nem12") == 1
                    and "CREATE EXTENSION nem12" in done.stderr, done.stdout + done.stderr)
        w.sql(f"REVOKE EXECUTE ON FUNCTION nem12_load_end, nem12_merge_staging FROM {ROLE}", world.name)
        for words, function in ((["load", "--db", conninfo, example], "nem12_load_end"), (["merge", "--db", conninfo], "nem12_merge_staging")):
            done = loader(*words)
            w.check(f"{words[0]} names the missing right", done.returncode == 2 and f"{ROLE} may not call {function}" in done.stderr
                    and f"GRANT EXECUTE ON FUNCTION {function}" in done.stderr, done.stdout + done.stderr)
        w.sql(f"GRANT EXECUTE ON FUNCTION nem12_load_end, nem12_merge_staging TO {ROLE}", world.name)
        w.check("load works with the documented rights", loader("load", "--db", conninfo, example).returncode == 0)
        w.check("merge needs no configuration", loader("merge", "--db", conninfo).returncode == 0)

        print("Redis")
        complains("no Redis", config, f'redis.url="unix://{world.folder}/nowhere.sock"', says="redis", advises="redis-cli ping")
        complains("a wrong password", config, 'redis.password="wrong"', says="redis", advises="docs/security.md")
        w.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        complains("an eviction policy", config, says="allkeys-lru", advises="noeviction")
        w.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        w.redis("ACL", "SETUSER", REDIS, "-zadd", "-hincrby")
        complains("a command that the ACL forbids", config, says="HINCRBY, ZADD", advises="A user in Redis")
        w.redis("ACL", "SETUSER", REDIS, "+zadd", "+hincrby")

        print("directories")
        complains("a file in the place of a directory", config, f'ingest.archive="{example}"', says="archive:", advises="[ingest] archive")
        if os.path.ismount("/dev/shm") and os.stat("/dev/shm").st_dev != os.stat(world.folder).st_dev:
            complains("an archive on another file system", config, 'ingest.archive="/dev/shm/nem12-not-made"', says="archive", advises="by rename")
        if os.geteuid() == 0:
            locked = world.folder / "locked"
            locked.mkdir(mode=0o700)
            world.folder.chmod(0o755)
            config.chmod(0o644)
            _, text = lists(config, f'ingest.rejected="{locked}"', user="nobody")
            w.check("a directory of another user", re.search(r"^WRONG  directory  rejected: .* may not write in .*locked\n.*chown", text, re.MULTILINE), text)
        code, text = lists(config)
        w.check("all is well again", code == 0, text)


main()
