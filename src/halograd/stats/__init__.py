"""Summary statistics of weighted halos: n, the SMF, wp and ΔΣ, exact and differentiable."""

from halograd.stats.clustering import pairless_samples, wp
from halograd.stats.lensing import delta_sigma, empty_samples
from halograd.stats.mass_function import number_density, stellar_mass_function
from halograd.stats.profiles import delta_sigma_profiles
from halograd.stats.weights import interval_weights, sample_weights

__all__ = [
    "delta_sigma",
    "delta_sigma_profiles",
    "empty_samples",
    "interval_weights",
    "number_density",
    "pairless_samples",
    "sample_weights",
    "stellar_mass_function",
    "wp",
]
