"""Mean stellar mass of halos under abundance matching, by any of the methods."""

from collections.abc import Callable

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.sham._leaves import concrete, leaf
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.fitted import fit_relation
from halograd.sham.fitted_three_roll import fit_three_roll
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["mean_log_mstar"]

_METHODS: dict[str, Callable] = {"fitted": fit_relation, "three_roll": fit_three_roll}
_RESERVED = ("exact", "network", "deconvolution")


def mean_log_mstar(
    log_mpeak: ArrayLike,
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    method: str = "fitted",
    *,
    kernel: str = "triweight",
) -> jax.Array:
    """μ = ⟨log10 M*⟩ of each halo, such that scatter about it gives back the SMF.

    Solves φ(m) = ∫ dM (dn/dM) P(m | μ(M), σ(M)) for a mean relation μ(M), the same for centrals
    and satellites; differentiable in the leaves of `smf`, `scatter` and `shmf`. Halos far lighter
    or more massive than any that host the galaxies fitted get a straight-line continuation.

    Args:
        log_mpeak: (n,), log10 peak mass, Msun/h.
        smf: The stellar mass function.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        method: "fitted" (the SMF met to about 1e-4 dex) or "three_roll" (eleven parameters, as
            in the initial training of arXiv:2112.08423). To see how well the SMF was met, call
            `fit_relation` or `fit_three_roll`, which return a status.
        kernel: "triweight" or "normal".

    Returns:
        (n,), log10 of Msun.

    Raises:
        HalogradError: For an unknown method or a mass that is not finite.
    """
    log_mpeak = leaf(log_mpeak)
    if concrete(log_mpeak) and not np.isfinite(log_mpeak).all():
        raise HalogradError("log_mpeak must be finite log10 masses (Msun/h); drop the others")
    return _solver(method)(smf, scatter, shmf, kernel=kernel).mean_log_mstar(log_mpeak)


def _solver(method: str) -> Callable:
    if method in _METHODS:
        return _METHODS[method]
    reason = "this version does not have the" if method in _RESERVED else "there is no"
    raise HalogradError(f"{reason} method {method!r}; choose one of {sorted(_METHODS)}")
