"""The same as tally.sh, for the check-* scripts in Python."""

import os
import sys


def tally(stage, passed, failed, skipped):
    """Prints the counts of a stage, hands them to scripts/check and ends the program."""
    print(f"{stage}: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    if "NEM12_TALLY" in os.environ:
        with open(os.environ["NEM12_TALLY"], "a", encoding="utf-8") as file:
            file.write(f"{stage} {passed} {failed} {skipped}\n")
    sys.exit(1 if failed else 0)
