"""The figures, one per file; each function returns a Matplotlib figure."""

from halograd.report.figures.clustering import clustering_figure
from halograd.report.figures.convergence import convergence_figure
from halograd.report.figures.corner import corner_figure
from halograd.report.figures.gradients import gradients_figure
from halograd.report.figures.halos_slice import halos_slice_figure
from halograd.report.figures.lensing import lensing_figure
from halograd.report.figures.mass_function import mass_function_figure
from halograd.report.figures.pulls import pulls_figure
from halograd.report.figures.smhm import smhm_figure
from halograd.report.figures.training import training_figure

__all__ = [
    "clustering_figure",
    "convergence_figure",
    "corner_figure",
    "gradients_figure",
    "halos_slice_figure",
    "lensing_figure",
    "mass_function_figure",
    "pulls_figure",
    "smhm_figure",
    "training_figure",
]
