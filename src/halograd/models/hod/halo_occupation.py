"""What every model of halo occupation shares: from mean numbers in hosts to weights of tracers."""

import abc
import functools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd import _checks
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.models.hod.assembly_bias import assembly_bias_from
from halograd.models.model import Columns, GalaxyHaloModel, HostPairs, check_samples
from halograd.models.parameters import Parameter, ParameterSpace, Theta
from halograd.samples import ALL, Sample

POISSON = "poisson"
GIVEN_CENTRAL = "poisson given central"
BINOMIAL = "binomial"
NEGATIVE_BINOMIAL = "negative binomial"

EXCESS = Parameter("excess_variance", 0.1, 0.0, 2.0, r"\epsilon_{\rm sat}")
"""(σ² - λ) / λ² of the number of satellites of a host with λ expected, negative binomial."""

RANKS = {"s": "rank_r", "s_v": "rank_v", "s_p": "rank_perihelion", "s_r": "rank_v_r"}
"""Columns of places with ranks from -1 to 1, by the parameter of the preference for them."""

_ROUNDING = 1e-5
_TOO_MANY = 1e-3  # centrals above one that a reader is told of
_GRID = np.arange(9.0, 16.3, 0.1)  # log10 Msun/h, where occupations are looked at


class HostOccupation(NamedTuple):
    """Expected galaxies of each tracer in hosts, evaluated at every row.

    Attributes:
        central: (n, n_tracer), before tracers exclude one another.
        satellite: (n, n_tracer).
        given: (n, 1 + n_tracer, n_tracer), satellites of each tracer where the host has no
            central galaxy, or one of each tracer; None where satellites do not depend on that.
    """

    central: jax.Array
    satellite: jax.Array
    given: jax.Array | None = None


def with_a_central(central: jax.Array, satellite: jax.Array) -> HostOccupation:
    """One tracer, with satellites only in hosts that have a central galaxy.

    Args:
        central: (n,), expected centrals.
        satellite: (n,), expected satellites of a host that has a central.
    """
    given = jnp.stack([jnp.zeros_like(satellite), satellite], axis=1)[..., None]
    return HostOccupation(central[:, None], (central * satellite)[:, None], given)


class HaloOccupation(GalaxyHaloModel):
    r"""Central and satellite galaxies of one or several tracers, by properties of the host.

    The mass is that of the host (`host_log_mass`: of a catalogue, `log_mpeak` of the host's row).
    A centre of a host has the expected number of centrals, and a satellite place k of the host

    $$ W_k = \lambda(host)\, q_k\, (1 + s\,r_k + s_v r_{v,k} + s_p r_{p,k} + s_r r_{r,k}), $$

    q_k being its `satellite_share`; the ranks only where `ranks` is True. `tracers` makes places
    from subhalos, particles or NFW profiles; a plain catalogue with hosts lends its subhalos.

    Subclasses give `space`, `occupation` and `needs_of_hosts`.

    Attributes:
        second_moments: How the numbers of galaxies in a halo vary together, one of `choices`.
            "poisson": independent, Poisson at each place. "binomial": one galaxy at most at each
            place, independently, as AbacusHOD draws on particles. "poisson given central":
            satellites only where there is a central, Poisson there. "negative binomial": satellites
            of a host vary together, by the parameter `excess_variance`.
        ranks: Whether satellites prefer places by their ranks.
        names: The tracers, "" for a model of unnamed galaxies.
    """

    second_moments: eqx.AbstractVar[str]
    ranks: eqx.AbstractVar[bool]

    names: ClassVar[tuple[str, ...]] = ("",)
    choices: ClassVar[tuple[str, ...]] = (POISSON, BINOMIAL, NEGATIVE_BINOMIAL)
    has_stellar_mass: ClassVar[bool] = False

    def __check_init__(self) -> None:
        if self.second_moments not in self.choices:
            hint = _checks.nearest(str(self.second_moments), self.choices)
            raise HalogradError(
                f"second_moments of {type(self).__name__} must be one of "
                f"{', '.join(map(repr, self.choices))}, got {self.second_moments!r}{hint}"
            )

    @abc.abstractmethod
    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """Expected galaxies of each tracer in the host of every row."""

    @property
    @abc.abstractmethod
    def needs_of_hosts(self) -> tuple[str, ...]:
        """Columns of the hosts that `occupation` looks at."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of hosts, of places, and the row of the host where galaxies go together."""
        of_places = ("is_satellite", "satellite_share", *(RANKS.values() if self.ranks else ()))
        links = ("host_row",) if self.is_correlated else ()
        return tuple(dict.fromkeys((*self.needs_of_hosts, *of_places, *links)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The tracers; "central" and "satellite" where there is one without a name."""
        return self.names if self.names != ("",) else ("central", "satellite")

    @property
    def kind_parts(self) -> dict[str, tuple[str, ...]]:
        """Every kind as its parts: tracers, "central", "satellite", "LRG_central" and the like."""
        parts = {part: (part,) for name in self.names for part in _parts_of(name)}
        if self.names == ("",):
            return parts
        of_all = {role: tuple(p for p in parts if p.endswith(role)) for role in _ROLES}
        return {name: _parts_of(name) for name in self.names} | of_all | parts

    @property
    def is_correlated(self) -> bool:
        """Whether the galaxies of one halo are not independent of one another."""
        return self.second_moments in (GIVEN_CENTRAL, NEGATIVE_BINOMIAL)

    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """Expected galaxies of each sample on each tracer. (n, n_sample)"""
        check_samples(self, samples)
        theta = self.space.complete(theta)
        found = self._parts(theta, columns)
        return jnp.stack([sum(found[part] for part in self._of(s)) for s in samples], axis=1)

    def place_functions(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """The share of each place, then shares times ranks where satellites prefer some. (n, m)"""
        share = columns["satellite_share"]
        if not self.ranks:
            return share[:, None]
        return np.stack([share, *(share * columns[name] for name in RANKS.values())], axis=1)

    def preference(self, name: str, theta: Theta) -> jax.Array:
        """What the satellites of a tracer make of each of `place_functions`. (m,)"""
        parameters = [theta[self.own_name(name, p)] for p in RANKS] if self.ranks else []
        return jnp.stack([jnp.ones(()), *(jnp.asarray(p, float) for p in parameters)])

    def own_name(self, name: str, parameter: str) -> str:
        """A parameter of one of the tracers, as it stands in theta."""
        return parameter

    def host_pairs(
        self, theta: Theta, columns: Columns, first: Sample, second: Sample
    ) -> tuple[HostPairs, HostPairs]:
        """Expected pairs of galaxies in each host, and those of independent galaxies."""
        theta = self.space.complete(theta)
        hosts = self.occupation(theta, columns)
        central = exclusive(hosts.central)
        chance = jnp.concatenate([1 - central.sum(axis=1, keepdims=True), central], axis=1)
        given = hosts.given
        if given is None:
            shape = (len(central), chance.shape[1], hosts.satellite.shape[1])
            given = jnp.broadcast_to(hosts.satellite[:, None], shape)
        preferences = jnp.stack([self.preference(name, theta) for name in self.names])
        masks = [self._masks(sample) for sample in (first, second)]
        (of_c1, of_s1), (of_c2, of_s2) = masks
        # Satellites of each sample by the type of the central and function of places. (n, z, m)
        sat_1, sat_2 = (given @ (mask[:, None] * preferences) for mask in (of_s1, of_s2))
        excess = theta[EXCESS.name] if self.second_moments == NEGATIVE_BINOMIAL else 0.0
        expected = HostPairs(
            jnp.einsum("nt,t,ntm->nm", central, of_c1, sat_2[:, 1:]),
            jnp.einsum("nt,t,ntm->nm", central, of_c2, sat_1[:, 1:]),
            (1 + excess) * jnp.einsum("nz,nzl,nzm->nlm", chance, sat_1, sat_2),
        )
        mean_1, mean_2 = (jnp.einsum("nz,nzm->nm", chance, sat) for sat in (sat_1, sat_2))
        central_1, central_2 = (central @ of_central for of_central in (of_c1, of_c2))
        independent = HostPairs(
            central_1[:, None] * mean_2,
            central_2[:, None] * mean_1,
            mean_1[:, :, None] * mean_2[:, None, :],
        )
        return expected, independent

    def draw_parts(self, key: jax.Array, theta: Theta, columns: Columns) -> dict[str, jax.Array]:
        """Numbers of galaxies of each part on each tracer, by the convention. (n,) each"""
        theta = self.space.complete(theta)
        columns = {name: jnp.asarray(values) for name, values in columns.items()}
        by_type, by_place, by_host = jax.random.split(key, 3)
        hosts, satellite = self.occupation(theta, columns), columns["is_satellite"]
        n, n_tracer = hosts.central.shape
        # 0 for no central, 1 + t for one of tracer t
        chance = jax.random.uniform(by_type, (n, 1), hosts.central.dtype)
        below = jnp.cumsum(exclusive(hosts.central), axis=1)
        place = (chance >= below).sum(axis=1)
        kind = jnp.where(place == n_tracer, 0, place + 1)
        rates = hosts.satellite
        if self.is_correlated:
            rows = columns["host_row"]
            if hosts.given is not None:
                rates = hosts.given[jnp.arange(n), kind[rows]]
            if self.second_moments == NEGATIVE_BINOMIAL:
                shape = 1 / jnp.maximum(theta[EXCESS.name], 1e-6)
                rates = rates * (jax.random.gamma(by_host, shape, (n,)) / shape)[rows, None]
        rates = jnp.maximum(rates * self._spread(theta, columns), 0.0) * satellite[:, None]
        if self._has_one_at_a_place:
            chance = jax.random.uniform(by_place, (n, 1), rates.dtype)
            place = (chance >= jnp.cumsum(exclusive(rates), axis=1)).sum(axis=1)
            drawn = place[:, None] == jnp.arange(n_tracer)
        else:
            drawn = jax.random.poisson(by_place, rates)
        found = {}
        for t, name in enumerate(self.names):
            is_central = (kind == 1 + t) & ~satellite
            central, of_satellites = _parts_of(name)
            found[central] = is_central.astype(jnp.int32)
            found[of_satellites] = jnp.where(satellite, drawn[:, t], 0).astype(jnp.int32)
        return found

    def check_columns(self, columns: Mapping[str, np.ndarray]) -> None:
        """Raise HalogradError for ranks that are none, and shares that do not sum to 1."""
        limits = {name: 1.0 for name in (RANKS.values() if self.ranks else ())}
        limits |= {name: 0.5 for name in self.needs_of_hosts if name.endswith("_rank")}
        for name, limit in limits.items():
            values = np.asarray(columns[name])
            if np.abs(values).max(initial=0.0) > limit + _ROUNDING:
                raise HalogradError(
                    f"{name} is taken for ranks from {-limit:g} to {limit:g}, but has values from "
                    f"{values.min():.4g} to {values.max():.4g}: make ranks by "
                    "catalogs.rank_at_fixed_mass, or tracers.particle_ranks"
                )

    def caveats(self, theta: Theta) -> list[str]:
        """Of hosts with more than one central galaxy."""
        theta = self.space.complete(theta)
        columns = {name: np.zeros(len(_GRID)) for name in self.needs}
        columns |= {"host_log_mass": _GRID, "is_satellite": np.zeros(len(_GRID), bool)}
        central = np.asarray(self.occupation(theta, columns).central).sum(axis=1)
        if central.max() <= 1 + _TOO_MANY:
            return []
        return [
            f"{type(self).__name__} expects {central.max():.4g} central galaxies in hosts of "
            f"10^{_GRID[central.argmax()]:.1f} Msun/h; a host has one at most, and the rest is "
            "left out."
        ]

    def lost_satellites(self, halos: HaloCatalog, theta: Theta) -> float:
        """Fraction of the satellites expected in all hosts that have no place to be.

        They are those of hosts without any satellite place, such as without subhalos.
        """
        hosts = ~halos.is_satellite
        columns = {name: jnp.asarray(values) for name, values in halos.columns(self.needs).items()}
        means = self.occupation(self.space.complete(theta), columns).satellite.sum(axis=1)
        means = np.where(hosts, np.asarray(means, np.float64), 0.0)
        has_places = np.zeros(len(halos), bool)
        has_places[np.asarray(halos.column("host_row"))[halos.is_satellite]] = True
        total = means.sum()
        return float(means[~has_places].sum() / total) if total else 0.0

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: HaloCatalog | None) -> Self:
        """The model as [model] asks for it, with `assembly_bias` in the words of a configuration.

        Raises:
            ConfigError: As `GalaxyHaloModel.from_config`.
        """
        options = dict(options)
        if "assembly_bias" in options:
            options["assembly_bias"] = assembly_bias_from(options["assembly_bias"])
        return super().from_config(options, halos)

    def _parts(self, theta: Theta, columns: Columns) -> dict[str, jax.Array]:
        """Expected galaxies of each part on each tracer. (n,) each"""
        hosts, satellite = self.occupation(theta, columns), columns["is_satellite"]
        central = exclusive(hosts.central)
        rates = hosts.satellite * self._spread(theta, columns)
        if self._has_one_at_a_place:
            rates = exclusive(rates)
        found = {}
        for t, name in enumerate(self.names):
            of_centres, of_places = _parts_of(name)
            found[of_centres] = jnp.where(satellite, 0.0, central[:, t])
            found[of_places] = jnp.where(satellite, jnp.maximum(rates[:, t], 0.0), 0.0)
        return found

    @property
    def _has_one_at_a_place(self) -> bool:
        return self.second_moments == BINOMIAL and not self.is_correlated

    def _spread(self, theta: Theta, columns: Columns) -> jax.Array:
        """The part of each tracer's satellites of a host that a place gets. (n, n_tracer)"""
        share = columns["satellite_share"]
        if not self.ranks:
            return share[:, None]
        ranks = jnp.stack([columns[name] for name in RANKS.values()], axis=1)
        preferences = jnp.stack([self.preference(name, theta)[1:] for name in self.names], axis=1)
        return share[:, None] * (1 + ranks @ preferences)

    def _of(self, sample: Sample) -> tuple[str, ...]:
        """The parts that make up a sample."""
        parts = self.kind_parts
        every = tuple(part for name in self.names for part in _parts_of(name))
        return every if sample.kind == ALL else parts[sample.kind]

    def _masks(self, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        """1 for tracers whose centrals, and whose satellites, are in a sample. (n_tracer,) each"""
        chosen = self._of(sample)
        parts = [_parts_of(name) for name in self.names]
        return tuple(np.array([float(one[i] in chosen) for one in parts]) for i in range(2))


_ROLES = ("central", "satellite")


def _parts_of(name: str) -> tuple[str, str]:
    """The centrals and the satellites of a tracer, as kinds of galaxies."""
    return tuple(f"{name}_{role}" if name else role for role in _ROLES)


@functools.cache
def space_of(
    parameters: tuple[Parameter, ...], start: tuple[tuple[str, float], ...] = ()
) -> ParameterSpace:
    """The space of parameters, made once, with other values where `start` names some."""
    return ParameterSpace(parameters).at(dict(start))


def rank_parameters(ranks: bool) -> tuple[Parameter, ...]:
    """The preferences of satellites for places by their ranks, where they have any."""
    return tuple(Parameter(name, 0.0, -1.0, 1.0, _latex(name)) for name in (RANKS if ranks else ()))


def _latex(name: str) -> str:
    letter, _, index = name.partition("_")
    return rf"{letter}_{{\rm {index}}}" if index else letter


def exclusive(expected: jax.Array) -> jax.Array:
    """Chances of outcomes that exclude one another, earlier ones first, 1 in all: (n, k)."""
    found, left = [], 1.0
    for column in expected.T:
        found.append(jnp.clip(column, 0.0, jnp.maximum(left, 0.0)))
        left = left - column
    return jnp.stack(found, axis=1)
