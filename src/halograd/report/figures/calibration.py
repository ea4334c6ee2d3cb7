"""Ranks of truths among draws of their posteriors, as differences from uniformity."""

from matplotlib.figure import Figure

from halograd.inference import Calibration
from halograd.inference.uniformity import ecdf, ecdf_band
from halograd.report import style


@style.styled
def calibration_figure(calibration: Calibration) -> Figure:
    """Empirical distribution of ranks minus the uniform one, for every quantity.

    The band holds the whole curve of a calibrated posterior with a probability of 95 %
    (Säilynoja et al. 2022, arXiv:2103.10522). Curves like ∩ mean truths below the posterior,
    ∪ above it; S shapes mean posteriors of a wrong width.

    Args:
        calibration: From `calibrate`.
    """
    n_truth, n = calibration.ranks.shape
    columns = min(n, 3)
    rows = -(-n // columns)
    figure = style.new_figure(style.WIDTH, 1.9 * rows + 0.7)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    band = ecdf_band(n_truth, calibration.n_rank)
    for axes, name, ranks in zip(grid, calibration.names, calibration.ranks.T, strict=False):
        edges = (band.low - band.fractions, band.high - band.fractions)
        axes.fill_between(band.fractions, *edges, step="mid", color=style.LIGHT, linewidth=0)
        apart = ecdf(ranks, calibration.n_rank) - band.fractions
        axes.plot(band.fractions, apart, color=style.CATEGORIES[0], drawstyle="steps-mid")
        axes.axhline(0, color=style.GREY, linewidth=0.9)
        axes.set_title(name.replace("_", " "))
        axes.set_xlim(0, 1)
    for axes in grid[n:]:
        axes.set_visible(False)
    figure.supxlabel("rank of the truth")
    figure.supylabel("ECDF minus uniform")
    return figure
