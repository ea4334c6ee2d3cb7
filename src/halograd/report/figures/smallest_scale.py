"""How much of the information is left when small scales are cut."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from halograd.inference import ScaleCuts
from halograd.models import Parameter
from halograd.report import style
from halograd.report.log_labels import use_log_scale


@style.styled
def smallest_scale_figure(cuts: ScaleCuts, parameters: Sequence[Parameter]) -> Figure | None:
    """The share of 1/σ² of all scales that is left from a smallest scale on.

    Where there are numbers without a scale, the curves end in what they say alone.

    Args:
        cuts: Errors by smallest scale.
        parameters: The columns of its errors.

    Returns:
        None where the data have no scales, or constrain no parameter.
    """
    finite = np.isfinite(cuts.smallest)
    known = np.isfinite(cuts.errors[0])
    if not (finite.any() and known.any()):
        return None
    figure = style.new_figure(style.WIDTH, 4.4)
    axes = figure.subplots()
    scale = np.where(finite, cuts.smallest, 1.3 * cuts.smallest[finite].max())
    for i in np.flatnonzero(known):
        cycle, place = divmod(int(i), len(style.CATEGORIES))
        axes.plot(
            scale,
            (cuts.errors[0, i] / cuts.errors[:, i]) ** 2,
            drawstyle="steps-pre",
            color=style.CATEGORIES[place],
            marker=style.MARKERS[place],
            linestyle="--" if cycle else "-",
            label=parameters[i].label,
        )
    use_log_scale(axes, "x")
    axes.set(ylim=(0, 1.05))
    axes.set_xlabel(r"smallest scale used $[h^{-1}\,{\rm Mpc}]$")
    axes.set_ylabel(r"$\sigma^2({\rm all})\,/\,\sigma^2(>r)$")
    figure.legend(loc="outside upper center", ncols=min(int(known.sum()), 5))
    return figure
