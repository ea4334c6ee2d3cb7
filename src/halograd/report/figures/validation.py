"""How well relations give back the mass functions asked for, on draws not trained on."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from halograd.report import style

if TYPE_CHECKING:
    from halograd.network_training.validate import FamilyResult, Validation

_METHODS = {"network": "network", "exact": "exact solver", "published": "published network"}
_FLOOR = 1e-7  # dex
_N_WORST = 5


@style.styled
def validation_figure(validation: "Validation") -> Figure:
    """Size of the error of log10 φ against stellar mass, one panel a family.

    Bands run from the median to the 99th percentile of the solvable draws; lines show the worst.
    """
    from halograd.network_training.recovery import COMPARED

    found = validation.families
    figure = style.new_figure(style.WIDTH, 3.1 * len(found) + 0.6)
    panels = figure.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    for axes, result in zip(panels, found, strict=True):
        for i, (method, label) in enumerate(_METHODS.items()):
            error = _error(result, method)
            if error is not None and len(error):
                _band(axes, COMPARED, np.abs(error), style.CATEGORIES[i], label)
        axes.set(yscale="log", ylabel=r"$|\Delta \log_{10}\phi|$ / dex")
        axes.set_title(result.family.title, loc="left")
        axes.axhline(0.01, color=style.GREY, linewidth=0.9, linestyle=style.LINES["start"])
    panels[0].legend(loc="upper left", ncols=3)
    panels[-1].set_xlabel(r"$\log_{10} M_* / M_\odot$")
    return figure


@style.styled
def worst_figure(validation: "Validation") -> Figure:
    """The error of log10 φ of the draws that the network does worst, one panel a family."""
    from halograd.network_training.recovery import COMPARED

    found = validation.families
    figure = style.new_figure(style.WIDTH, 2.6 * len(found) + 0.6)
    panels = figure.subplots(len(found), 1, sharex=True, squeeze=False)[:, 0]
    for axes, result in zip(panels, found, strict=True):
        rows = np.flatnonzero(result.solvable)
        worst = np.abs(result.network.error[rows]).max(axis=1)
        for i, row in enumerate(rows[np.argsort(-worst)][:_N_WORST]):
            label = f"draw {row}" + ("" if result.network.in_domain[row] else ", flagged")
            color = style.CATEGORIES[i]
            axes.plot(COMPARED, result.network.error[row], color=color, label=label)
        axes.set_ylabel(r"$\Delta \log_{10}\phi$ / dex")
        axes.set_title(result.family.title, loc="left")
        if len(rows):
            axes.legend(loc="best", fontsize=9)
    panels[-1].set_xlabel(r"$\log_{10} M_* / M_\odot$")
    return figure


def _error(result: "FamilyResult", method: str) -> np.ndarray | None:
    if method == "exact":
        return result.exact_at(result.exact_found)
    found = getattr(result, method)
    return None if found is None else found.error[result.solvable]


def _band(axes: Axes, x: np.ndarray, size: np.ndarray, color: str, label: str) -> None:
    size = np.maximum(size, _FLOOR)
    middle, high = np.percentile(size, [50, 99], axis=0)
    axes.fill_between(x, middle, high, color=color, alpha=0.35, linewidth=0, label=label)
    axes.plot(x, size.max(axis=0), color=color, linewidth=1.0)
