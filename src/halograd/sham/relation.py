"""Mean stellar mass of halos under abundance matching, by any of the methods."""

from collections.abc import Callable

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.sham._leaves import check_single, concrete, leaf
from halograd.sham.abundance import RollingPowerLaw, SubhaloAbundance
from halograd.sham.deconvolution import deconvolved_relation
from halograd.sham.exact import exact_relation
from halograd.sham.network.relation import network_relation
from halograd.sham.relation_table import RelationQuality
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import DoubleSchechter, Schechter
from halograd.sham.smf import StellarMassFunction
from halograd.sham.three_roll import fit_three_roll

__all__ = ["mean_log_mstar", "mean_relation"]

_OF_NUMBERS = (Schechter, DoubleSchechter, Scatter, RollingPowerLaw)
_METHODS: dict[str, Callable] = {
    "exact": exact_relation,
    "network": network_relation,
    "deconvolution": deconvolved_relation,
    "three_roll": fit_three_roll,
}


def mean_log_mstar(
    log_mpeak: ArrayLike,
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    method: str = "exact",
    *,
    kernel: str = "triweight",
) -> jax.Array:
    """μ = ⟨log10 M*⟩ of each halo, such that scatter about it gives back the SMF.

    Solves φ(m) = ∫ dM (dn/dM) P(m | μ(M), σ(M)) for a mean relation μ(M), the same for centrals
    and satellites. Halos far lighter or more massive than any that host the galaxies get a
    straight-line continuation. The methods:

        "exact"          eq. (1) solved, with implicit derivatives
        "network"        a trained network and two steps of eq. (1): quicker, and warns outside
                         what it was trained on; for the triweight
        "deconvolution"  the classical iteration, without derivatives
        "three_roll"     eleven parameters, as in the initial training of arXiv:2112.08423

    All but "deconvolution" are differentiable in the leaves of `smf`, `scatter` and `shmf`. To
    see how well the SMF was met, call `mean_relation`, whose result carries a status.

    Args:
        log_mpeak: (n,), log10 peak mass, Msun/h.
        smf: The stellar mass function.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        method: One of the above.
        kernel: "triweight" or "normal".

    Returns:
        (n,), log10 of Msun.

    Raises:
        HalogradError: For an unknown method or a mass that is not finite.
    """
    log_mpeak = leaf(log_mpeak)
    if concrete(log_mpeak) and not np.isfinite(log_mpeak).all():
        raise HalogradError("log_mpeak must be finite log10 masses (Msun/h); drop the others")
    return mean_relation(smf, scatter, shmf, method, kernel=kernel).mean_log_mstar(log_mpeak)


def mean_relation(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    method: str = "exact",
    *,
    kernel: str = "triweight",
) -> RelationQuality:
    """The relation behind `mean_log_mstar`, callable as μ(log10 M), with how well it does.

    Args:
        smf: The stellar mass function.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        method: One of those of `mean_log_mstar`.
        kernel: "triweight" or "normal".

    Raises:
        HalogradError: For an unknown method, and parameters that are arrays.
    """
    check_method(method)
    check_single(*(one for one in (smf, scatter, shmf) if isinstance(one, _OF_NUMBERS)))
    return _METHODS[method](smf, scatter, shmf, kernel=kernel)


def check_method(method: str) -> None:
    """Raise HalogradError for a method that `mean_log_mstar` does not have."""
    if not isinstance(method, str) or method not in _METHODS:
        raise HalogradError(f"there is no method {method!r}; choose one of {sorted(_METHODS)}")
