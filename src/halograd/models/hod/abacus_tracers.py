"""Several tracers of AbacusHOD together, which exclude one another at each place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import equinox as eqx
import jax.numpy as jnp

from halograd import _checks
from halograd.errors import ConfigError, HalogradError
from halograd.models.hod.abacus import (
    AbacusELG,
    AbacusLRG,
    AbacusOccupation,
    AbacusQSO,
    conforming,
)
from halograd.models.hod.halo_occupation import (
    BINOMIAL,
    HaloOccupation,
    HostOccupation,
    exclusive,
    space_of,
)
from halograd.models.model import Columns
from halograd.models.parameters import ParameterSpace, Theta

if TYPE_CHECKING:
    from halograd.catalogs.halo_catalog import HaloCatalog

_TRACERS = {"LRG": AbacusLRG, "ELG": AbacusELG, "QSO": AbacusQSO}


class AbacusTracers(HaloOccupation):
    """LRGs, ELGs and QSOs on the same halos, as AbacusHOD draws them.

    A centre, and a satellite place, holds one galaxy at most, an LRG first, then an ELG, then a
    QSO: what one tracer leaves over of the chances is there for the next. Parameters are those of
    each tracer behind its name, such as "LRG_logM_cut". Samples are kinds: "LRG", "ELG_central",
    "satellite" and the like, and crosses of them.

    Attributes:
        tracers: Two or three of `AbacusLRG`, `AbacusELG` and `AbacusQSO`, each drawn
            "binomial"; all with ranks or none.
        conformity: Whether ELG satellites know the central of their host: `ELG_logM1_EE` and
            `ELG_alpha_EE` where it is an ELG, `ELG_logM1_EL` and `ELG_alpha_EL` where an LRG. The
            galaxies of a halo are then correlated, and Poisson at each place.
        start: Values of parameters in the place of the defaults, as `starting_at` gives them.
    """

    tracers: tuple[AbacusOccupation, ...] = (AbacusLRG(), AbacusELG())
    conformity: bool = eqx.field(static=True, default=False)
    start: tuple[tuple[str, float], ...] = eqx.field(static=True, default=())
    ranks: bool = eqx.field(static=True, init=False)
    second_moments: str = eqx.field(static=True, init=False, default=BINOMIAL)

    def __init__(
        self,
        tracers: tuple[AbacusOccupation, ...] = (AbacusLRG(), AbacusELG()),
        conformity: bool = False,
        start: tuple[tuple[str, float], ...] = (),
    ) -> None:
        tracers = tuple(tracers)
        names = [one.names[0] for one in tracers if isinstance(one, AbacusOccupation)]
        order = [name for name in _TRACERS if name in names]
        if len(names) != len(tracers) or len(names) < 2 or names != order:
            given = ", ".join(type(one).__name__ for one in tracers)
            raise HalogradError(
                "tracers are two or three different ones of AbacusLRG(), AbacusELG() and "
                f"AbacusQSO(), in this order, got {given}"
            )
        if len({one.ranks for one in tracers}) > 1:
            raise HalogradError("tracers have ranks all or none: give ranks=True to all of them")
        if any(one.second_moments != BINOMIAL or one.is_correlated for one in tracers):
            raise HalogradError(
                'tracers that exclude one another at each place are drawn "binomial"; conformity '
                "is an option of AbacusTracers"
            )
        if conformity and "ELG" not in names:
            raise HalogradError("conformity is of ELGs: add AbacusELG() to the tracers")
        self.tracers, self.conformity, self.ranks = tracers, bool(conformity), tracers[0].ranks
        self.second_moments, self.start = BINOMIAL, start

    @property
    def names(self) -> tuple[str, ...]:
        """The tracers, in the order in which they take places."""
        return tuple(one.names[0] for one in self.tracers)

    @property
    def space(self) -> ParameterSpace:
        """The parameters of each tracer, with its name before them."""
        found = []
        for name, one in zip(self.names, self.tracers, strict=True):
            own = one.space.parameters
            if self.conformity and name == "ELG":
                others = ("EE", "EL") if "LRG" in self.names else ("EE",)
                own = (*own, *(p for letters in others for p in conforming(letters)))
            found += [
                p._replace(name=f"{name}_{p.name}", latex=_with_name(p.latex, name)) for p in own
            ]
        return space_of(tuple(found), self.start)

    def starting_at(self, theta: Theta) -> Self:
        """The model with these values in the place of the defaults of its parameters.

        Raises:
            HalogradError: For an unknown parameter, and a value outside the bounds.
        """
        start = tuple((name, float(value)) for name, value in theta.items())
        space_of(self.space.parameters, start)
        return AbacusTracers(self.tracers, self.conformity, start)

    @property
    def needs_of_hosts(self) -> tuple[str, ...]:
        """The columns that any tracer looks at."""
        return tuple(dict.fromkeys(name for one in self.tracers for name in one.needs_of_hosts))

    @property
    def is_correlated(self) -> bool:
        """Whether the galaxies of one halo are not independent of one another."""
        return self.conformity

    def own_name(self, name: str, parameter: str) -> str:
        """A parameter of one of the tracers, as it stands in theta."""
        return f"{name}_{parameter}"

    def occupation(self, theta: Theta, columns: Columns) -> HostOccupation:
        """Every tracer by itself. (n, n_tracer)"""
        own = [self._own(name, theta) for name in self.names]
        each = [one.occupation(t, columns) for one, t in zip(self.tracers, own, strict=True)]
        central = jnp.concatenate([one.central for one in each], axis=1)
        satellite = jnp.concatenate([one.satellite for one in each], axis=1)
        if not self.conformity:
            return HostOccupation(central, satellite)
        place = self.names.index("ELG")
        elg, theta_elg = self.tracers[place], own[place]
        given = [satellite]
        for name in self.names:
            letters = {"ELG": "EE", "LRG": "EL"}.get(name)
            changed = satellite
            if letters is not None:
                changed = changed.at[:, place].set(elg.conforming(theta_elg, columns, letters))
            given.append(changed)
        given = jnp.stack(given, axis=1)
        chance = exclusive(central)
        chance = jnp.concatenate([1 - chance.sum(axis=1, keepdims=True), chance], axis=1)
        return HostOccupation(central, jnp.einsum("nz,nzt->nt", chance, given), given)

    def _own(self, name: str, theta: Theta) -> dict[str, Any]:
        """The parameters of one tracer by their own names."""
        start = f"{name}_"
        return {key.removeprefix(start): v for key, v in theta.items() if key.startswith(start)}

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: "HaloCatalog | None") -> Self:
        """The tracers that [model] names, each a table of options of its own.

        Args:
            options: "LRG", "ELG" and "QSO", each a table, possibly empty; `conformity`.
            halos: The catalogue, or None.

        Raises:
            ConfigError: For another key.
        """
        _checks.known_keys("the model", options, (*_TRACERS, "conformity"), ConfigError)
        chosen = [
            kind.from_config(options[name], halos)
            for name, kind in _TRACERS.items()
            if name in options
        ]
        given = {"tracers": tuple(chosen)} if chosen else {}
        return cls(**given, conformity=options.get("conformity", False))


def _with_name(latex: str, name: str) -> str:
    return rf"{latex}\ ({{\rm {name}}})" if latex else ""
