"""The figures; each function returns a Matplotlib figure."""

from halograd.report.figures.calibration import calibration_figure
from halograd.report.figures.chains import ranks_figure, traces_figure
from halograd.report.figures.convergence import convergence_figure, starts_figure
from halograd.report.figures.gradients import gradients_figure
from halograd.report.figures.halo_masses import halo_mass_function_figure, satellite_fraction_figure
from halograd.report.figures.halos_slice import halos_slice_figure
from halograd.report.figures.information import data_importance_figure, smallest_scale_figure
from halograd.report.figures.mass_function import mass_function_figure
from halograd.report.figures.network import training_figure, validation_figure, worst_figure
from halograd.report.figures.observation import observation_figure
from halograd.report.figures.occupation import occupation_figure
from halograd.report.figures.predictive import predictive_figure
from halograd.report.figures.pulls import pulls_figure
from halograd.report.figures.quenched_fraction import quenched_fraction_figure
from halograd.report.figures.relation_posterior import relation_posterior_figure
from halograd.report.figures.separations import separations_figure
from halograd.report.figures.single_numbers import single_numbers_figure
from halograd.report.figures.smhm import smhm_figure
from halograd.report.figures.triangle import corner_figure, ellipses_figure, triangle_figure

__all__ = [
    "calibration_figure",
    "convergence_figure",
    "corner_figure",
    "data_importance_figure",
    "ellipses_figure",
    "gradients_figure",
    "halo_mass_function_figure",
    "halos_slice_figure",
    "mass_function_figure",
    "observation_figure",
    "occupation_figure",
    "predictive_figure",
    "pulls_figure",
    "quenched_fraction_figure",
    "ranks_figure",
    "relation_posterior_figure",
    "satellite_fraction_figure",
    "separations_figure",
    "single_numbers_figure",
    "smallest_scale_figure",
    "smhm_figure",
    "starts_figure",
    "traces_figure",
    "training_figure",
    "triangle_figure",
    "validation_figure",
    "worst_figure",
]
