"""What the tests with two versions of PostgreSQL share: servers of the older one beside the newer, each with the extension made for it.

NEM12_OLDER_PG_CONFIG is the older one's pg_config and NEM12_OLDER_INSTALL the folder that the extension was installed to for it (make
install DESTDIR=...). scripts/check-versions provides them."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import store  # noqa: E402

PORT = 5500
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


def major(config):
    return int(re.search(r"\d+", setting(config, "--version")).group(0))


def settings(config, install):
    """postgresql.conf of a server of either: its port is the test's own, so only one of them runs at a time."""
    where = os.environ["NEM12_SERVERS"]
    lines = ["listen_addresses = ''", "unix_socket_directories = '%s'" % where, "port = %d" % PORT, "fsync = off"]
    if major(config) >= 18:
        lines += ["extension_control_path = '%s%s:$system'" % (install, setting(config, "--sharedir")),
                  "dynamic_library_path = '%s%s:$libdir'" % (install, setting(config, "--pkglibdir"))]
    else:
        lines += ["extension_destdir = '%s'" % install]
    return "\n".join(lines) + "\n"


def make(name, config, install, more=""):
    """A data directory below NEM12_SERVERS; `more`: further lines for postgresql.conf."""
    data = os.path.join(os.environ["NEM12_SERVERS"], name)
    # Said outright, because what initdb does without is not the same in all versions, and pg_upgrade wants both alike.
    private("exec", "initdb", "-D", data, "-U", "nem12", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            *(["--no-data-checksums"] if major(config) >= 18 else []), config=config)
    private("exec", "tee", "-a", data + "/postgresql.conf", config=config, text=settings(config, install) + more + "\n")
    return data


def database(name="nem12"):
    """For store.sql() and the like."""
    return "port=%d dbname=%s" % (PORT, name)


def older_install():
    """A copy, because the servers' user need not be able to enter it."""
    copy = os.path.join(os.environ["NEM12_SERVERS"], "older_install")
    subprocess.run(["cp", "-R", os.environ["NEM12_OLDER_INSTALL"], copy], check=True)
    return copy


def main(test, conf="fsync = off"):
    """As store.main; skips where there is no older one."""
    if not OLDER or not os.path.exists(OLDER):
        print("no older PostgreSQL beside this one: make check-versions has both")
        sys.exit(store.SKIPPED)
    store.main(test, conf)
