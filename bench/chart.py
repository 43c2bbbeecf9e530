"""The picture: how far each figure is from its must, on a logarithmic scale, better to the right. gnuplot draws it."""

import subprocess

from board import digits
from lib_bench import median

# Readable on light and on dark: the picture has no background of its own.
INK, FAINT, GOOD, BAD, GOAL, PEER = "#7d8590", "#8b949e", "#2da44e", "#d1242f", "#bf8700", "#3b82d6"
WORST, BEST = 0.005, 60


def place(figure, value):
    """1 is the must; above is better."""
    ratio = figure.must / max(value, 1e-9) if figure.less else value / figure.must
    return min(max(ratio, WORST), BEST)


def quoted(text):
    return '"' + text.replace('"', "'") + '"'


def label(text, where, side, colour):
    return f"set label {quoted(text)} at graph {where} {side} tc rgb '{colour}'"


def draw(board, machine):
    """The SVG."""
    figures = [figure for figure in board.figures.values() if figure.samples]
    points = {name: [] for name in ("peers", "goals", "good", "bad")}
    labels = []
    for number, figure in enumerate(figures):
        row = len(figures) - number
        middle, *ends = (place(figure, value(figure.samples)) for value in (median, min, max))
        points["bad" if figure.verdict() == "MISSED" else "good"].append((middle, row, *sorted(ends)))
        points["goals"] += [] if figure.goal is None else [(place(figure, figure.goal), row)]
        points["peers"] += [(place(figure, value), row) for value in figure.peers.values()]
        bound = "at most " if figure.less else ""
        goal = "" if figure.goal is None else f", goal {figure.goal:g}"
        peers = ", ".join(f"{name} {digits(value)}" for name, value in figure.peers.items())
        labels += [label(figure.what, f"-0.02, first {row}", "right", INK),
                   label(f"{figure.measured()} {figure.unit}; must {bound}{figure.must:g}{goal}", f"1.02, first {row + (0.22 if peers else 0)}", "left", INK)]
        labels += [label(peers, f"1.02, first {row - 0.25}", "left font ',10'", PEER)] if peers else []
    plots = {"peers": f"using 1:2 with points pt 13 ps 0.7 lc rgb '{PEER}' title 'others, same run'",
             "goals": f"using 1:2 with points pt 9 ps 0.8 lc rgb '{GOAL}' title 'goal'",
             "good": f"using 1:2:3:4 with xerrorbars pt 7 ps 0.8 lw 2 lc rgb '{GOOD}' title 'measured: median and range'",
             "bad": f"using 1:2:3:4 with xerrorbars pt 7 ps 0.8 lw 2 lc rgb '{BAD}' title 'measured: below its must'"}
    script = [f"${name} << EOD\n" + "\n".join(" ".join(f"{value:.4g}" for value in point) for point in found) + "\nEOD"
              for name, found in points.items() if found] + labels + [
        f"set terminal svg size 1320,{34 * len(figures) + 120} font 'sans-serif,12' noenhanced",
        f"set title {quoted(f'''How far from its must is each figure? {machine['cpu']}, {machine['cores']} cores''')} tc rgb '{INK}'",
        f"set border 1 lc rgb '{INK}'", "set logscale x", f"set xrange [{WORST}:{BEST}]", f"set yrange [0:{len(figures) + 1}]",
        f"set xtics nomirror tc rgb '{INK}' ('100 times worse' 0.01, '10 times worse' 0.1, 'must' 1, '10 times better' 10)", "unset ytics",
        f"set grid xtics lt 1 lc rgb '{FAINT}' lw 0.5", f"set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb '{INK}' lw 1.5",
        f"set key below maxrows 1 tc rgb '{INK}'", "set lmargin at screen 0.265", "set rmargin at screen 0.70",
        "plot " + ", ".join(f"${name} {plots[name]}" for name, found in points.items() if found)]
    return subprocess.run(["gnuplot"], input="\n".join(script), check=True, capture_output=True, text=True).stdout
