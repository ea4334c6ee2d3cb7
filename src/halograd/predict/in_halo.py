r"""Pairs of galaxies within halos, where they are not those of independent galaxies on tracers.

The plain count gives every pair of tracers the product of their expected numbers. Within a halo
that is corrected,

$$ DD = \sum_{i \ne j} W_i W_j [ij \in bin] + \sum_{hosts}
        \sum_{types} (E\, T^{true} - I\, T), $$

E being the expected pairs of galaxies of a type (central with satellites, satellites among
themselves), I those of independent ones, T the fraction of such pairs of tracers in each bin, and
T^true that of galaxies: the same, or that of a smooth profile of which the tracers are points. T
depends on no parameter, is counted once, by the statistic's own pairs on a catalogue in which every
halo is alone, and is stored by host; so the correction costs nothing beside the count of all pairs.
"""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd._summation import tree_sum
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.models.hod.halo_occupation import HaloOccupation
from halograd.models.model import GalaxyHaloModel, HostPairs
from halograd.models.parameters import Theta
from halograd.pairs import Geometry, Pairs
from halograd.predict.isolated_halos import listed, pair_sums, relative
from halograd.predict.observables import Observables
from halograd.predict.profile_pairs import ProfilePairs
from halograd.samples import Cross, Sample
from halograd.statistics import Statistic
from halograd.tracers.nfw_points import NfwPlaces

_BLOCK = 64  # hosts that are summed before the sums are


class PairFractions(NamedTuple):
    """How the pairs within each host lie in bins, for one galaxy of each of two kinds.

    The functions are those of the model's `place_functions`, which share galaxies among places.

    Attributes:
        central: (n_host, n_function, *bins), of a central with a satellite.
        satellite: (n_host, n_function, n_function, *bins), of one satellite with another.
        central_sum: (n_host, n_function), all such pairs, whatever their separation.
        satellite_sum: (n_host, n_function, n_function).
    """

    central: np.ndarray
    satellite: np.ndarray
    central_sum: np.ndarray
    satellite_sum: np.ndarray


class InHalo(eqx.Module):
    """The pairs within halos of one statistic.

    Attributes:
        rows: (n_host,), a satellite row of each host that has any.
        columns: Those of the model at `rows`.
        tracers: Fractions of the pairs of tracers, for each of the statistic's pairs.
        galaxies: Those of galaxies, or None where they are the same.
    """

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    tracers: tuple[PairFractions, ...]
    galaxies: tuple[PairFractions, ...] | None

    def corrected(
        self, prepared: Any, model: GalaxyHaloModel, theta: Theta, statistic: Statistic
    ) -> Any:
        """The statistic's pairs, whose counts hold the pairs within halos as the model has them."""
        moments = [
            model.host_pairs(theta, self.columns, *_two(sample)) for sample in statistic.samples
        ]
        expected, independent = (
            HostPairs(*(jnp.stack(parts) for parts in zip(*several, strict=True)))
            for several in zip(*moments, strict=True)
        )
        galaxies = self.tracers if self.galaxies is None else self.galaxies
        found = tuple(
            CorrelatedPairs(pairs, *_difference(expected, true, independent, points))
            for pairs, true, points in zip(listed(prepared), galaxies, self.tracers, strict=True)
        )
        return found if isinstance(prepared, tuple) else found[0]


class CorrelatedPairs(eqx.Module):
    """Pairs of points whose counts have something added, for the samples of one statistic.

    Attributes:
        pairs: The plain pairs.
        counts_within: (n_sample, *bins), added to counts.
        number_within: (n_sample,), added to the number of distinct pairs.
    """

    pairs: Pairs
    counts_within: jax.Array
    number_within: jax.Array

    def __getattr__(self, name: str) -> Any:
        """Everything else is that of the plain pairs: bins, box, line of sight."""
        if name in ("pairs", "counts_within", "number_within"):
            raise AttributeError(name)
        return getattr(self.pairs, name)

    @property
    def geometry(self) -> Geometry:
        """The bins."""
        return self.pairs.geometry

    def counts(self, first: jax.Array, second: jax.Array | None = None) -> jax.Array:
        """Weighted pair counts of each sample, or two: (n, n_sample) -> (n_sample, *bins)."""
        counts = self.pairs.counts(first, second)
        return counts + self.counts_within.astype(counts.dtype)

    def distinct_pairs(self, first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Expected number of ordered pairs of galaxies, and of all. (n_sample,) each"""
        number, every = self.pairs.distinct_pairs(first, second)
        return number + self.number_within.astype(number.dtype), every


def in_halo_of_all(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    columns: dict[str, np.ndarray],
    observables: Observables,
    prepared: dict[str, Any],
) -> dict[str, InHalo] | None:
    """By name, the pairs within halos of each statistic of pairs; None where none is needed.

    They are needed where the galaxies of a host are correlated, and for halo occupation on points
    that stand for a smooth profile.
    """
    is_smooth = NfwPlaces.of(halos) is not None and isinstance(model, HaloOccupation)
    if not (model.is_correlated or is_smooth):
        return None
    found = {
        s.name: in_halo_pairs(halos, model, columns, s, prepared[s.name])
        for s in observables.statistics
        if s.uses_pairs
    }
    return {name: pairs for name, pairs in found.items() if pairs is not None} or None


def in_halo_pairs(
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    columns: dict[str, np.ndarray],
    statistic: Statistic,
    prepared: Any,
) -> InHalo | None:
    """What `InHalo` needs of a catalogue; None where no host has a place for satellites.

    Args:
        halos: The tracers.
        model: Whose galaxies go together.
        columns: Those of the model, each (n,).
        statistic: One that is made from pairs.
        prepared: Its pairs.
    """
    links = np.asarray(halos.column("host_row"))
    places = np.flatnonzero(halos.is_satellite)
    if not len(places):
        return None
    places = places[np.argsort(links[places], kind="stable")]
    hosts, first, group = np.unique(links[places], return_index=True, return_inverse=True)
    functions = np.asarray(model.place_functions(columns), np.float64)[places]
    galaxies = None
    profile = ProfilePairs.of(halos)
    if profile is not None:
        ones = np.ones((len(hosts), 1))
        galaxies = tuple(
            PairFractions(central[:, None], satellite[:, None, None], ones, ones[..., None])
            for central, satellite in profile.fractions(halos[hosts], statistic, prepared)
        )
    chosen = places[first]
    at_hosts = {name: values[chosen] for name, values in columns.items()}
    tracers = _fractions(halos, hosts, places, group, functions, statistic, prepared)
    return InHalo(chosen, at_hosts, tracers, galaxies)


def _fractions(
    halos: HaloCatalog,
    hosts: np.ndarray,
    places: np.ndarray,
    group: np.ndarray,
    functions: np.ndarray,
    statistic: Statistic,
    prepared: Any,
) -> tuple[PairFractions, ...]:
    """Of the pairs of tracers within each host, for each of the statistic's pairs.

    Args:
        halos: The tracers.
        hosts: (n_host,), rows.
        places: (n,), rows, in the order of their hosts.
        group: (n,), the place of each one's host among the hosts.
        functions: (n, n_function), of the places.
        statistic: Whose pairs are counted.
        prepared: Its pairs.
    """
    begin = np.searchsorted(group, np.arange(len(hosts)))
    # Each centre stands before the places of its host.
    rows = np.insert(places, begin, hosts)
    together = np.insert(group, begin, np.arange(len(hosts)))
    of_host = hosts[together]
    offsets = halos.positions[rows] - halos.positions[of_host]
    offsets -= halos.boxsize * np.round(offsets / halos.boxsize)
    drifts = None
    if halos.velocities is not None:
        drifts = halos.velocities[rows] - halos.velocities[of_host]
    weights = np.insert(functions, begin, 0.0, axis=0)
    is_centre = (rows == of_host)[:, None]
    both = np.concatenate([is_centre, weights], axis=1)
    points = relative(halos, offsets, drifts)
    counts = pair_sums(points, statistic, prepared, together, weights, both)
    sums = np.add.reduceat(functions, begin)
    own = np.add.reduceat(functions[:, :, None] * functions[:, None], begin)
    distinct = sums[:, :, None] * sums[:, None] - own
    return tuple(PairFractions(found[:, :, 0], found[:, :, 1:], sums, distinct) for found in counts)


def _difference(
    expected: HostPairs, true: PairFractions, independent: HostPairs, points: PairFractions
) -> tuple[jax.Array, jax.Array]:
    """E T^true - I T, summed over hosts: in each bin, and at all separations."""
    if true is points:
        change = HostPairs(*(e - i for e, i in zip(expected, independent, strict=True)))
        return _total(change, true)
    first, second = _total(expected, true), _total(independent, points)
    return first[0] - second[0], first[1] - second[1]


def _total(pairs: HostPairs, fractions: PairFractions) -> tuple[jax.Array, jax.Array]:
    """Pairs of all hosts in each bin, and all of them: (n_sample, *bins) and (n_sample,)."""
    of_central = pairs.central_satellite + pairs.satellite_central
    counts = _summed(of_central, fractions.central)
    counts += _summed(pairs.satellite_satellite, fractions.satellite)
    number = _summed(of_central, fractions.central_sum)
    return counts, number + _summed(pairs.satellite_satellite, fractions.satellite_sum)


def _summed(number: jax.Array, fraction: np.ndarray) -> jax.Array:
    """Numbers times fractions over hosts and functions of places: -> (n_sample, *bins).

    Args:
        number: (n_sample, n_host, *functions).
        fraction: (n_host, *functions, *bins).
    """
    n_sample, n_host = number.shape[:2]
    bins = fraction.shape[number.ndim - 1 :]
    missing = -n_host % _BLOCK
    flat = jnp.asarray(fraction, number.dtype).reshape(n_host, -1, int(np.prod(bins)))
    number = number.reshape(n_sample, n_host, -1)
    number = jnp.pad(number, ((0, 0), (0, missing), (0, 0)))
    flat = jnp.pad(flat, ((0, missing), (0, 0), (0, 0)))
    number = number.reshape(n_sample, -1, _BLOCK * number.shape[2])
    flat = flat.reshape(number.shape[1], number.shape[2], -1)
    blocks = jnp.einsum("skf,kfb->ksb", number, flat, precision=jax.lax.Precision.HIGHEST)
    return tree_sum(blocks).reshape(n_sample, *bins)


def _two(sample: Sample | Cross) -> tuple[Sample, Sample]:
    return sample.members[0], sample.members[-1]
