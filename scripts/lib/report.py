"""What a check found, case by case: on the screen, and as JUnit in the file that NEM12_REPORT names (scripts/test sets it)."""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OUTCOMES = ("passed", "failed", "skipped")


class Report:
    """Cases of the check `name`, each passed, failed or skipped."""

    def __init__(self, name):
        self.name = name
        self.cases = []  # (case, outcome, text)
        self.seconds = 0.0

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

    def counts(self):
        return ", ".join(f"{self.count(outcome)} {outcome}" for outcome in OUTCOMES)

    def write(self, path):
        suite = xml.Element("testsuite", name=self.name, tests=str(len(self.cases)), failures=str(self.count("failed")),
                            skipped=str(self.count("skipped")), time=f"{self.seconds:.1f}")
        for case, outcome, text in self.cases:
            element = xml.SubElement(suite, "testcase", classname=self.name, name=NOT_XML.sub("?", case))
            if outcome != "passed":
                xml.SubElement(element, "failure" if outcome == "failed" else "skipped").text = NOT_XML.sub("?", text)
        pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
        xml.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)

    def end(self):
        """Prints the counts, writes the report and ends the program: with 1 if a case failed."""
        print(f"{self.name}: {self.counts()}", flush=True)
        if "NEM12_REPORT" in os.environ:
            self.write(os.environ["NEM12_REPORT"])
        sys.exit(1 if self.count("failed") else 0)


def read(path):
    """The Report in a file written by `write` or by GoogleTest; None if there is no such file, or only part of one."""
    try:
        root = xml.parse(path).getroot()
    except (OSError, xml.ParseError):
        return None
    report = Report(root.get("name"))
    for case in root.iter("testcase"):
        if case.get("status") == "notrun":  # GoogleTest's, of disabled cases
            continue
        troubles = [trouble for kind in ("failure", "error") for trouble in case.iter(kind)]
        skipped = case.find("skipped")
        name = case.get("name") if root.tag == "testsuite" else f"{case.get('classname')}.{case.get('name')}"
        if troubles:
            report.cases.append((name, "failed", "\n".join(trouble.text or "" for trouble in troubles)))
        elif skipped is not None:
            report.cases.append((name, "skipped", skipped.text or skipped.get("message") or ""))
        else:
            report.cases.append((name, "passed", ""))
    return report


def place(reports, name):
    """Where a test leaves its files: this with .log, .xml and, for what else there is, the folder .output."""
    return pathlib.Path(reports) / name.replace(":", "-")
