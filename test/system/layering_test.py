#!/usr/bin/env python3
"""scripts/check-layering refuses what it is there for: each breach is made in a copy of the sources, and has to be the one that is named."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("mdff", "extension", "loader")
# (what, the file that is added or added to, the line, a piece of what the check has to say)
BREACHES = (
    ("an include of the floor above", "loader/src/base/files.cpp", '#include "log/log.hpp"', "log/log.hpp, which is not below base"),
    ("an include of the top floor", "loader/src/spool/spool.hpp", '#include "commands/cli.hpp"', "not below spool"),
    ("an include of a neighbour", "loader/src/queue/redis_client.cpp", '#include "spool/spool.hpp"', "not below queue"),
    ("one stage includes another", "loader/src/intake/intake.cpp", '#include "load/worker.hpp"', "not below intake"),
    ("an include in angle brackets", "loader/src/base/files.hpp", "#include <log/log.hpp>", "not below base"),
    ("an include by a relative path", "loader/src/base/files.hpp", '#  include "../log/log.hpp"', "not below base"),
    ("a folder on no floor", "loader/src/attic/attic.cpp", '#include "base/files.hpp"', "attic: stands on no floor"),
    ("the merge includes the load", "extension/src/merge/merge.hpp", '#include "load/batch.hpp"', "not below merge"),
    ("the ground of the extension knows its settings", "extension/src/pg/text.cpp", '#include "guc.hpp"', "not below pg"),
    ("the loader includes the extension", "loader/src/load/worker.cpp", '#include "pg/postgres.hpp"', "pg/postgres.hpp"),
    ("the extension includes libpq", "extension/src/module.cpp", "#include <libpq-fe.h>", "libpq-fe.h"),
    ("mdff includes a library", "mdff/src/parse/parser.cpp", "#include <spdlog/spdlog.h>", "spdlog"),
    ("mdff includes the loader", "mdff/src/parse/parser.cpp", '#include "log/log.hpp"', "log/log.hpp"),
    ("the format includes its storage", "mdff/src/parse/parser.cpp", '#include "mdff/storage/values_codec.hpp"', "parser.cpp:"),
    ("mdff includes up", "mdff/src/format/rule.cpp", '#include "parse/fields.hpp"', "parse/fields.hpp"),
    ("mdff throws", "mdff/src/parse/parser.cpp", "void f() { throw 1; }", "throw 1"),
    ("the extension catches outside pg", "extension/src/module.cpp", "void f() { try { } catch (...) { } }", "catch"),
)


def check(tree):
    done = subprocess.run([ROOT / "scripts/check-layering", "--tree", tree], capture_output=True, text=True, check=False,
                          env={key: value for key, value in os.environ.items() if key not in ("NEM12_TALLY", "NEM12_REPORT")})
    return done.returncode, done.stdout + done.stderr


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="nem12-layering-") as folder:
        tree = pathlib.Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("*.o", "*.so"))
        status, said = check(tree)
        if status:
            failed += 1
            print(f"the sources as they are: refused\n{said}")
        for what, name, line, expected in BREACHES:
            path = tree / name
            before = path.read_text(encoding="utf-8") if path.exists() else None
            path.parent.mkdir(exist_ok=True)
            path.write_text((before or "") + line + "\n", encoding="utf-8")
            status, said = check(tree)
            if status == 0 or expected not in said:
                failed += 1
                print(f"{what}: not noticed, or not named (exit status {status})\n{said}")
            if before is None:
                shutil.rmtree(path.parent)
            else:
                path.write_text(before, encoding="utf-8")
    print(f"{len(BREACHES) + 1 - failed} of {len(BREACHES) + 1} as they should be")
    sys.exit(failed > 0)


main()
