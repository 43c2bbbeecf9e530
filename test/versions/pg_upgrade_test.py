#!/usr/bin/env python3
"""pg_upgrade takes a store with data from an older PostgreSQL to this one, in copy and in link mode: equal, loads and merges on.

Both have to be there: NEM12_OLDER_PG_CONFIG is the older one's pg_config and NEM12_OLDER_INSTALL the folder that the extension was
installed to for it (make install DESTDIR=...). The newer one has the extension in its own folders, because from 18 on pg_upgrade looks
for libraries nowhere else. scripts/check-versions provides all of it."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import store  # noqa: E402
import whole_store  # noqa: E402

NEWER = os.environ.get("PG_CONFIG", "pg_config")
OLDER = os.environ.get("NEM12_OLDER_PG_CONFIG", "")


def private(*words, config=NEWER, data=None, text=""):
    """scripts/private-postgres with one of the two PostgreSQLs, for one data directory."""
    environment = dict(os.environ, PG_CONFIG=config)
    if data:
        environment.update(NEM12_PG_DATA=data, NEM12_PG_LOG=data + ".log")
    done = subprocess.run([os.path.join(store.ROOT, "scripts", "private-postgres"), *words], env=environment, input=text.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        sys.exit("%s:\n%s" % (" ".join(words), done.stdout.decode(errors="replace")))
    return done.stdout.decode()


def setting(config, option):
    return subprocess.run([config, option], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def settings(config, install):
    """postgresql.conf of one of the two: its port is the test's own, so only one of them runs at a time."""
    where = os.environ["NEM12_SERVERS"]
    lines = ["listen_addresses = ''", "unix_socket_directories = '%s'" % where, "port = 5500", "fsync = off"]
    if int(setting(config, "--version").split()[1].split(".")[0]) >= 18:
        lines += ["extension_control_path = '%s%s:$system'" % (install, setting(config, "--sharedir")),
                  "dynamic_library_path = '%s%s:$libdir'" % (install, setting(config, "--pkglibdir"))]
    else:
        lines += ["extension_destdir = '%s'" % install]
    return "\n".join(lines) + "\n"


def make(name, config, install):
    data = os.path.join(os.environ["NEM12_SERVERS"], name)
    # Said outright, because what initdb does without is not the same in all versions, and pg_upgrade wants both alike.
    private("exec", "initdb", "-D", data, "-U", "nem12", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            *(["--no-data-checksums"] if int(setting(config, "--version").split()[1].split(".")[0]) >= 18 else []), config=config)
    private("exec", "tee", "-a", data + "/postgresql.conf", config=config, text=settings(config, install))
    return data


def upgrade(mode, older_install):
    where = os.environ["NEM12_SERVERS"]
    database = "port=5500 dbname=nem12"
    older = make("older_" + mode, OLDER, older_install)
    private("start", config=OLDER, data=older)
    store.sql("CREATE DATABASE nem12;", "port=5500 dbname=postgres")
    store.sql("CREATE EXTENSION nem12;", database)
    whole_store.fill(database)
    before, numbers = whole_store.contents(database), whole_store.numbers(database)
    version = store.sql("SHOW server_version_num;", database)[0][0]
    private("stop", config=OLDER, data=older)

    newer = make("newer_" + mode, NEWER, where + "/install")
    command = ["pg_upgrade", "-b", setting(OLDER, "--bindir"), "-B", setting(NEWER, "--bindir"), "-d", older, "-D", newer, "-s", where,
               "-U", "nem12", *(["--link"] if mode == "link" else [])]
    private("exec", *command, "--check")
    private("exec", *command)
    private("start", data=newer)
    whole_store.expect_equal(database, before, "after pg_upgrade, " + mode)
    store.expect(whole_store.numbers(database), numbers, "sequences after pg_upgrade, " + mode)
    now = store.sql("SHOW server_version_num;", database)[0][0]
    store.expect(int(now) // 10000 > int(version) // 10000, True, "%s is newer than %s" % (now, version))
    store.sql("ANALYZE;", database)
    whole_store.goes_on(database)
    private("stop", data=newer)
    print("%s -> %s, %s: equal, loads and merges on" % (version, now, mode))


def test():
    older_install = os.path.join(os.environ["NEM12_SERVERS"], "older_install")
    # A copy, because the servers' user need not be able to enter it.
    subprocess.run(["cp", "-R", os.environ["NEM12_OLDER_INSTALL"], older_install], check=True)
    for mode in ("copy", "link"):
        upgrade(mode, older_install)


if not OLDER or not os.path.exists(OLDER):
    print("no older PostgreSQL beside this one: make check-versions has both")
    sys.exit(store.SKIPPED)
store.main(test, "fsync = off")
