"""The chains of a sampling: draws in their order, and ranks among all draws.

Drawn here rather than by arviz: its `plot_trace` and `plot_rank` go through the global state of
pyplot, have no band for what uniform ranks may do, and would need every label drawn again.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.stats import rankdata

from halograd.inference import Chains
from halograd.models import Parameter
from halograd.report import style

_BINS = 20


@style.styled
def traces_figure(chains: Chains, parameters: Sequence[Parameter]) -> Figure:
    """Each parameter against the number of the draw, one colour for each chain.

    Chains that have mixed look like one band of noise. Divergent transitions are marked at the
    foot of each panel.

    Args:
        chains: Draws.
        parameters: Parameters of the model, for labels.
    """
    shown = [p for p in parameters if p.name in chains.names]
    figure = style.new_figure(style.WIDTH, 1.15 * len(shown) + 0.9)
    figure.get_layout_engine().set(hspace=0.0, h_pad=0.02)
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    numbers = np.arange(1, chains.n_draw + 1)
    for axes, p in zip(panels, shown, strict=True):
        for i, values in enumerate(chains.theta[p.name]):
            color = style.CATEGORIES[i % len(style.CATEGORIES)]
            label = f"chain {i + 1}" if axes is panels[0] else None
            axes.plot(numbers, values, color=color, linewidth=0.6, alpha=0.8, label=label)
            at = numbers[chains.divergent[i]]
            axes.plot(at, np.zeros(at.size), "|", color=color, transform=axes.get_xaxis_transform())
        axes.set_ylabel(p.label)
        axes.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
    panels[-1].set(xlabel="draw", xlim=(1, max(chains.n_draw, 2)))
    figure.align_ylabels(panels)
    legend = figure.legend(loc="outside upper center", ncols=min(len(chains.u), 4))
    for line in legend.get_lines():
        line.set(linewidth=2.0, alpha=1.0)
    return figure


@style.styled
def ranks_figure(chains: Chains, parameters: Sequence[Parameter]) -> Figure:
    """Histograms of ranks (Vehtari et al. 2021, arXiv:1903.08008), over what uniformity gives.

    Chains that sample the same distribution have flat histograms; the band holds 95 % of bins
    for independent draws, and is too narrow in proportion as draws depend on each other.

    Args:
        chains: Draws.
        parameters: Parameters of the model, for labels.
    """
    shown = [p for p in parameters if p.name in chains.names]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = style.new_figure(style.WIDTH, 1.75 * rows + 0.8)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for axes, p in zip(grid, shown, strict=False):
        for i, heights in enumerate(_heights(chains.theta[p.name])):
            color = style.CATEGORIES[i % len(style.CATEGORIES)]
            label = f"chain {i + 1}" if axes is grid[0] else None
            edges = np.linspace(0, 1, len(heights) + 1)
            axes.stairs(heights, edges, baseline=None, color=color, linewidth=1.3, label=label)
        spread = 1.96 * np.sqrt(len(heights) / chains.n_draw)
        axes.axhspan(1 - spread, 1 + spread, color=style.LIGHT, linewidth=0, zorder=0)
        axes.axhline(1, color=style.GREY, linewidth=0.9)
        axes.set_title(p.label)
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    grid[0].set_ylim(0, None)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel("rank among all draws")
    figure.supylabel("density")
    figure.legend(loc="outside upper center", ncols=min(len(chains.u), 4))
    return figure


def _heights(values: np.ndarray) -> np.ndarray:
    """Density of the ranks of each chain. (n_chain, n_bin)"""
    ranks = (rankdata(values).reshape(values.shape) - 0.5) / values.size
    n_bin = int(np.clip(values.shape[1] // 10, 2, _BINS))
    counts = [np.histogram(row, n_bin, (0, 1))[0] for row in ranks]
    return np.array(counts) * n_bin / values.shape[1]
