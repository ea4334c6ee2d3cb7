"""Published relations as thin lines over a figure of halo mass."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from halograd.observations.relations import Relation
from halograd.report import style

_DASHES = ((0, (5, 1.5)), (0, (5, 1.5, 1, 1.5)), (0, (1.5, 1)), (0, (8, 1.5, 1, 1.5, 1, 1.5)))


def draw_published(
    axes: Axes, published: Sequence[Relation], log_mpeak: np.ndarray, subtract: ArrayLike = 0.0
) -> None:
    """Draw log10 M* of each relation, less `subtract`, where its paper supports it.

    Args:
        axes: Gets a labelled line for each.
        published: The relations.
        log_mpeak: (n,), where to draw them.
        subtract: (n,) or a number, dex.
    """
    for row, relation in enumerate(published):
        axes.plot(
            log_mpeak,
            relation.log_mstar(log_mpeak) - subtract,
            color=style.CATEGORIES[1 + row % (len(style.CATEGORIES) - 2)],
            linestyle=_DASHES[row % len(_DASHES)],
            linewidth=1.7,
            label=relation.label,
            zorder=4,
        )
