#!/usr/bin/env python3
"""The oracle itself: it agrees with a run that nothing happened to, and finds every harm that is done to the result by hand."""

import contents
import oracle
import scene as scenes
from scene import w

w.with_servers()
FILES = 30


def complaints(scene):
    verdict = oracle.judge(scene)
    return verdict.lost, verdict.double, "; ".join(verdict.complaints)


def harm(scene, what, statement, undo, expected):
    w.sql(statement, scene.name)
    found = complaints(scene)
    w.check(what, expected(found), found)
    if undo:
        w.sql(undo, scene.name)


def main():
    with scenes.Scene("oracle", 1, contents.Maker(1)) as scene:
        for _ in range(FILES):
            scene.drop_delivery(scene.maker.next())
        scene.start_daemons()
        stuck = scene.finish_run()
        w.check("the run comes to its end", stuck is None, stuck)
        wanted = oracle.clean_load({sha: data for delivery in scene.deliveries for sha, data in delivery.good.items()},
                                   scene.folder / "clean", 1)
        oracle.clean_load = lambda *_: wanted # once is enough
        w.check("nothing is wrong with it", complaints(scene) == (0, 0, ""), complaints(scene))
        w.sql("CREATE TABLE kept AS SELECT * FROM nem12_interval_days ORDER BY nmi, nmi_suffix, interval_date LIMIT 1", scene.name)
        key = "(nmi, nmi_suffix, interval_date) IN (SELECT nmi, nmi_suffix, interval_date FROM kept)"
        back = f"DELETE FROM nem12_interval_days WHERE {key}; INSERT INTO nem12_interval_days SELECT * FROM kept"
        harm(scene, "a lost day is found", f"DELETE FROM nem12_interval_days WHERE {key}", back, lambda found: found[0] == 1)
        harm(scene, "a changed quality is found", f"UPDATE nem12_interval_days SET quality = 'E99' WHERE {key}", back,
             lambda found: found[:2] == (1, 1))
        harm(scene, "a version that is there twice is found",
             "INSERT INTO nem12_staging_days (nmi, nmi_suffix, quality, interval_date, line_no, file_id, update_datetime,"
             " msats_load_datetime, details_id, \"values\", events, reason) SELECT nmi, nmi_suffix, quality, interval_date, line_no,"
             " file_id, update_datetime, msats_load_datetime, details_id, \"values\", events, 'day_exists' FROM kept",
             "TRUNCATE nem12_staging_days", lambda found: found[1] == 1)
        w.sql("CREATE TABLE kept_b2b AS SELECT * FROM nem12_b2b_details LIMIT 1", scene.name)
        harm(scene, "a lost 500 is found", "DELETE FROM nem12_b2b_details WHERE (file_id, line_no) IN (SELECT file_id, line_no FROM kept_b2b)",
             "INSERT INTO nem12_b2b_details SELECT * FROM kept_b2b", lambda found: found[0] == 1)
        archived = oracle.files_below(scene.archive)[0]
        data = archived.read_bytes()
        archived.unlink()
        w.check("a file that is in no place is found", "is not in archive/" in complaints(scene)[2], complaints(scene))
        archived.write_bytes(data)
        (scene.rejected / "copy.csv").write_bytes(data)
        w.check("a file in two places is found", "in the archive and refused" in complaints(scene)[2], complaints(scene))
        (scene.rejected / "copy.csv").unlink()
        sha = oracle.ledger(scene.name)[0]
        scene.redis_server.call("HSET", f"{scene.prefix}job:{sha}", "status", "failed")
        w.check("a job that contradicts the ledger is found", "Redis says failed" in complaints(scene)[2], complaints(scene))
        scene.redis_server.call("HSET", f"{scene.prefix}job:{sha}", "status", "success")
        (scene.inbox / "left").write_bytes(data)
        w.check("a file that is left is found", "left in inbox or spool" in complaints(scene)[2], complaints(scene))
        (scene.inbox / "left").unlink()
        w.check("all harm was undone", complaints(scene) == (0, 0, ""), complaints(scene))


main()
