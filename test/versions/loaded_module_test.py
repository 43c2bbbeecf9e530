#!/usr/bin/env python3
"""From PostgreSQL 18 on a server says which libraries it has loaded, by the name and version that they give themselves."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import store  # noqa: E402


def test():
    if int(store.sql("SHOW server_version_num;")[0][0]) < 180000:
        print("PostgreSQL before 18 does not tell")
        sys.exit(store.SKIPPED)
    with open(os.path.join(store.ROOT, "nem12.control"), encoding="utf-8") as control:
        version = re.search(r"default_version = '(.*)'", control.read()).group(1)
    modules = store.sql("CREATE EXTENSION nem12; SELECT nem12_staging_depth();"
                        " SELECT module_name, version FROM pg_get_loaded_modules() WHERE file_name LIKE 'nem12%';")
    store.expect(modules[-1], ["nem12", version], "pg_get_loaded_modules")


store.main(test, "fsync = off")
