"""What has to be true after every run: the store equals a clean load of the same contents in another order, row by row, in
all versions; every content is in exactly one place; Redis does not contradict the ledger; nothing is left over."""

import collections
import json
import pathlib
import random
import subprocess
import zipfile

import contents
import scene as scenes
from scene import w

# Everything stored, one line a row: (kind, readings, md5 of the row). Numbers that depend on the order of loading (file_id,
# days_inserted and days_staged, whether a version was inserted or merged in, who beat it) are left out or replaced.
STORE = """
WITH f AS (SELECT file_id, encode(sha256, 'hex') AS sha FROM nem12_files),
day_versions AS (
    SELECT 'day' AS kind, nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, quality, events,
           "values", details_id FROM nem12_interval_days
    UNION ALL
    SELECT 'older day', nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, quality, events,
           "values", details_id FROM nem12_superseded_days
    UNION ALL
    SELECT 'staged day', nmi, nmi_suffix, interval_date, line_no, file_id, update_datetime, msats_load_datetime, quality, events,
           "values", details_id FROM nem12_staging_days
), read_versions AS (
    SELECT 'read' AS kind, r.* FROM nem12_accumulation_reads r
    UNION ALL
    SELECT 'older read', (jsonb_populate_record(NULL::nem12_accumulation_reads, to_jsonb(s))).* FROM nem12_superseded_reads s
    UNION ALL
    SELECT 'staged read', (jsonb_populate_record(NULL::nem12_accumulation_reads, to_jsonb(s))).* FROM nem12_staging_reads s
)
SELECT v.kind, nem12_count(v."values"), md5(ROW(v.nmi, v.nmi_suffix, v.interval_date, v.line_no, f.sha, v.update_datetime,
       v.msats_load_datetime, v.quality, v.events, v."values"::text, c)::text)
FROM day_versions v LEFT JOIN f USING (file_id) LEFT JOIN nem12_channel_details c USING (nmi, nmi_suffix, details_id)
UNION ALL
SELECT v.kind, 1, md5((to_jsonb(v) - 'file_id' || jsonb_build_object('sha', f.sha))::text)
FROM read_versions v LEFT JOIN f USING (file_id)
UNION ALL
SELECT 'b2b', 0, md5((to_jsonb(b) - 'file_id' || jsonb_build_object('sha', f.sha))::text)
FROM nem12_b2b_details b LEFT JOIN f USING (file_id)
UNION ALL
SELECT 'details', 0, md5(c::text) FROM nem12_channel_details c
UNION ALL
SELECT 'ledger', 0, md5(ROW(sha256, generation, version, file_creation_date, from_participant, to_participant, dialect, bytes,
       days_inserted + days_staged, readings, accumulation_reads, skipped_records)::text) FROM nem12_files
"""


def stored(database):
    """Counter of (kind, readings, row) of a database."""
    return collections.Counter((kind, int(readings), row) for kind, readings, row in w.rows(STORE, database))


def ledger(database):
    return [row[0] for row in w.rows("SELECT encode(sha256, 'hex') FROM nem12_files", database)]


def clean_load(contents_by_sha, folder, seed):
    """Loads the contents into a new database, alone, in an order of its own; returns what is stored."""
    name = f"clean_{seed}_{random.randrange(10 ** 9)}"
    scenes.create_database(name)
    try:
        order = sorted(contents_by_sha)
        random.Random(seed + 1).shuffle(order)
        folder.mkdir(exist_ok=True)
        for sha in order:
            (folder / f"{sha}.csv").write_bytes(contents_by_sha[sha])
        connection = f"host={w.os.environ['PGHOST']} port={w.os.environ['PGPORT']} dbname={name} user={w.os.environ['PGUSER']}"
        for at in range(0, len(order), 500):
            files = [folder / f"{sha}.csv" for sha in order[at:at + 500]]
            done = subprocess.run([w.LOADER, "load", "--workers", "1", "--db", connection, *files], text=True, capture_output=True,
                                  check=False)
            if done.returncode != 0:
                raise RuntimeError(f"the clean load itself failed:\n{done.stdout}{done.stderr}")
        while w.value("SELECT remaining FROM nem12_merge_staging()", name) != "0":
            pass
        return stored(name)
    finally:
        w.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "postgres")


class Verdict:
    """What one run shows: files and readings compared, what is lost, what is double, and every other complaint."""

    def __init__(self):
        self.files = self.readings = self.lost = self.double = 0
        self.complaints = []

    def complain(self, text):
        self.complaints.append(text)


def compare_stores(verdict, got, wanted):
    lost, double = wanted - got, got - wanted
    verdict.readings = sum(readings * count for (kind, readings, _), count in wanted.items())
    verdict.lost, verdict.double = sum(lost.values()), sum(double.values())
    for what, rows in (("lost", lost), ("double", double)):
        if rows:
            kinds = collections.Counter()
            for (kind, _, _), count in rows.items():
                kinds[kind] += count
            verdict.complain(f"{what}: rows of the store, by kind: {dict(kinds)}")


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def contents_of(path):
    """The SHA-256 of a file, and of its members when it is a zip."""
    data = path.read_bytes()
    shas = [contents.sha256(data)]
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as archive:
            shas += [contents.sha256(archive.read(member)) for member in archive.infolist()]
    return shas


def check_places(verdict, scene, in_ledger):
    """Every delivery in one place, the right one, with a report where one is due; nothing left in inbox and spool."""
    left = [str(path) for path in scene.leftovers()]
    if left:
        verdict.complain(f"left in inbox or spool: {left[:10]}")
    archived, refused = collections.Counter(), collections.Counter()
    reports = set()
    for path in files_below(scene.archive):
        archived[contents.sha256(path.read_bytes())] += 1
    for folder in (scene.rejected, scene.failed):
        for path in files_below(folder):
            if path.name.endswith(".report.json"):
                try:
                    report = json.loads(path.read_text())
                    reports.add(report["sha256"])
                except ValueError:
                    verdict.complain(f"a report that cannot be read: {path.name}")
            elif not path.name.endswith(".report.txt"):
                refused[contents.sha256(path.read_bytes())] += 1
                if folder == scene.failed:
                    verdict.complain(f"failed: {path.name}")
    names = collections.Counter(delivery.sha for delivery in scene.deliveries)
    both = set(archived) & set(refused)
    if both:
        verdict.complain(f"in the archive and refused: {sorted(both)[:5]}")
    for sha, copies in archived.items():
        if sha not in names and sha not in scene.optional:
            verdict.complain(f"in the archive and never delivered: {sha}")
        elif copies > names[sha] + scene.optional_names[sha]:
            verdict.complain(f"{copies} times in the archive, delivered {names[sha]} times: {sha}")
    for delivery in scene.deliveries:
        place = archived if delivery.good else refused
        if place[delivery.sha] == 0:
            verdict.complain(f"{delivery.name} is not in {'archive' if delivery.good else 'rejected'}/")
        for sha in delivery.bad:
            if refused[sha] == 0 or sha not in reports:
                verdict.complain(f"a malformed content of {delivery.name} is not in rejected/ with its report")
    for sha in set(refused) - reports:
        verdict.complain(f"refused without a report: {sha}")
    twice = [sha for sha, count in collections.Counter(in_ledger).items() if count > 1]
    if twice:
        verdict.complain(f"in the ledger twice: {twice[:5]}")


def check_redis(verdict, scene, in_ledger):
    """No job waits, and none says what the ledger denies."""
    known = set(in_ledger)
    for key in scene.redis_server.call("KEYS", scene.prefix.replace("{", "\\{") + "job:*"):
        sha, status = key.rsplit(":", 1)[1], scene.redis_server.call("HGET", key, "status")
        if status in ("pending", "in_progress"):
            verdict.complain(f"a job is still {status}: {sha}")
        elif status == "success" and sha not in known:
            verdict.complain(f"Redis says success, the ledger does not know it: {sha}")
        elif status in ("failed", "rejected") and sha in known:
            verdict.complain(f"Redis says {status}, the ledger has it: {sha}")
        elif status == "failed":
            verdict.complain(f"Redis says failed: {sha} {scene.redis_server.call('HGET', key, 'reason')}")


def judge(scene):
    """The whole oracle over a run that has come to its end."""
    verdict = Verdict()
    in_ledger = ledger(scene.name)
    required = {sha: data for delivery in scene.deliveries for sha, data in delivery.good.items()}
    verdict.files = len(scene.deliveries)
    missing = set(required) - set(in_ledger)
    if missing:
        verdict.complain(f"not in the ledger: {len(missing)} contents, {sorted(missing)[:5]}")
    allowed = {**scene.optional, **required}
    foreign = set(in_ledger) - set(allowed)
    if foreign:
        verdict.complain(f"in the ledger and never delivered: {sorted(foreign)[:5]}")
    expected = {sha: data for sha, data in allowed.items() if sha in required or sha in in_ledger}
    compare_stores(verdict, stored(scene.name), clean_load(expected, pathlib.Path(scene.folder) / "clean", scene.seed))
    check_places(verdict, scene, in_ledger)
    check_redis(verdict, scene, in_ledger)
    return verdict
