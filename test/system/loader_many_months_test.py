#!/usr/bin/env python3
"""A file of more months than nem12_prepare_months makes in one call: the loader asks in parts."""

import subprocess

from loader_world import LOADER, World, check, value, with_servers

MONTHS = 300


def main():
    with_servers()
    with World("many_months") as world:
        lines = ["100,NEM12,202403010000,MDA1,Ret1", "200,4001234567,E1,1,E1,N1,METSER123,kWh,30,20300101"]
        for month in range(MONTHS):
            lines.append("300,%04d%02d01,%s,A,,,20240301000000," % (1999 + month // 12, month % 12 + 1, ",".join(["1"] * 48)))
        path = world.folder / "months.csv"
        path.write_bytes("\r\n".join(lines + ["900", ""]).encode())
        done = subprocess.run([LOADER, "load", "--db", world.conninfo(), path], capture_output=True, text=True, check=False)
        check("the file is loaded", done.returncode == 0, done.stdout + done.stderr)
        check("every month is there", value("SELECT count(*) FROM nem12_interval_days", world.name) == str(MONTHS))


main()
