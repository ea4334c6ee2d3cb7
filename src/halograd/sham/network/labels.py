"""Halos in the order of their abundance, labelled by the stellar mass that order alone gives."""

import equinox as eqx
import jax
import numpy as np

from halograd.kernels import Kernel
from halograd.sham._interpolation import even_cubic, value_and_slope
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.matching import label_ends, matched_log_m
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["MASS_RANGE", "Labels", "label_halos", "labelled_range"]

LN10 = float(np.log(10.0))
MASS_RANGE = (9.0, 12.0)
_MARGIN_BELOW, _MARGIN_ABOVE = 0.5, 0.2


class Labels(eqx.Module):
    """Halos labelled by s, in which their density is the SMF itself, as eq. (1) needs them.

        log10 n_gal(>s) = log10 n_halo(>M),   φ(m) = ∫ ds φ(s) P(m | μ(s), σ(s))

    Attributes:
        smf: The stellar mass function.
        scatter: σ of log10 halo mass.
        start: The first label, log10 Msun.
        spacing: Distance of the labels, dex.
        log_m: (n,), log10 halo mass at the labels, Msun/h.
        log_m_slope: (n,), its derivative in s.
    """

    smf: StellarMassFunction
    scatter: Scatter
    start: jax.Array
    spacing: jax.Array
    log_m: jax.Array
    log_m_slope: jax.Array

    @property
    def log_mstar(self) -> jax.Array:
        """The labels s, log10 Msun. (n,)"""
        return self.start + self.spacing * np.arange(self.log_m.size)

    def sigma(self) -> tuple[jax.Array, jax.Array]:
        """σ at the labels, dex, and its derivative in s. (n,) x 2"""
        sigma, slope = value_and_slope(self.scatter, self.log_m)
        return sigma, slope * self.log_m_slope

    def sigma_at(self, log_mstar: jax.Array) -> jax.Array:
        """σ at any s, dex, elementwise."""
        at = (log_mstar - self.start) / self.spacing
        return self.scatter(even_cubic(at, self.log_m, self.spacing * self.log_m_slope))

    def ln_slope_at(self, log_mstar: jax.Array) -> jax.Array:
        """Logarithmic slope d ln φ/ds of the SMF at any s, elementwise."""
        return LN10 * value_and_slope(self.smf.log_density, log_mstar)[1]


def label_halos(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    kernel: Kernel,
    masses: tuple[float, float],
    n_label: int,
) -> Labels:
    """Labels that reach every halo whose galaxies enter φ between two masses (log10 Msun)."""
    first, last = label_ends(smf, scatter, kernel, masses)
    spacing = (last - first) / (n_label - 1)
    log_m, slope = matched_log_m(first + spacing * np.arange(n_label), smf, shmf)
    return Labels(smf, scatter, first, spacing, log_m, slope)


def labelled_range(mass_range: tuple[float, float]) -> tuple[float, float]:
    """Range of masses, log10 Msun, all of whose galaxies must come from halos with a label."""
    return mass_range[0] - _MARGIN_BELOW, mass_range[1] + _MARGIN_ABOVE
