"""How good it must be: each figure with what was measured, the peers of the same run, what is the least (must) and where it is going (goal)."""

from lib_bench import median


class Figure:
    """`must` and `goal` are the least that is enough, or with `less` the most. `peers`: who does the same, as they are named in a run."""

    def __init__(self, what, unit, must, goal=None, less=False):
        self.what, self.unit, self.must, self.goal, self.less = what, unit, must, goal, less
        self.samples, self.peers = [], {}

    def reaches(self, bound):
        """Whether the median is as good as that."""
        value = median(self.samples)
        return value <= bound if self.less else value >= bound

    def verdict(self):
        if not self.samples:
            return "-"
        return "MISSED" if not self.reaches(self.must) else "goal" if self.goal is not None and self.reaches(self.goal) else "ok"

    def measured(self):
        """median (least-most), as text."""
        middle, low, high = (digits(f(self.samples)) for f in (median, min, max))
        return middle if low == high else f"{middle} ({low}-{high})"

    def json(self):
        found = {"median": median(self.samples), "min": min(self.samples), "max": max(self.samples)} if self.samples else {}
        return {"what": self.what, "unit": self.unit, "must": self.must, "goal": self.goal, "better": "less" if self.less else "more",
                "samples": self.samples, **found, "peers": self.peers, "verdict": self.verdict()}


def digits(value):
    """As text: about three digits, counts as they are."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def readings(what, must, goal):
    return Figure(what, "M readings/s", must, goal)


class Board:
    def __init__(self):
        shapes = (("everything", "sum ... avg of everything", 400, 1000, 1.6, 0.5), ("month", "sum for each NMI and month", 300, 900, 3, 1),
                  ("profile", "hourly profile", 85, 250, 9, 1), ("daily", "daily sum for each channel", 120, 600, 6, 1))
        self.figures = {
            "daemon": readings("daemon, files on disk to committed readings", 45, 80),
            "small": Figure("one NMI a file: daemon / load", "times", 0.6, 0.9),
            "halfhours": Figure("half-hours / 5 minutes, nem12_load", "times", 0.5, 0.8),
            "halfhours_load": Figure("half-hours / 5 minutes, load", "times", 0.5, 0.8),
            "newer": Figure("everything again, newer / first load", "times", 3, 2, less=True),
            "older": Figure("everything again, older / first load", "times", 3, 2, less=True),
            "parse_5": Figure("parse, every rule: 5 minutes", "GB/s", 2, 3),
            "parse_30": Figure("parse, every rule: 30 minutes", "GB/s", 1.6, 2.5),
            "parse_portable": Figure("parse, every rule: 5 minutes, portable", "GB/s", 1, 1.5),
            **{key: readings(what, must, goal) for key, what, must, goal, _, _ in shapes},
            **{key + "_by_hand": Figure(what + " / nem12_sum_days", "times", times, less=True) for key, what, _, _, times, _ in shapes},
            **{key + "_duckdb": Figure(what + ": speed / DuckDB's", "times", share) for key, what, _, _, _, share in shapes},
            "newest": Figure("newest reading of a channel, 8 years", "ms", 3, 0.5, less=True),
            "newest_buffers": Figure("newest reading of a channel, 8 years", "buffers", 20, less=True),
            "channel_month": Figure("a month of one channel, rows", "ms", 0.9, 0.5, less=True),
            "bytes": Figure("size, realistic 5 minutes, 18 M readings", "bytes/reading", 1.20, 1.00, less=True),
            "bytes_random": Figure("size, random 5 minutes, 3 M readings", "bytes/reading", 2.2, 2.0, less=True),
            "bytes_halfhours": Figure("size, realistic 30 minutes, 3 M readings", "bytes/reading", 4.3, 3.8, less=True),
            "p99": Figure("queue to commit at half load, p99", "ms", 50, 20, less=True),
            "loader_mb": Figure("memory with a 5 GB file, loader", "MB", 64, less=True),
            "backend_mb": Figure("memory with a 5 GB file, backend", "MB", 64, less=True),
            "memory_growth": Figure("memory, 5 GB file / 1 GB file", "times", 1.2, less=True),
        }

    def take(self, key, *samples):
        self.figures[key].samples += samples

    def peer(self, key, name, value):
        self.figures[key].peers[name] = value

    def complete(self):
        return all(figure.samples for figure in self.figures.values())

    def rows(self, everything=False):
        """What was measured (everything: what was not, too): one row of texts a figure, under a head."""
        yield ["figure", "unit", "others, same run", "measured: median (range)", "must", "goal", ""]
        for figure in self.figures.values():
            if figure.samples or everything:
                bound = "at most " if figure.less else ""
                yield [figure.what, figure.unit, ", ".join(f"{name} {digits(value)}" for name, value in figure.peers.items()),
                       figure.measured() if figure.samples else "", bound + f"{figure.must:g}", "" if figure.goal is None else bound + f"{figure.goal:g}",
                       figure.verdict()]

    def table(self):
        rows = list(self.rows())
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)

    def markdown(self):
        head, *rows = self.rows(everything=True)
        return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])

    def missed(self):
        return [figure.what for figure in self.figures.values() if figure.verdict() == "MISSED"]

    def json(self):
        return {key: figure.json() for key, figure in self.figures.items() if figure.samples}
