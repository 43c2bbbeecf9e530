#!/usr/bin/env python3
"""Every metric that docs/operations.md, the alert rules and the dashboard name is in the first /metrics of a fresh daemon, with the
labels they name: a counter that appears with its first event has no increase() then."""

import json
import re

import loader_world as w

w.with_servers()
SELECTOR = re.compile(r"\b(nem12_[a-z0-9_]+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def series(text):
    """The exposition as (name, labels)."""
    found = []
    for line in text.splitlines():
        match = re.match(r"(nem12_[a-z0-9_]+)(?:\{(.*)\})? ", line)
        if match:
            found.append((match[1], dict(re.findall(r'([a-z_]+)="([^"]*)"', match[2] or ""))))
    return found


def fits(labels, matchers):
    for label, operator, wanted in matchers:
        equal = labels.get(label, "") == wanted if operator in ("=", "!=") else re.fullmatch(wanted, labels.get(label, "")) is not None
        if equal == operator.startswith("!"):
            return False
    return True


def expressions():
    """(where, expression) of everything that people copy."""
    alerts = (w.ROOT / "docs/prometheus/nem12-alerts.yml").read_text()
    for expression in re.findall(r"^ +expr: (.*)$", alerts, re.MULTILINE):
        yield "alerts", expression
    dashboard = json.loads((w.ROOT / "docs/grafana/nem12-loader.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield "dashboard", target["expr"]
    for line in (w.ROOT / "docs/operations.md").read_text().splitlines():
        if line.startswith("| `nem12_"):
            for code in re.findall(r"`([^`]*)`", line.split("|")[1]):
                yield "operations.md", code


def missing(exported):
    for where, expression in expressions():
        for name, inside in SELECTOR.findall(expression):
            matchers = MATCHER.findall(inside)
            named = [label.strip() for label in inside.split(",")] if inside and not matchers else []
            if not any(known in (name, name + "_count", name + "_bucket") and fits(labels, matchers) and all(label in labels for label in named)
                       for known, labels in exported):
                yield f"{where}: {name}{{{inside}}} in {expression}"


def main():
    w.check("there is something to compare", len(list(expressions())) > 30, len(list(expressions())))
    with w.World("metrics") as world:
        for name, away in (("fresh", {}), ("alone", {"database": {"conninfo": "host=/nonexistent dbname=x"}, "redis": {"url": "unix:///nonexistent"}})):
            config = world.config(name, **away)
            daemon = world.start(config)
            w.wait_until("it listens", 20, lambda: world.get(config, "/metrics")[0] == 200) # pylint: disable=cell-var-from-loop
            text = world.get(config, "/metrics")[1]
            w.check(f"{name}: every named metric is exported", not list(missing(series(text))), "\n".join(missing(series(text))))
            w.check(f"{name}: a wrong one would be found", list(missing([entry for entry in series(text) if entry[0] != "nem12_errors_total"])))
            daemon.terminate()
            world.finish(daemon)


main()
