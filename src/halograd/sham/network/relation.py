"""Abundance matching by a neural network."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.errors import HalogradError
from halograd.sham import convolution
from halograd.sham._leaves import check_range, concrete
from halograd.sham.abundance import SubhaloAbundance
from halograd.sham.matching import check_overlap, matched_log_m
from halograd.sham.network.correction import corrected
from halograd.sham.network.labels import Labels, label_halos, labelled_range
from halograd.sham.network.network import Network
from halograd.sham.network.weights import shipped_network
from halograd.sham.relation_table import RelationTable, TabulatedRelation, misfit
from halograd.sham.scatter import Scatter
from halograd.sham.smf import StellarMassFunction

__all__ = ["NetworkRelation", "OutOfDomainWarning", "network_relation"]

_N_LABEL = 512
_LIGHTER, _N_LIGHTER = 3.0, 64  # dex below the labels, and nodes there
_SPACING = 0.05
_TINY = 1e-30


class OutOfDomainWarning(UserWarning):
    """Warns that a network is used outside the problems it was trained on."""


class NetworkRelation(TabulatedRelation):
    """A mean relation proposed by a network, and how well it solves eq. (1).

    Attributes:
        table: μ of log10 halo mass.
        excess: (4,), how far the scatter, its slope, and the slope and curvature of the SMF leave
            what the network was trained on; 0 within.
    """

    excess: jax.Array

    @property
    def in_domain(self) -> jax.Array:
        """Whether the network was trained on such problems; a flag under jit."""
        return jnp.all(self.excess == 0)


def network_relation(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    *,
    kernel: str = "triweight",
    mass_range: tuple[float, float] = (9.0, 12.0),
    network: Network | None = None,
) -> NetworkRelation:
    """The mean relation with which eq. (1) gives back the SMF, as a network finds it.

        φ(m) = ∫ dlog10 M (dn/dlog10 M) P(m | μ(M), σ(M))                                    (1)

    A perceptron proposes μ from the SMF and the scatter around each halo, and damped Gauss–Newton
    steps of (1) correct it. The misfit of (1) that is left is part of the result. Differentiable
    in the leaves of `smf`, `scatter` and `shmf` to any order.

    Args:
        smf: The stellar mass function to give back, of any kind.
        scatter: σ of log10 halo mass, dex.
        shmf: The abundance of the halos.
        kernel: "triweight", or what `network` was trained for.
        mass_range: log10 stellar masses (Msun) between which the SMF counts.
        network: Weights of your own (`halograd train`); those that halograd ships where None.

    Raises:
        HalogradError: For a kernel the network was not trained for, a range that is not two
            increasing numbers, or halos none of which is as common as any of the galaxies.

    Warns:
        OutOfDomainWarning: Where arguments are known, not traced, and outside the training; see
            `NetworkRelation.in_domain` for a flag.
    """
    mass_range = check_range("mass_range", mass_range)
    network = shipped_network() if network is None else network
    if kernel != network.kernel_name:
        raise HalogradError(
            f"the network was trained for kernel={network.kernel_name!r}, got {kernel!r}; train "
            'one with `halograd train`, or use method="exact"'
        )
    check_overlap(smf, shmf, mass_range)
    relation = _propose(smf, scatter, shmf, network, mass_range)
    if concrete(relation.excess) and not relation.in_domain:
        warnings.warn(_warning(relation, network), OutOfDomainWarning, stacklevel=2)
    return relation


@eqx.filter_jit
def _propose(
    smf: StellarMassFunction,
    scatter: Scatter,
    shmf: SubhaloAbundance,
    network: Network,
    mass_range: tuple[float, float],
) -> NetworkRelation:
    kernel = network.kernel
    labels = label_halos(smf, scatter, shmf, kernel, labelled_range(mass_range), _N_LABEL)
    mean = corrected(network.propose(labels), labels, kernel, mass_range)
    quality = misfit(_misfit(mean, labels, network, mass_range))
    excess = network.coverage.excess(labels, mass_range)
    return NetworkRelation(*quality, _table(mean, labels, shmf), excess)


def _misfit(
    mean: jax.Array, labels: Labels, network: Network, mass_range: tuple[float, float]
) -> jax.Array:
    """log10 of φ returned over φ asked for, over the mass range. (n_m,)"""
    low, high = mass_range
    m = jnp.linspace(low, high, round((high - low) / _SPACING) + 1, dtype=mean.dtype)
    mean, labels = jax.lax.stop_gradient((mean, labels))
    sigma, sigma_slope = labels.sigma()
    slope = jnp.gradient(mean, labels.spacing)
    halos = convolution.Population(
        labels.log_mstar, labels.smf.log_density, mean, slope, sigma, sigma_slope
    )
    phi = convolution.density(m, halos, network.kernel)
    return jnp.log10(phi + _TINY) - labels.smf.log_density(m)


def _table(mean: jax.Array, labels: Labels, shmf: SubhaloAbundance) -> RelationTable:
    """μ of the labels and of lighter halos, which keep the correction of the lightest label."""
    below = np.linspace(-_LIGHTER, 0.0, _N_LIGHTER, endpoint=False)
    lighter = labels.start + jnp.asarray(below, mean.dtype)
    log_m, _ = matched_log_m(lighter, labels.smf, shmf)
    return RelationTable.from_nodes(
        jnp.concatenate([log_m, labels.log_m]),
        jnp.concatenate([lighter + mean[0] - labels.start, mean]),
    )


def _warning(relation: NetworkRelation, network: Network) -> str:
    return (
        f"outside what the network was trained on: {network.coverage.describe(relation.excess)}. "
        f'By eq. (1) {relation.status}; method="exact" has no such limits'
    )
