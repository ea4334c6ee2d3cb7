"""Stellar masses for the halos of a catalogue by rank, with or without scatter."""

from collections.abc import Callable

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd._precision import float64
from halograd.errors import HalogradError
from halograd.kernels import Kernel
from halograd.kernels import kernel as named_kernel
from halograd.sham.deconvolution import scatter_values
from halograd.sham.host_values import host_values, in_float64
from halograd.sham.reranking import labels, rerank
from halograd.sham.smf import StellarMassFunction

__all__ = ["assign_stellar_masses"]

_STEPS, _TOLERANCE, _SPACING = 40, 1e-4, 0.01
_MARGIN_BELOW, _MARGIN_ABOVE = 0.5, 0.2  # dex of stellar mass


def assign_stellar_masses(
    key: jax.Array,
    log_mpeak: ArrayLike,
    volume: float,
    smf: StellarMassFunction,
    scatter: Callable[[jax.Array], jax.Array],
    *,
    relation: Callable[[jax.Array], jax.Array] | None = None,
    kernel: str = "triweight",
) -> np.ndarray:
    """Stellar masses of halos that have exactly the SMF asked for.

    The masses handed out are those with n_gal(>m_k) V = k − ½, k = 1 … n. Without scatter the
    k-th most massive halo gets m_k; halos of one mass are ranked by their order. With scatter
    each halo draws m = μ + σ u, and the halo whose draw is the k-th largest gets m_k. The scatter
    at fixed halo mass is then σ as far as the relation gives the SMF back.

    Halos lighter than those of the catalogue would have scattered above its lightest: within a
    few σ of the smallest masses handed out the relation between mass and halo is biased.

    Args:
        key: JAX random key; the same key gives the same masses.
        log_mpeak: (n,), log10 peak mass, Msun/h, or anything that orders the halos.
        volume: V of the catalogue, (Mpc/h)^3.
        smf: The stellar mass function.
        scatter: σ in dex of `log_mpeak`: `Scatter`, or any elementwise function.
        relation: μ of `log_mpeak`, elementwise, log10 of Msun: `DeconvolvedRelation`,
            `ExactRelation` or a function. By default the deconvolution for the ranks of this
            catalogue.
        kernel: "triweight" or "normal".

    Returns:
        (n,), log10 of Msun, float64.

    Raises:
        HalogradError: For halo masses that are not finite, an empty catalogue, a volume that is
            not positive, a key that is none, or traced arguments.
    """
    log_m, volume = _check_halos(log_mpeak, volume)
    shape = named_kernel(kernel)
    _check_key(key)
    smf, scatter, relation = in_float64((smf, scatter, relation))
    rank = np.arange(1, log_m.size + 1)
    masses = host_values("smf", smf.log_mstar_at, np.log10((rank - 0.5) / volume))
    sigma = scatter_values(scatter, log_m)
    order = _descending(log_m)
    if sigma.any():
        if relation is None:
            mean = np.empty_like(log_m)
            mean[order] = _deconvolved_mean(masses, sigma[order], smf, shape)
        else:
            mean = host_values("relation", relation, log_m)
        order = _descending(mean + sigma * _deviates(key, log_m.size, shape))
    assigned = np.empty_like(log_m)
    assigned[order] = masses
    return assigned


def _deconvolved_mean(
    masses: np.ndarray, sigma: np.ndarray, smf: StellarMassFunction, kernel: Kernel
) -> np.ndarray:
    """μ of halos from their masses without scatter, which decrease, and their σ. (n,)"""
    # Where halos outnumber the galaxies of a finite SMF, masses fall without limit.
    with float64():
        faintest = max(masses[-1], float(smf.inversion_nodes()[0]))
    low = faintest - kernel.reach * sigma.max() - _MARGIN_BELOW
    label, log_above = labels(smf, low, masses[0] + _MARGIN_ABOVE, _SPACING)
    found = rerank(
        label,
        log_above,
        np.interp(label, masses[::-1], sigma[::-1]),
        kernel,
        compare=(faintest - _SPACING, masses[0] + _SPACING),
        steps=_STEPS,
        tolerance=_TOLERANCE,
    )
    return masses + np.interp(masses, label, found.mean - label)


def _descending(values: np.ndarray) -> np.ndarray:
    """Rows from the largest value to the smallest; equal values keep their order. (n,)"""
    return np.argsort(-values, kind="stable")


def _deviates(key: jax.Array, n: int, kernel: Kernel) -> np.ndarray:
    """Draws of u with the density of the kernel, the same in any precision of JAX. (n,)"""
    with float64():
        if kernel.name == "normal":
            return np.asarray(jax.random.normal(key, (n,)))
        # The triweight on [-3, 3] is a Beta(4, 4) stretched.
        return np.asarray(3 * (2 * jax.random.beta(key, 4.0, 4.0, (n,)) - 1))


def _check_halos(log_mpeak: ArrayLike, volume: float) -> tuple[np.ndarray, float]:
    for name, value in (("log_mpeak", log_mpeak), ("volume", volume)):
        if not _checks.is_concrete(value):
            raise HalogradError(
                f"assign_stellar_masses ranks numbers, but {name} is traced by a JAX "
                "transformation: call it outside of jit, grad and vmap"
            )
    log_m = _checks.finite("log_mpeak", log_mpeak)
    _checks.shape("log_mpeak", log_m, (None,))
    if log_m.size == 0:
        raise HalogradError("log_mpeak must hold at least one halo, got an empty array")
    volume = _checks.finite("volume", volume)
    if volume.shape != () or volume <= 0:
        raise HalogradError(f"volume must be one positive number, (Mpc/h)^3, got {volume}")
    return log_m, float(volume)


def _check_key(key: jax.Array) -> None:
    dtype, shape = getattr(key, "dtype", None), getattr(key, "shape", None)
    typed = dtype is not None and jax.dtypes.issubdtype(dtype, jax.dtypes.prng_key)
    if not ((typed and shape == ()) or (dtype == np.uint32 and shape == (2,))):
        raise HalogradError(f"key must be one JAX random key, jax.random.key(seed), got {key!r}")
    if not _checks.is_concrete(key):
        raise HalogradError("key is traced by a JAX transformation: call outside of jit and vmap")
