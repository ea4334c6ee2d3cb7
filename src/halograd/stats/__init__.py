"""Summary statistics of weighted halos, exact and differentiable, and their jackknife scatter."""

from halograd.models.weights import interval_weights, sample_weights
from halograd.stats.analytic_profiles import analytic_delta_sigma_profiles
from halograd.stats.clustering import wp, xi, xi_rp_pi, xi_s_mu
from halograd.stats.hartlap import hartlap
from halograd.stats.jackknife import Jackknife
from halograd.stats.leave_one_out import LeaveOneOut
from halograd.stats.lensing import delta_sigma, empty_samples
from halograd.stats.lensing_profiles import lensing_profiles
from halograd.stats.mass_function import number_density, stellar_mass_function
from halograd.stats.multipoles import multipoles
from halograd.stats.overdensity import pairless_samples
from halograd.stats.percival import percival
from halograd.stats.profiles import delta_sigma_profiles
from halograd.stats.redshift_space import redshift_space_positions
from halograd.stats.subsampling import subsampling_covariance

__all__ = [
    "Jackknife",
    "LeaveOneOut",
    "analytic_delta_sigma_profiles",
    "delta_sigma",
    "delta_sigma_profiles",
    "empty_samples",
    "hartlap",
    "interval_weights",
    "lensing_profiles",
    "multipoles",
    "number_density",
    "pairless_samples",
    "percival",
    "redshift_space_positions",
    "sample_weights",
    "stellar_mass_function",
    "subsampling_covariance",
    "wp",
    "xi",
    "xi_rp_pi",
    "xi_s_mu",
]
