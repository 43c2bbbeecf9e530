"""The kinds of faults. Each is a function that takes the scene and a random source, does its harm once and waits until that
is over; it returns whether the harm met the system at work (a load, a commit, a merge or a step of the queue under way), or
None when its moment did not come and nothing was done. docs/reliability.md says what each is for."""

import os
import pathlib
import signal
import subprocess
import time

import contents
import scene as scenes
from proxy import CUT
from scene import w

PG_STEPS = ["begin", "load_begin", "load_chunk", "load_chunk", "load_end", "commit", "commit", "merge"]
REDIS_STEPS = ["offer", "claim", "finish", "finish", "renew", "record"]
PATIENCE = 4 # seconds until a step that does not come is given up


def at(scene, dice, steps_of, action, phases=("before", "after", "answer"), patience=PATIENCE):
    """Runs `action(connection)` at a step; the phase and how many steps pass before are the dice's."""
    side, steps = steps_of
    step, phase = dice.choice(steps), dice.choice(phases)
    server = scene.pg if side == "pg" else scene.redis
    trap = server.arm(step, phase, dice.randint(1, 1 if step in ("merge", "renew", "record", "finish") else 3), action)
    if not trap.fired.wait(patience) and server.disarm(trap):
        return None
    # "answer": armed off the list already, but the connection may have ended before the answer came.
    if not trap.fired.wait(3):
        return None
    trap.done.wait(40)
    if trap.failure:
        print(f"  (not done at {step}, {phase}: {trap.failure})".rstrip())
        return None
    return True


PG = ("pg", PG_STEPS)
REDIS = ("redis", REDIS_STEPS)


def either(dice):
    return PG if dice.random() < 0.6 else REDIS


def pause(dice, least, most):
    time.sleep(dice.uniform(least, most))


# The loader

def loader_killed(scene, dice):
    number = dice.randrange(len(scene.configs))
    return at(scene, dice, either(dice), lambda _: scene.kill_daemon(number) or CUT)


def loader_killed_any_time(scene, dice):
    pause(dice, 0.0, 0.5)
    busy = scene.busy()
    scene.kill_daemon(dice.randrange(len(scene.configs)))
    return busy


def loader_terminated(scene, dice):
    pause(dice, 0.0, 0.3)
    busy = scene.busy()
    scene.kill_daemon(dice.randrange(len(scene.configs)), signal.SIGTERM)
    return busy


def loader_past_its_lease(scene, dice):
    """Stopped until its leases are over; what it says afterwards is late."""
    daemon = scene.running[scene.configs[dice.randrange(len(scene.configs))]]

    def stop(_):
        daemon.send_signal(signal.SIGSTOP)
        time.sleep(3.3)
        # Somebody sweeps meanwhile, as another loader would, and gives the jobs up.
        scene.redis_server.call("FCALL", "nem12_sweep", "1", scene.prefix, "1000", "1000", "600", "elsewhere")
        daemon.send_signal(signal.SIGCONT)
    return at(scene, dice, ("pg", ["load_begin", "load_chunk", "load_end", "commit"]), stop)


# PostgreSQL

def kill_backend(connection):
    if connection.backend:
        try:
            os.kill(connection.backend, signal.SIGKILL)
        except ProcessLookupError:
            pass


def backend_killed(scene, dice):
    hit = at(scene, dice, PG, kill_backend, phases=("before", "after"))
    time.sleep(0.2) # the cluster restarts itself
    return hit


def tell_backend(function):
    return lambda connection: w.sql(f"SELECT {function}({connection.backend})", "postgres") and None


def backend_terminated(scene, dice):
    return at(scene, dice, PG, tell_backend("pg_terminate_backend"))


def backend_cancelled(scene, dice):
    return at(scene, dice, PG, tell_backend("pg_cancel_backend"), phases=("after",))


def postgres_away(scene, dice, stop):
    hit = at(scene, dice, PG, stop)
    if hit:
        pause(dice, 0.0, 1.5)
        scenes.start_postgres()
    return hit


def postgres_crashed(scene, dice):
    return postgres_away(scene, dice, lambda _: w.server("postgres", "stop", "immediate"))


def postmaster_killed(scene, dice):
    def kill(_):
        pid = scenes.postmaster_pid()
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    return postgres_away(scene, dice, kill)


def postgres_restarted(scene, dice):
    return postgres_away(scene, dice, lambda _: w.server("postgres", "stop", "fast"))


def postgres_in_recovery(scene, dice):
    """Comes back as a standby that takes no writes, and is promoted after a while."""
    data = pathlib.Path(os.environ["NEM12_PG_DATA"])

    def crash(_):
        w.server("postgres", "stop", "immediate")
        (data / "standby.signal").touch()
        os.chmod(data / "standby.signal", 0o644)
    hit = at(scene, dice, PG, crash)
    if hit:
        scenes.start_postgres()
        pause(dice, 0.2, 0.8)
        w.sql("SELECT pg_promote()", "postgres")
    return hit


def postgres_read_only(scene, dice):
    busy = scene.busy()
    w.sql(f"ALTER DATABASE {scene.name} SET default_transaction_read_only = on", "postgres")
    w.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{scene.name}'", "postgres")
    pause(dice, 0.3, 1.0)
    w.sql(f"ALTER DATABASE {scene.name} RESET default_transaction_read_only", "postgres")
    return busy


def merge_killed(scene, dice):
    """The merge's server process is told to end, at once or some milliseconds into the statement."""
    delay = dice.choice([0, 0.002, 0.01, 0.03])

    def end(connection):
        time.sleep(delay)
        w.sql(f"SELECT pg_terminate_backend({connection.backend})", "postgres")
    return at(scene, dice, ("pg", ["merge"]), end, phases=("after",))


def merges_against_loads(scene, dice):
    """Other sessions merge, all at once, while files are loaded; one is cut short."""
    busy = scene.busy()
    sessions = [subprocess.Popen(["psql", "-Xq", "-d", scene.name, "-c", "SELECT nem12_merge_staging()"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(3)]
    pause(dice, 0.0, 0.1)
    sessions[0].kill()
    for session in sessions:
        session.wait(60)
    return busy


def opposite_orders(scene, dice):
    """Several sessions load the same days in opposite orders, beside the daemon."""
    busy = scene.busy()
    first, second = [], []
    with scene.lock:
        made = [scene.maker.good() for _ in range(6)]
    for data in made:
        scene.optional[contents.sha256(data)] = data
    folder = scene.folder / "direct"
    folder.mkdir(exist_ok=True)
    for data in made:
        path = folder / f"{contents.sha256(data)}.csv"
        path.write_bytes(data)
        first.append(path)
        second.insert(0, path)
    loads = [subprocess.Popen([w.LOADER, "load", "--workers", "2", "--db", scene.conninfo(), *order], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) for order in (first, second)]
    for load in loads:
        load.wait(120)
    return busy


# Redis

def redis_killed(scene, dice):
    hit = at(scene, dice, REDIS, lambda _: w.server("redis", "kill"))
    if hit:
        pause(dice, 0.0, 0.8)
        scenes.start_redis()
    return hit


def redis_restarted(scene, dice):
    hit = at(scene, dice, REDIS, lambda _: w.server("redis", "restart"))
    return hit


def redis_flushed(scene, dice):
    return at(scene, dice, either(dice), lambda _: scene.redis_server.call("FLUSHALL") and None)


def redis_key_deleted(scene, dice):
    def delete(_):
        keys = sorted(scene.redis_server.call("KEYS", "*"))
        if keys:
            plain = [key for key in keys if ":job:" not in key]
            scene.redis_server.call("DEL", dice.choice(plain if plain and dice.random() < 0.6 else keys))
    return at(scene, dice, either(dice), delete)


def redis_functions_flushed(scene, dice):
    return at(scene, dice, REDIS, lambda _: scene.redis_server.call("FUNCTION", "FLUSH") and None)


def redis_memory(scene, dice, policy, share):
    busy = scene.busy()
    info = scene.redis_server.call("INFO", "memory")
    used = int(next(line for line in info.splitlines() if line.startswith("used_memory:")).split(":")[1])
    scene.redis_server.call("CONFIG", "SET", "maxmemory-policy", policy)
    scene.redis_server.call("CONFIG", "SET", "maxmemory", str(int(used * share)))
    try:
        pause(dice, 0.4, 1.0)
        return busy or scene.busy()
    finally:
        scene.redis_server.call("CONFIG", "SET", "maxmemory", "0")
        scene.redis_server.call("CONFIG", "SET", "maxmemory-policy", "noeviction")


def redis_at_maxmemory(scene, dice):
    return redis_memory(scene, dice, "noeviction", 0.9)


def redis_evicts(scene, dice):
    return redis_memory(scene, dice, dice.choice(["allkeys-random", "allkeys-lru"]), 0.98)


def redis_stopped(scene, dice):
    """Does not answer for a while, and then answers everything."""
    def stop(_):
        os.kill(scenes.redis_pid(), signal.SIGSTOP)
        time.sleep(dice.uniform(0.3, 1.5))
        os.kill(scenes.redis_pid(), signal.SIGCONT)
    return at(scene, dice, REDIS, stop, phases=("before",))


# The wires

def postgres_cut(scene, dice):
    return at(scene, dice, PG, lambda _: CUT, phases=("before",))


def postgres_answer_lost(scene, dice):
    return at(scene, dice, ("pg", ["load_begin", "load_chunk", "load_end", "merge", "report_findings"]), lambda _: CUT,
              phases=("after", "answer"))


def commit_unanswered(scene, dice):
    return at(scene, dice, ("pg", ["commit"]), lambda _: CUT, phases=("after", "answer"))


def all_cut(scene, dice):
    def cut(_):
        scene.pg.cut_all()
        scene.redis.cut_all()
        return CUT
    return at(scene, dice, either(dice), cut)


def postgres_black_hole(scene, dice):
    """Nothing passes, no end of the connection is seen; longer than the lease, so that the loader has to give up by itself."""
    time_of_it = dice.choice([1.0, 3.6])
    return at(scene, dice, PG, lambda _: ("hold", time_of_it), phases=("before", "answer"))


def postgres_slow(scene, dice):
    return at(scene, dice, PG, lambda _: ("slow", 1.5), phases=("before",))


def redis_cut(scene, dice):
    return at(scene, dice, REDIS, lambda _: CUT, phases=("before",))


def redis_answer_lost(scene, dice):
    return at(scene, dice, REDIS, lambda _: CUT, phases=("after", "answer"))


def redis_black_hole(scene, dice):
    return at(scene, dice, REDIS, lambda _: ("hold", dice.choice([0.5, 1.5])), phases=("before", "answer"))


def redis_slow(scene, dice):
    return at(scene, dice, REDIS, lambda _: ("slow", 1.5), phases=("before",))


# Files in the inbox

def optional(scene, data, name):
    """A content that may be loaded or not; whatever of it is loaded has to be whole."""
    with scene.lock:
        scene.optional[contents.sha256(data)] = data
        scene.optional_names[contents.sha256(data)] += 1
    return scene.inbox / name


def made(scene, kind, large=False):
    with scene.lock:
        delivery = scene.maker.large() if large else contents.Delivery(scene.maker.name(kind), scene.maker.good())
    return contents.Delivery(f"{scene.maker.count:05d}-{kind}.csv", delivery.data, good=[delivery.data])


def slow_writer(scene, dice):
    """Written in place under its last name, in pieces, held open; the parts are no delivery."""
    delivery = made(scene, "slow")
    with scene.lock:
        scene.deliveries.append(delivery)
    with open(scene.inbox / delivery.name, "wb", buffering=0) as out:
        pieces = 6
        size = len(delivery.data) // pieces + 1
        for piece in range(pieces):
            out.write(delivery.data[piece * size:(piece + 1) * size])
            pause(dice, 0.02, 0.2)
    return scene.busy()


def rewritten(scene, dice):
    """Overwritten in place by another content, at about the time it is taken."""
    before = made(scene, "rewritten")
    after = contents.Delivery(before.name, made(scene, "rewritten").data)
    after.good = {after.sha: after.data}
    path = optional(scene, before.data, before.name)
    path.write_bytes(before.data)
    pause(dice, 0.0, 0.15)
    with scene.lock:
        scene.deliveries.append(after)
    with open(path, "wb", buffering=0) as out: # the same inode when it is still there, a new file otherwise
        out.write(after.data)
    return scene.busy()


def truncated(scene, dice):
    """Cut to its half while it is held open for writing, then completed."""
    delivery = made(scene, "truncated", large=True)
    with scene.lock:
        scene.deliveries.append(delivery)
    with open(scene.inbox / delivery.name, "w+b", buffering=0) as out:
        out.write(delivery.data)
        pause(dice, 0.0, 0.1)
        out.truncate(len(delivery.data) // 2)
        pause(dice, 0.05, 0.3)
        out.seek(0)
        out.write(delivery.data)
    return scene.busy()


def vanished(scene, dice):
    """Taken away by somebody else, at about the time it is taken in."""
    delivery = made(scene, "vanished")
    path = optional(scene, delivery.data, delivery.name)
    path.write_bytes(delivery.data)
    pause(dice, 0.0, 0.12)
    path.unlink(missing_ok=True)
    return scene.busy()


def delivered_again_at_once(scene, dice):
    """The same bytes under several names at the same moment, one of them in a zip."""
    delivery = made(scene, "many")
    with scene.lock:
        number = scene.maker.count
    for copy in range(4):
        scene.drop_delivery(contents.Delivery(f"{number:05d}-copy{copy}.csv", delivery.data, good=[delivery.data]))
    data = contents.zip_of([delivery.data], dice)
    scene.drop_delivery(contents.Delivery(f"{number:05d}-copy.zip", data, good=[delivery.data]))
    return scene.busy()


# Full disks; the scene's disks are small ones of the harness

def fill(folder):
    """Takes all room of a disk; returns the file that holds it."""
    ballast = pathlib.Path(folder) / "ballast"
    room = os.statvfs(folder)
    with open(ballast, "wb", buffering=0) as out:
        try:
            os.posix_fallocate(out.fileno(), 0, room.f_bavail * room.f_frsize)
            while True:
                out.seek(0, 2)
                out.write(b"\0" * 4096)
        except OSError:
            pass
    return ballast


def filled_at(scene, dice, steps_of, folder):
    """Fills the disk at a step, for a while."""
    held = []
    hit = at(scene, dice, steps_of, lambda _: held.append(fill(folder)))
    if held:
        pause(dice, 0.3, 1.0)
        held[0].unlink()
    return hit


def spool_full(scene, dice):
    """Filled while files are taken in."""
    for _ in range(3):
        scene.drop_delivery(made(scene, "full"))
    return filled_at(scene, dice, ("redis", ["offer", "room"]), scene.home)


def archive_full(scene, dice):
    """Filled at the moment a load commits, so that what is to be archived finds no room."""
    return filled_at(scene, dice, ("pg", ["commit"]), scene.home)


def reports_full(scene, dice):
    """Filled while malformed files are refused."""
    for _ in range(4):
        with scene.lock:
            data = contents.malformed(scene.maker.dice)
            delivery = contents.Delivery(scene.maker.name("malformed"), data, bad=[data])
        scene.drop_delivery(delivery)
    return filled_at(scene, dice, ("redis", ["record", "room"]), scene.home)


def tablespace_full(scene, dice):
    return filled_at(scene, dice, ("pg", ["load_begin", "load_chunk", "load_end", "merge"]), scene.tablespace)


def wal_full(scene, dice):
    """The server cannot write its log any more and stops itself; it is started again when there is room."""
    held = []
    hit = at(scene, dice, ("pg", ["load_chunk", "load_end", "commit"]), lambda _: held.append(fill(scene.wal_disk)))
    if hit:
        filler = ("SELECT pg_switch_wal(); CREATE TABLE IF NOT EXISTS filler (t text);"
                  "INSERT INTO filler SELECT repeat(md5(n::text), 30) FROM generate_series(1, 60000) n")
        subprocess.run(["psql", "-Xq", "-d", "postgres", "-c", filler], capture_output=True, timeout=60, check=False)
        w.wait_until("the server stops for want of room for its log", 20, lambda: not scene.postgres_is_up())
        held[0].unlink()
        scenes.start_postgres()
        w.sql("DROP TABLE IF EXISTS filler", "postgres")
    return hit


# Clocks: the harness's shim, see shim/

def clock_jumps(scene, dice):
    """The loader's wall clock is put a day forward or back, or by an hour or a minute, while it works."""
    busy = scene.busy()
    scene.clock.write_text(str(dice.choice([-86400, 86400, -3600, 3600, -60, 60, 0])))
    pause(dice, 0.1, 0.5)
    return busy or scene.busy()


ANYWHERE = [loader_killed, loader_killed_any_time, loader_terminated, loader_past_its_lease, backend_killed,
            backend_terminated, backend_cancelled, postgres_crashed, postmaster_killed, postgres_restarted,
            postgres_in_recovery, postgres_read_only, merge_killed, merges_against_loads, opposite_orders, redis_killed,
            redis_restarted, redis_flushed, redis_key_deleted, redis_functions_flushed, redis_at_maxmemory, redis_evicts,
            redis_stopped, postgres_cut, postgres_answer_lost, commit_unanswered, all_cut, postgres_black_hole, postgres_slow,
            redis_cut, redis_answer_lost, redis_black_hole, redis_slow, slow_writer, rewritten, truncated, vanished,
            delivered_again_at_once]
# Slow ones are drawn less often, so that a run holds more faults.
WEIGHT = {loader_past_its_lease: 0.4, postgres_black_hole: 0.5, postgres_in_recovery: 0.5, opposite_orders: 0.5,
          postmaster_killed: 0.7, commit_unanswered: 2.5, loader_killed: 3, postgres_cut: 2, postgres_answer_lost: 2,
          backend_terminated: 2, redis_cut: 2, redis_answer_lost: 2, merge_killed: 1.5}
ON_SMALL_DISKS = [spool_full, archive_full, reports_full]
IN_SMALL_TABLESPACE = [tablespace_full]
WITH_SMALL_WAL = [wal_full]
WITH_CLOCK = [clock_jumps]


def plan(dice, kinds, count):
    """`count` faults of `kinds`: (kind, seed of its own)."""
    weights = [WEIGHT.get(kind, 1) for kind in kinds]
    return [(kind, dice.randrange(2 ** 32)) for kind in dice.choices(kinds, weights, k=count)]


