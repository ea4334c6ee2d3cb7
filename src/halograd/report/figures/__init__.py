"""The figures, one per file; each function returns a Matplotlib figure."""

from halograd.report.figures.calibration import calibration_figure
from halograd.report.figures.convergence import convergence_figure
from halograd.report.figures.corner import corner_figure
from halograd.report.figures.data_importance import data_importance_figure
from halograd.report.figures.densities import densities_figure
from halograd.report.figures.ellipses import ellipses_figure
from halograd.report.figures.gradients import gradients_figure
from halograd.report.figures.halo_mass_function import halo_mass_function_figure
from halograd.report.figures.halos_slice import halos_slice_figure
from halograd.report.figures.mass_function import mass_function_figure
from halograd.report.figures.observation import observation_figure
from halograd.report.figures.occupation import occupation_figure
from halograd.report.figures.predictive import predictive_figure
from halograd.report.figures.pulls import pulls_figure
from halograd.report.figures.ranks import ranks_figure
from halograd.report.figures.relation_posterior import relation_posterior_figure
from halograd.report.figures.satellite_fraction import satellite_fraction_figure
from halograd.report.figures.separations import separations_figure
from halograd.report.figures.smallest_scale import smallest_scale_figure
from halograd.report.figures.smhm import smhm_figure
from halograd.report.figures.starts import starts_figure
from halograd.report.figures.traces import traces_figure
from halograd.report.figures.training import training_figure
from halograd.report.figures.triangle import triangle_figure

__all__ = [
    "calibration_figure",
    "convergence_figure",
    "corner_figure",
    "data_importance_figure",
    "densities_figure",
    "ellipses_figure",
    "gradients_figure",
    "halo_mass_function_figure",
    "halos_slice_figure",
    "mass_function_figure",
    "observation_figure",
    "occupation_figure",
    "predictive_figure",
    "pulls_figure",
    "ranks_figure",
    "relation_posterior_figure",
    "satellite_fraction_figure",
    "separations_figure",
    "smallest_scale_figure",
    "smhm_figure",
    "starts_figure",
    "traces_figure",
    "training_figure",
    "triangle_figure",
]
