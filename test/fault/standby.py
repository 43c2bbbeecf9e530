"""A primary and its synchronous standby, beside the private server: the primary dies, the standby is promoted, the loader
finds it."""

import os
import pathlib
import shutil
import subprocess
import time

import faults
import proxy
import scene as scenes
from scene import ROOT, w


def as_server_user(*words):
    script = '. "$0/scripts/lib/servers.sh"; as_server_user "$@"'
    done = subprocess.run(["bash", "-c", script, ROOT, *words], text=True, capture_output=True, check=False,
                          cwd=os.environ["NEM12_SERVERS"])
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")


class Pair:
    """Two clusters on ports 5433 and 5434; one is the primary. Commits wait for the standby."""

    PORTS = ("5433", "5434")

    def __init__(self):
        self.folder = pathlib.Path(os.environ["NEM12_SERVERS"])
        self.primary = 0
        self.usual_port = os.environ["PGPORT"]

    def data(self, node):
        return self.folder / f"pair-{node}"

    def control(self, node, *words):
        as_server_user(f"{scenes.PG_BIN}/pg_ctl", "-D", str(self.data(node)), "-w", "-t", "60", *words)

    def start(self, node):
        self.control(node, "-l", str(self.folder / f"pair-{node}.log"), "-o", f"-p {self.PORTS[node]}", "start")

    def copy_to(self, node, *options):
        shutil.rmtree(self.data(node), ignore_errors=True)
        as_server_user(f"{scenes.PG_BIN}/pg_basebackup", "-D", str(self.data(node)), "-c", "fast", "--no-sync",
                       "-h", os.environ["PGHOST"], "-p", os.environ["PGPORT"], "-U", os.environ["PGUSER"], *options)

    def __enter__(self):
        self.copy_to(0)
        self.start(0)
        os.environ["PGPORT"] = self.PORTS[0]
        w.sql("ALTER SYSTEM SET synchronous_standby_names = '*'", "postgres")
        self.follow(1)
        w.sql("SELECT pg_reload_conf()", "postgres")
        return self

    def follow(self, node):
        """Makes `node` the standby of the primary."""
        self.copy_to(node, "-R")
        self.start(node)
        w.wait_until("the standby follows", 30, lambda: w.value("SELECT count(*) FROM pg_stat_replication", "postgres") == "1")

    def fail_over(self):
        """The primary dies at once; the other takes over and gets a standby of its own."""
        dead = self.primary
        self.control(dead, "-m", "immediate", "stop")
        self.primary = 1 - dead
        os.environ["PGPORT"] = self.PORTS[self.primary]
        self.control(self.primary, "promote")

    def __exit__(self, *_):
        for node in (1 - self.primary, self.primary):
            try:
                self.control(node, "-m", "immediate", "stop")
            except RuntimeError:
                pass # it does not run
            shutil.rmtree(self.data(node), ignore_errors=True)
        os.environ["PGPORT"] = self.usual_port


class PairScene(scenes.Scene):
    """A scene on a pair: the loader knows both servers and wants the one that takes writes."""

    def __init__(self, name, seed, maker, pair):
        self.pair = pair
        super().__init__(name, seed, maker)
        sockets = [os.path.join(os.environ["PGHOST"], f".s.PGSQL.{port}") for port in pair.PORTS]
        self.proxies = [self.pg, proxy.Proxy(self.pg_folder / ".s.PGSQL.5433", lambda: sockets[1], proxy.Postgres)]
        self.pg.upstream = lambda: sockets[0]

    def make_config(self, name, settings):
        conninfo = (f"host={self.pg_folder},{self.pg_folder} port=5432,5433 dbname={self.name} user={os.environ['PGUSER']} "
                    "target_session_attrs=read-write")
        return super().make_config(name, {**settings, "database": {"conninfo": conninfo}})

    def fail_over(self):
        self.pair.fail_over()
        self.pg = self.proxies[self.pair.primary]
        self.pg_upstream = self.pg.upstream()

    def __exit__(self, kind, value, trace):
        for each in self.proxies:
            each.close()
        super().__exit__(kind, value, trace)


def standby_promoted(scene, dice):
    hit = faults.at(scene, dice, faults.PG, lambda _: scene.fail_over())
    if hit:
        time.sleep(dice.uniform(0, 0.5))
        scene.pair.follow(1 - scene.pair.primary)
    return hit
