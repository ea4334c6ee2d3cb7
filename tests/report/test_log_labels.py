"""Labels of logarithmic axes: none overlap, and there are enough to read a number off."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from halograd.report import style
from halograd.report.log_labels import use_log_scale


@style.styled
def labels(which, limits, inches):
    """Texts and extents of the labels of one axis of that length, along it."""
    figure = Figure(figsize=(8, 8))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.15, 0.15, inches / 8, inches / 8))
    use_log_scale(axes, which)
    axes.set(**{f"{which}lim": limits})
    figure.canvas.draw()
    axis = axes.xaxis if which == "x" else axes.yaxis
    shown = []
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        text = tick.label1.get_text()
        if text and limits[0] <= tick.get_loc() <= limits[1]:
            box = tick.label1.get_window_extent()
            ends = (box.x0, box.x1) if which == "x" else (box.y0, box.y1)
            shown.append((tick.get_loc(), text, ends))
    return sorted(shown)


@pytest.mark.parametrize(
    ("limits", "inches", "expected"),
    [
        ((0.105, 0.47), 5.4, ["0.2", "0.3", "0.4"]),
        ((0.105, 0.47), 1.6, ["0.2", "0.4"]),
        ((0.15, 20.0), 5.4, ["0.3", "1", "3", "10"]),
        ((0.08, 25.0), 2.0, ["0.1", "1", "10"]),
        ((2e-6, 3e-2), 4.0, [rf"10^{{-{n}}}" for n in (5, 4, 3, 2)]),
    ],
)
def test_labels(limits, inches, expected):
    assert [text for _, text, _ in labels("x", limits, inches)] == [f"${t}$" for t in expected]


@pytest.mark.parametrize("which", ["x", "y"])
@pytest.mark.parametrize("inches", [1.2, 5.4])
@pytest.mark.parametrize("decades", [0.3, 0.65, 1.4, 2.6])
def test_no_labels_overlap_and_one_is_there(which, inches, decades):
    for low in (0.013, 0.7):
        shown = labels(which, (low, low * 10**decades), inches)
        assert shown
        ends = np.array([ends for _, _, ends in shown])
        assert (ends[1:, 0] > ends[:-1, 1]).all(), [text for _, text, _ in shown]
