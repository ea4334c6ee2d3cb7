"""What training makes small: the misfit of eq. (1), and its change in every parameter."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import kernel as named_kernel
from halograd.network_training.draws import Problems
from halograd.network_training.misfit import returned_misfit
from halograd.sham.network.features import N_FEATURE, Coverage, describe, quantities
from halograd.sham.network.labels import MASS_RANGE, Labels
from halograd.sham.network.network import Network
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import DoubleSchechter

__all__ = ["Terms", "initial_network", "objective"]

_MISFIT_SCALE, _GRADIENT_SCALE = 0.05, 0.3  # dex; larger errors count by their size
_FLATTEST, _FOLD_WEIGHT = 0.05, 1e-3
_SAMPLE = 4000


class Terms(NamedTuple):
    """Means of squares over masses and draws.

    Attributes:
        misfit: Mean square of log10 φ returned over φ asked for, dex², before the correction.
        gradient: Mean square of its change along a random direction in the parameters.
    """

    misfit: jax.Array
    gradient: jax.Array


def initial_network(
    key: jax.Array, problems: Problems, *, width: int, depth: int, kernel_name: str
) -> Network:
    """A network that has learnt nothing but the size of its inputs."""
    kernel = named_kernel(kernel_name)
    usable = np.flatnonzero(problems.usable)[:_SAMPLE]
    labels = jax.tree.map(lambda a: jnp.asarray(a[usable]), problems.labels)

    @jax.jit
    @jax.vmap
    def inputs(labels: Labels) -> tuple[jax.Array, jax.Array]:
        return describe(labels, kernel)[1], quantities(labels)

    features, values = (np.asarray(part)[:, ::4] for part in inputs(labels))
    masses = np.asarray(jax.vmap(lambda one: one.log_mstar)(labels))[:, ::4]
    compared = (masses >= MASS_RANGE[0]) & (masses <= MASS_RANGE[1])
    return Network.initial(
        key,
        features.reshape(-1, N_FEATURE),
        Coverage.spanning(values[compared]),
        width=width,
        depth=depth,
        kernel_name=kernel_name,
    )


def objective(
    network: Network, labels: Labels, key: jax.Array, gradient_weight: float
) -> tuple[jax.Array, Terms]:
    """The loss of a batch, and what it is made of.

    Args:
        network: The network.
        labels: Labels of the draws of the batch; every leaf has a row for each.
        key: For the random directions.
        gradient_weight: Weight of the derivative of the misfit.
    """
    keys = jax.random.split(key, labels.start.shape[0])
    one = lambda labels, key: _objective(network, labels, key, gradient_weight)  # noqa: E731
    loss, terms = jax.vmap(one)(labels, keys)
    return loss.mean(), jax.tree.map(jnp.mean, terms)


def _objective(
    network: Network, labels: Labels, key: jax.Array, gradient_weight: float
) -> tuple[jax.Array, Terms]:
    def misfits(smf: DoubleSchechter, scatter: Scatter) -> tuple[jax.Array, ...]:
        at = eqx.tree_at(lambda labels: (labels.smf, labels.scatter), labels, (smf, scatter))
        mean = network.propose(at)
        folds = jnp.minimum(jnp.diff(mean) / at.spacing - _FLATTEST, 0.0)
        return *returned_misfit(mean, at, network.kernel), folds

    point = labels.smf, labels.scatter
    (misfit, known, folds), (change, _, _) = jax.jvp(misfits, point, _direction(key))
    count = known.sum() + 1e-6
    loss = _tempered(misfit, _MISFIT_SCALE) + gradient_weight * _tempered(change, _GRADIENT_SCALE)
    terms = Terms(*(jnp.sum(part**2) / count for part in (misfit, change)))
    return loss / count + _FOLD_WEIGHT * jnp.mean(folds**2), terms


def _direction(key: jax.Array) -> tuple[DoubleSchechter, Scatter]:
    """A random change of the parameters, of the size that matters in each."""
    sizes = DoubleSchechter(0.3, 0.2, 0.3, 0.4, 0.2), Scatter(0.15, 0.15, 0.3, 0.2)
    leaves, structure = jax.tree.flatten(sizes)
    changes = jax.random.normal(key, (len(leaves),))
    return jax.tree.unflatten(structure, [a * c for a, c in zip(leaves, changes, strict=True)])


def _tempered(error: jax.Array, scale: float) -> jax.Array:
    """The sum of squares, of which errors far above the scale add their size alone."""
    return 2 * scale**2 * jnp.sum(jnp.sqrt(1 + (error / scale) ** 2) - 1)
