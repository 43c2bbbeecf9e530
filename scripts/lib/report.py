"""What a check found, case by case: on the screen, and as JUnit in the file that NEM12_REPORT names."""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Report:
    """Cases of the check `name`, each passed, failed or skipped."""

    def __init__(self, name):
        self.name = name
        self.cases = []  # (case, outcome, text)

    def passed(self, case):
        self.cases.append((case, "passed", ""))

    def failed(self, case, text=""):
        """`text` is what there is to read about it."""
        print("\n".join(filter(None, [text.rstrip(), f"FAILED: {case}"])), flush=True)
        self.cases.append((case, "failed", text))

    def skipped(self, case, why):
        print(f"skipped: {case}: {why}", flush=True)
        self.cases.append((case, "skipped", why))

    def check(self, case, offenders):
        """The case passes if there are no offenders; they are lines of text."""
        found = "\n".join(offenders)
        if found:
            self.failed(case, found)
        else:
            self.passed(case)

    def count(self, outcome):
        return sum(case[1] == outcome for case in self.cases)

    def write(self, path):
        suite = xml.Element("testsuite", name=self.name, tests=str(len(self.cases)), failures=str(self.count("failed")),
                            skipped=str(self.count("skipped")))
        for case, outcome, text in self.cases:
            element = xml.SubElement(suite, "testcase", classname=self.name, name=NOT_XML.sub("?", case))
            if outcome != "passed":
                xml.SubElement(element, "failure" if outcome == "failed" else "skipped").text = NOT_XML.sub("?", text)
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        xml.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)

    def end(self):
        """Prints the counts, writes the report and ends the program: with 1 if a case failed."""
        counts = {outcome: self.count(outcome) for outcome in ("passed", "failed", "skipped")}
        print(f"{self.name}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()), flush=True)
        if "NEM12_REPORT" in os.environ:
            self.write(os.environ["NEM12_REPORT"])
        if "NEM12_TALLY" in os.environ:
            with open(os.environ["NEM12_TALLY"], "a", encoding="utf-8") as file:
                file.write(" ".join(map(str, [self.name, *counts.values()])) + "\n")
        sys.exit(1 if counts["failed"] else 0)
