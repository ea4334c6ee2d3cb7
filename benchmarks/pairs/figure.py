"""The run as a picture: time against points, and the ratios against their targets."""

import matplotlib.pyplot as plt
import numpy as np

_COLOURS = {"halograd": "C0", "Corrfunc": "C1", "halotools": "C2", "shamnet": "C3"}
_MARKERS = "osD^vP*X<>dp"


def save(path, results, lines, threads):
    """Write the figure as PNG.

    Args:
        path: Where to.
        results: The Results of the run.
        lines: The summary, from `targets.lines`.
        threads: The number of threads to show times for.
    """
    figure, (times, ratios) = plt.subplots(1, 2, figsize=(15, 7), layout="constrained")
    _plot_times(times, results, threads)
    _plot_ratios(ratios, [line for line in lines if line["bound"] is not None])
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _plot_times(axes, results, threads):
    series = {}
    for case, record in results.cases():
        if "seconds" in record and case.threads == threads and case.task != "prepare":
            series.setdefault(_name(case), (case.code, []))[1].append((case.n, record["seconds"]))
    drawn = dict.fromkeys(_COLOURS, 0)
    for name, (code, points) in sorted(series.items()):
        n, seconds = np.transpose(sorted(points))
        marker = _MARKERS[drawn[code] % len(_MARKERS)]
        style = {"color": _COLOURS[code], "marker": marker, "markersize": 5}
        axes.loglog(n, seconds, label=name, alpha=0.8, linewidth=1, **style)
        drawn[code] += 1
    axes.set(xlabel="points", ylabel="seconds", title=f"{threads} threads")
    axes.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    axes.grid(alpha=0.2)


def _name(case):
    return case.label.replace(f", {case.threads} thr", "")


def _plot_ratios(axes, lines):
    """Measured over bound, inverted where more is better: left of 1 is within the target."""
    loads = [
        line["value"] / line["bound"] if line["at_most"] else line["bound"] / line["value"]
        for line in lines
    ]
    colours = [{True: "C2", False: "C3", None: "0.7"}[line["met"]] for line in lines]
    names = [f"{line['name']}\n{line['value']:.3g} at {line['n']:,} points" for line in lines]
    rows = np.arange(len(lines))
    axes.barh(rows, loads, color=colours)
    axes.axvline(1, color="k", linewidth=1)
    axes.set_yticks(rows, names, fontsize=7)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="measured / target", title="grey: not at the target's size")
