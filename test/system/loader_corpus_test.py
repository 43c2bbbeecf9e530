#!/usr/bin/env python3
"""The whole corpus through the daemon, in random order: every file ends in exactly one place, the database holds the expected
readings, the ledger one row per content, and Redis agrees. With 4 workers; with a queue smaller than the files; with two
daemons on one inbox."""

import random
import shutil
import sys

import loader_world as w

w.need_corpus()
w.with_servers()
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10 ** 6)
print(f"order by seed {SEED}")


def deliveries(folder):
    """Everything that is dropped, by name: the corpus, a zip of all its zips, the same contents under other names."""
    folder.mkdir()
    for kind in ("nem12", "nem13", "invalid"):
        for path in sorted((w.CORPUS / kind).iterdir()):
            shutil.copyfile(path, folder / path.name)
    zips = sorted((w.CORPUS / "nem12").glob("*.zip"))
    w.zip_of(zips, folder / "all zips of nem12.zip")
    shutil.copyfile(zips[0], folder / "another name.zip")
    shutil.copyfile(w.CORPUS / "nem12" / "Example_NEM12_actual_interval.csv", folder / "the same again.csv")
    shutil.copyfile(w.CORPUS / "invalid" / "Example_NEM12_incomplete_interval.csv", folder / "wrong again.csv")
    w.zip_of([w.CORPUS / "nem12" / "Example_NEM12_multiple_quality.csv"], folder / "zipped.zip")
    return sorted(folder.iterdir())


def refused(path):
    return path.name in w.REFUSED or path.name == "wrong again.csv" or (w.CORPUS / "invalid" / path.name).exists()


def expected_contents(files):
    """sha256 -> is it loaded?"""
    wanted = {}
    for path in files:
        for sha256, _ in w.contents(path):
            wanted[sha256] = wanted.get(sha256, True) and not refused(path)
    return wanted


def check_readings(world, reference):
    w.check("the stored readings are those of loading one file after the other", world.digest() == reference,
            f"{world.digest()}\n{reference}")
    table = [line.split("\t") for line in (w.CORPUS / "expected-nem12.tsv").read_text().splitlines()]
    channels = [tuple(line[1:3]) for line in table]
    alone = {tuple(line[1:3]): line[3:7] for line in table if channels.count(tuple(line[1:3])) == 1}
    stored = {row[:2]: list(row[2:]) for row in w.rows(
        'SELECT nmi, nmi_suffix, count(*), to_char(sum(consumption), \'FM999999999990.0000\'),'
        ' min("timestamp"), max(interval_end) FROM meter_readings GROUP BY 1, 2', world.name)}
    wrong = {channel: (stored.get(channel), figures) for channel, figures in alone.items() if stored.get(channel) != figures}
    w.check(f"{len(alone)} channels have the count, sum and bounds of the expected table", alone and not wrong, wrong)
    w.check("no channel is missing", set(channels) <= set(stored), set(channels) - set(stored))


def check_end(world, files, reference):
    lost = {path.name: world.places(path.name) for path in files if len(world.places(path.name)) != 1}
    w.check(f"each of {len(files)} files ended in exactly one place", not lost, lost)
    wrong = [path.name for path in files if world.places(path.name) != (["rejected"] if refused(path) else ["archive"])]
    w.check("the refused ones in rejected, the others in archive", not wrong, wrong)
    unreported = [path.name for path in files if refused(path) and not (
        (world.folder / "rejected" / f"{path.name}.report.json").exists()
        and (world.folder / "rejected" / f"{path.name}.report.txt").exists())]
    w.check("every refused one has its two reports", not unreported, unreported)
    w.check("nothing is left in inbox and spool", not world.leftovers(), world.leftovers())
    wanted = expected_contents(files)
    ledger = [row[0] for row in w.rows("SELECT encode(sha256, 'hex') FROM nem12_files", world.name)]
    w.check("the ledger has one row per distinct content", sorted(ledger) == sorted(s for s, good in wanted.items() if good))
    statuses = {sha256: world.job_status(sha256) for sha256 in wanted}
    disagree = {s: statuses[s] for s, good in wanted.items() if statuses[s] != ("success" if good else "rejected")}
    w.check("the statuses in Redis agree", not disagree, disagree)
    w.check("refused files are in nem12_errors", int(w.value("SELECT count(DISTINCT sha256) FROM nem12_errors", world.name))
            == sum(not good for good in wanted.values()))
    check_readings(world, reference)


def dropped(world, files):
    files = files[:]
    random.shuffle(files)
    for path in files:
        world.drop(path)
    return files


def main():
    random.seed(SEED)
    with w.World("reference") as world:
        files = deliveries(world.folder / "files")
        wanted = expected_contents(files)
        for path in files:
            for sha256, data in w.contents(path):
                if wanted[sha256]:
                    w.sql(f"SELECT nem12_load('\\x{data.hex()}')", world.name)
        w.sql("SELECT nem12_merge_staging()", world.name)
        reference = world.digest()
        w.check("the reference holds readings", int(w.value("SELECT count(*) FROM meter_readings", world.name)) > 10000)

        print("\n4 workers")
        with w.World("workers") as four:
            dropped(four, files)
            four.finish(four.start(four.config(), "--until-idle"))
            check_end(four, files, reference)

        print("\na queue of 5 jobs")
        with w.World("small_queue") as small:
            dropped(small, files)
            config = small.config(queue={"size": 5, "retry_seconds": 1}, process={"workers": 1})
            with w.loading_held_back(small.name): # a worker could keep up with the intake and the queue never be full
                daemon = small.start(config, "--until-idle")
                w.wait_until("the intake has to wait", 60, lambda: '"event":"backpressure"' in config.with_suffix(".log").read_text())
                w.check("nothing is in the ledger yet", w.value("SELECT count(*) FROM nem12_files", small.name) == "0")
            small.finish(daemon)
            check_end(small, files, reference)

        print("\n2 daemons on one inbox")
        with w.World("two") as two:
            configs = [two.config(name, process={"workers": 2}) for name in ("first", "second")]
            daemons = [two.start(config) for config in configs]
            dropped(two, files)
            w.wait_until("inbox and spools are empty", 60, lambda: not two.leftovers())
            for daemon in daemons:
                daemon.terminate()
            for daemon in daemons:
                two.finish(daemon)
            two.finish(two.start(configs[0], "--until-idle"))
            shares = [sum(event["event"] == "file_loaded" for event in two.events(config)) for config in configs]
            w.check("both daemons loaded files", min(shares) > 0, shares)
            check_end(two, files, reference)


main()
