"""Classical abundance matching: the mean relation by deconvolution on the host."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from scipy.interpolate import PchipInterpolator

from halograd._arrays import real_array
from halograd._precision import float64
from halograd.errors import HalogradError
from halograd.kernels import kernel as named_kernel
from halograd.sham._leaves import check_range
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.forward import smf_from_relation
from halograd.sham.host_values import host_values, in_float64
from halograd.sham.relation_table import RelationTable, TabulatedRelation, misfit
from halograd.sham.reranking import labels, rerank
from halograd.sham.smf import StellarMassFunction

__all__ = ["DeconvolvedRelation", "deconvolved_relation"]

_MARGIN_BELOW, _MARGIN_ABOVE = 0.5, 0.2  # dex of stellar mass
_LIGHTER = np.arange(-3.0, -0.01, 0.05)  # dex of stellar mass below the labels
_FLATTEST = 0.01  # of dμ/ds
_N_NODE = 1024
_CLOSEST = 1e-4  # dex of halo mass between nodes
_TINY = 1e-30


class DeconvolvedRelation(TabulatedRelation):
    """A mean relation found by deconvolution; callable as μ(log10 M).

    Attributes:
        table: μ as a table in log10 M.
        steps: Number of steps of the iteration.
    """

    steps: jax.Array


def deconvolved_relation(
    smf: StellarMassFunction,
    scatter: Callable[[jax.Array], jax.Array],
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
    mass_range: tuple[float, float] = (9.0, 12.0),
    steps: int = 40,
    tolerance: float = 1e-4,
    spacing: float = 0.01,
) -> DeconvolvedRelation:
    """The mean relation of classical abundance matching with scatter.

    The iteration of `halograd.sham.reranking`: scatter the galaxies about a trial mean, re-rank
    them to the SMF, take the mean of each halo's re-ranked masses as the next trial, and begin
    with the relation without scatter. σ belongs to the halo: it is read at the halo mass of each
    label, which does not change, so that scatter that runs with mass needs no more steps.

    Where the SMF falls as fast as the scatter allows, or faster, the deconvolution is not unique:
    each step then lowers μ of massive halos further, and the number of steps stands in for a
    smoothness condition. `status` and `residual_dex` say how well eq. (1) is met. With the
    default `Schechter` and `bolshoi_planck` it gives log10 φ back within (rms, worst; dex)

        σ, kernel            9 < m < 11.5       9 < m < 12
        0.1, triweight       0.0001, 0.0001     0.0002, 0.0007
        0.2, triweight       0.0007, 0.003      0.010, 0.053
        0.3, triweight       0.006, 0.022       0.31, 1.7
        0.2, normal          0.003, 0.011       0.17, 0.91
        0.3, normal          0.016, 0.088       0.42, 2.1

    With `tolerance=0`, a normal kernel and as many steps, μ lies within 0.003 dex of the package
    AbundanceMatching 0.3.0 (σ from 0.1 to 0.3, 10 and 40 steps, densities above one object in
    (250 Mpc/h)^3), and within 0.001 where the package sums in finer steps.

    Args:
        smf: The stellar mass function to give back.
        scatter: σ in dex of log10 halo mass: `Scatter`, or any elementwise function.
        shmf: The abundance of the halos.
        kernel: "triweight" or "normal".
        mass_range: log10 stellar masses (Msun) between which the SMF counts.
        steps: The most steps to take.
        tolerance: Stop when log10 n(>m) comes back within this over `mass_range`, dex.
        spacing: Distance of the labels, dex of stellar mass.

    Raises:
        HalogradError: For traced arguments (this method has no derivatives), and for options or
            scatter that make no sense.
    """
    mass_range = check_range("mass_range", mass_range)
    shape = named_kernel(kernel)
    _check_options(steps, tolerance, spacing)
    smf, scatter, shmf = in_float64((smf, scatter, shmf))
    low, high = mass_range[0] - _MARGIN_BELOW, mass_range[1] + _MARGIN_ABOVE
    reach = shape.reach * _widest(smf, scatter, shmf, (low, high))
    label, log_above = labels(smf, low - reach, high, spacing)
    log_m = host_values("shmf", shmf.log_m_at, log_above)
    sigma = scatter_values(scatter, log_m)
    found = rerank(
        label, log_above, sigma, shape, compare=mass_range, steps=steps, tolerance=tolerance
    )
    below = label[0] + _LIGHTER
    lighter = host_values("smf", smf.log_cumulative_density, below)
    lighter = host_values("shmf", shmf.log_m_at, lighter)
    table = _table(
        np.concatenate([lighter, log_m]),
        np.concatenate([below, label]),
        np.concatenate([below + found.mean[0] - label[0], found.mean]),
    )
    with float64():
        residual = np.asarray(_residual(smf, scatter, shmf, table, kernel, mass_range))
    rms, worst = misfit(jnp.asarray(residual))
    return DeconvolvedRelation(rms, worst, table, jnp.asarray(found.steps))


def scatter_values(scatter: Callable, log_m: np.ndarray) -> np.ndarray:
    """σ in dex at log10 halo masses, or an error where it is negative or not finite. (n,)"""
    sigma = host_values("scatter", scatter, log_m)
    if (sigma < 0).any():
        raise HalogradError(f"scatter must be 0 dex or more, got {sigma.min():g}")
    return sigma


def _widest(
    smf: StellarMassFunction,
    scatter: Callable,
    shmf: SubhaloAbundance,
    mass_range: tuple[float, float],
) -> float:
    """The largest σ of halos whose mass without scatter lies in the range, dex."""
    above = host_values("smf", smf.log_cumulative_density, np.linspace(*mass_range, 50))
    return scatter_values(scatter, host_values("shmf", shmf.log_m_at, above)).max()


def _table(log_m: np.ndarray, label: np.ndarray, mean: np.ndarray) -> RelationTable:
    """The relation on nodes that increase, in halo mass and in stellar mass."""
    mean = np.maximum.accumulate(mean - _FLATTEST * label) + _FLATTEST * label
    rows = [0]
    for row in range(1, log_m.size):
        if log_m[row] > log_m[rows[-1]] + _CLOSEST:
            rows.append(row)
    even = np.linspace(log_m[0], log_m[rows[-1]], _N_NODE)
    return RelationTable.from_nodes(even, PchipInterpolator(log_m[rows], mean[rows])(even))


def _residual(
    smf: StellarMassFunction,
    scatter: Callable,
    shmf: SubhaloAbundance,
    table: RelationTable,
    kernel: str,
    mass_range: tuple[float, float],
) -> jax.Array:
    """log10 of φ returned over φ asked for, every 0.05 dex of the range or closer. (n_m,)"""
    low, high = mass_range
    m = jnp.linspace(low, high, int(np.ceil((high - low) / 0.05)) + 1)
    phi = smf_from_relation(m, table, scatter, shmf, kernel=kernel)
    return jnp.log10(phi + _TINY) - smf.log_density(m)


def _check_options(steps: int, tolerance: float, spacing: float) -> None:
    if not (isinstance(steps, int) and steps >= 1):
        raise HalogradError(f"steps must be a whole number, 1 or more, got {steps!r}")
    for name, value in (("tolerance", tolerance), ("spacing", spacing)):
        real_array(name, value, unit="dex")
    if not 0 <= tolerance < np.inf:
        raise HalogradError(f"tolerance must be 0 dex or more, and finite, got {tolerance!r}")
    if not 1e-3 <= spacing <= 0.1:
        raise HalogradError(f"spacing must lie between 0.001 and 0.1 dex, got {spacing!r}")
