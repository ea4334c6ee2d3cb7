"""One look for every figure: fonts, colours that colour-blind eyes tell apart, sizes."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from halograd._atomic import atomic_write

P = ParamSpec("P")
R = TypeVar("R")

DPI = 200
WIDTH = 6.4  # inches: labels stay legible on a phone and from the back of a room

INK, GREY, LIGHT = "#1d2430", "#7a8494", "#d5dae1"

# Okabe & Ito (2008), in an order that keeps neighbours apart, without the yellow that paper eats.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5b4a9c", INK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "h")
LINES = {"truth": (0, (5, 2.2)), "start": (0, (1, 1.6))}

_SAMPLES = LinearSegmentedColormap.from_list(
    "halograd_samples", ("#22406f", "#11858a", "#e39a2d", "#bf3b2b")
)

_RC = {
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "mathtext.fontset": "stix",
    "font.size": 13,
    "axes.labelsize": 14,
    "axes.titlesize": 13,
    "axes.linewidth": 0.9,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=CATEGORIES),
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.size": 5.5,
    "ytick.major.size": 5.5,
    "xtick.minor.size": 3,
    "ytick.minor.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 11.5,
    "legend.handlelength": 1.9,
    "lines.linewidth": 1.9,
    "lines.markersize": 5,
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function in this style and leave Matplotlib's settings as they were."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_RC)
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float, height: float) -> Figure:
    """An empty figure in inches, tied to no window and no pyplot state."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


@styled
def save_png(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all."""
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI)


def width_of(n_panel: int) -> float:
    """The width of a figure with panels side by side, inches."""
    return WIDTH if n_panel == 1 else 0.6 * WIDTH * n_panel


def sample_colors(n: int) -> list[tuple[float, ...]]:
    """Colours that run with stellar mass, from blue to red."""
    spread = {1: (0.0,), 3: (0.0, 1 / 3, 1.0)}.get(n, np.linspace(0, 1, n))
    return [_SAMPLES(x) for x in spread]


def curve_color(color: tuple[float, ...] | str, role: str) -> tuple[float, ...]:
    """The colour of a sample, darker for the truth, so that it shows on top of a good fit."""
    shade = 0.55 if role == "truth" else 0.0
    return tuple(
        (1 - shade) * c + shade * i for c, i in zip(to_rgb(color), to_rgb(INK), strict=True)
    )


def curve_line(role: str) -> dict[str, object]:
    """Line style and weight of a curve: solid for the model, dashed truth, dotted start."""
    return {"linestyle": LINES.get(role, "-"), "linewidth": 1.5 if role in LINES else 2.0}


def dodge(x: np.ndarray, row: int, n_row: int) -> np.ndarray:
    """Separations on a logarithmic axis, moved a little so that no sample hides another."""
    if n_row < 2 or len(x) < 2:
        return x
    step = min(0.022, 0.25 * np.diff(np.log10(x)).min() / (n_row - 1))
    return x * 10 ** (step * (row - (n_row - 1) / 2))


def whole_numbers(axes: Axes) -> None:
    """Ticks of a horizontal axis of steps or draws."""
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    axes.tick_params(axis="x", which="minor", length=0)


def no_minor_ticks(axes: Axes, which: str) -> None:
    """Only labelled ticks on an axis of categories."""
    axes.tick_params(axis=which, which="minor", length=0)
    axes.tick_params(axis=which, which="major", length=0)
