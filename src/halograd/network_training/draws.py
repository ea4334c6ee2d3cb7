"""The problems that a network is trained and tested on: mass functions, scatters and halos."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import qmc

from halograd.kernels import Kernel
from halograd.kernels import kernel as named_kernel
from halograd.network_training.misfit import returned_misfit
from halograd.sham.abundance import RollingPowerLaw, bolshoi_planck
from halograd.sham.network.correction import corrected
from halograd.sham.network.features import describe
from halograd.sham.network.labels import MASS_RANGE, Labels, label_halos, labelled_range
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import DoubleSchechter

__all__ = ["Domain", "Draws", "Problems", "prepare", "sample"]

Interval = tuple[float, float]

_N_LABEL = 320
_CHUNK = 50
_CORRECTIONS, _SOLVED = 4, 0.02  # dex
_SINGLE_AMPLITUDE = -3.0  # log10 φ2/φ1 of the second component, of the same slope as the first
_PAPER_MASS, _PAPER_PHI, _PAPER_ALPHA = 10.85, (-2.9, -1.7), (-1.7, -0.4)


class Domain(NamedTuple):
    """Between which values each parameter is drawn.

    Attributes:
        log_mstar: Knee of the Schechter functions, log10 Msun.
        log_phi: Normalisation of the first component, log10 (Mpc/h)^-3.
        alpha: Faint-end slope of the first component, or of the only one.
        log_ratio: log10 φ2/φ1.
        alpha2: Faint-end slope of the second component, the steeper one.
        scatter_low: σ of light halos, dex.
        scatter_high: σ of massive halos, dex.
        scatter_log_m_mid: log10 of the halo mass half way between them, Msun/h.
        scatter_k: Steepness of the scatter, per dex.
        abundance_log_density: `RollingPowerLaw.log_density_mid`.
        abundance_log_m: `RollingPowerLaw.log_m_mid`.
        redshift: Redshift of the halos drawn from `bolshoi_planck`.
    """

    log_mstar: Interval = (10.5, 11.8)
    log_phi: Interval = (-4.5, -1.8)
    alpha: Interval = (-1.9, 0.5)
    log_ratio: Interval = (-3.0, 0.2)
    alpha2: Interval = (-2.2, -0.9)
    scatter_low: Interval = (0.0, 0.5)
    scatter_high: Interval = (0.0, 0.5)
    scatter_log_m_mid: Interval = (11.5, 12.5)
    scatter_k: Interval = (0.7, 1.4)
    abundance_log_density: Interval = (-8.1, -5.9)
    abundance_log_m: Interval = (13.0, 15.6)
    redshift: Interval = (0.0, 3.0)


class Draws(eqx.Module):
    """n mass functions, scatters and abundances; every leaf has n rows."""

    smf: DoubleSchechter
    scatter: Scatter
    shmf: RollingPowerLaw


class Problems(eqx.Module):
    """Draws made ready for the loss; every leaf has n rows.

    Attributes:
        labels: Halos labelled by their abundance.
        usable: (n,), whether eq. (1) has a solution, or nearly.
    """

    labels: Labels
    usable: jax.Array


def sample(domain: Domain, n: int, seed: int) -> Draws:
    """A Latin hypercube over the domain, in four strata that take turns.

    Two of double Schechter functions; one of single ones; and one of the shapes of
    arXiv:2112.08423, widened: a knee at 10^10.85 Msun, the default form of the scatter, and the
    halos of `bolshoi_planck`.
    """
    unit = qmc.LatinHypercube(len(domain), rng=seed).random(n)
    low, high = np.array(domain).T
    drawn = Domain(*(low + unit * (high - low)).T)
    stratum = np.arange(n) % 4
    single, paper = stratum >= 2, stratum == 3
    alpha = np.where(single, np.minimum(drawn.alpha, _PAPER_ALPHA[1]), drawn.alpha)
    alpha = np.where(paper, _rescaled(unit[:, 2], _PAPER_ALPHA), alpha)
    alpha2 = np.where(single, alpha, np.minimum(drawn.alpha2, alpha))
    log_phi = np.where(paper, _rescaled(unit[:, 1], _PAPER_PHI), drawn.log_phi)
    log_phi2 = log_phi + np.where(single, _SINGLE_AMPLITUDE, drawn.log_ratio)
    log_mstar = np.where(paper, _PAPER_MASS, drawn.log_mstar)
    default = Scatter()
    mid = np.where(paper, default.log_m_mid, drawn.scatter_log_m_mid)
    k = np.where(paper, default.k, drawn.scatter_k)
    simulated = jax.vmap(bolshoi_planck)(jnp.asarray(drawn.redshift, jnp.float32))
    log_density = np.where(paper, simulated.log_density_mid, drawn.abundance_log_density)
    log_m = np.where(paper, simulated.log_m_mid, drawn.abundance_log_m)
    return Draws(
        _stacked(DoubleSchechter, log_mstar, log_phi, alpha, log_phi2, alpha2),
        _stacked(Scatter, drawn.scatter_low, drawn.scatter_high, mid, k),
        _stacked(RollingPowerLaw, log_density, log_m),
    )


def prepare(
    draws: Draws, kernel_name: str, on_progress: Callable[[int, int], None] | None = None
) -> Problems:
    """Label the halos of each draw, and find out for which eq. (1) has a solution, or nearly."""
    n = draws.scatter.low.shape[0]
    chunks = []
    for first in range(0, n, _CHUNK):
        rows = slice(first, first + _CHUNK)
        chunk = jax.tree.map(lambda a, rows=rows: a[rows], draws)
        chunks.append(jax.device_get(_prepare(chunk, kernel_name)))
        if on_progress is not None:
            on_progress(min(first + _CHUNK, n), n)
    return jax.tree.map(lambda *parts: np.concatenate(parts), *chunks)


@eqx.filter_jit
def _prepare(draws: Draws, kernel_name: str) -> Problems:
    kernel = named_kernel(kernel_name)

    def one(draw: Draws) -> Problems:
        parts = draw.smf, draw.scatter, draw.shmf
        labels = label_halos(*parts, kernel, labelled_range(MASS_RANGE), _N_LABEL)
        return Problems(labels, _is_solvable(labels, kernel))

    return jax.vmap(one)(draws)


def _is_solvable(labels: Labels, kernel: Kernel) -> jax.Array:
    """Whether corrections of the first-order shift come near a solution."""
    shift, _ = describe(labels, kernel)
    mean = labels.log_mstar + labels.sigma()[0] * shift
    correct = lambda mean, _: (corrected(mean, labels, kernel, MASS_RANGE), None)  # noqa: E731
    mean, _ = jax.lax.scan(correct, mean, length=_CORRECTIONS)
    misfit, _ = returned_misfit(mean, labels, kernel)
    return jnp.max(jnp.abs(misfit)) < _SOLVED


def _rescaled(unit: np.ndarray, interval: Interval) -> np.ndarray:
    return interval[0] + unit * (interval[1] - interval[0])


def _stacked(kind: type, *columns: np.ndarray) -> eqx.Module:
    return jax.vmap(kind)(*(jnp.asarray(column, jnp.float32) for column in columns))
