"""The draws of every chain in order, and how they spread."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from halograd.inference import Chains
from halograd.models import Parameter
from halograd.report import style


@style.styled
def traces_figure(chains: Chains, parameters: Sequence[Parameter]) -> Figure:
    """Each parameter against the number of the draw, one colour for each chain.

    Chains that have mixed look like one band of noise. Divergent transitions are marked at the
    foot of each panel.

    Args:
        chains: Draws.
        parameters: Of the model, for labels.
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
            axes.plot(at, np.zeros(at.size), "|", color=color, transform=_foot(axes))
        axes.set_ylabel(p.label)
        axes.yaxis.set_major_locator(MaxNLocator(3, prune="both"))
    panels[-1].set(xlabel="draw", xlim=(1, max(chains.n_draw, 2)))
    figure.align_ylabels(panels)
    legend = figure.legend(loc="outside upper center", ncols=min(len(chains.u), 4))
    for line in legend.get_lines():
        line.set(linewidth=2.0, alpha=1.0)
    return figure


def _foot(axes: object) -> object:
    """Data along x, the height of the panel along y."""
    return axes.get_xaxis_transform()
