"""What statistics of pairs have in common that an observer sees along axes of the box."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np
from jax.typing import ArrayLike

from halograd import stats
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.statistics.pair_statistic import PairStatistic

T = TypeVar("T")


class LineOfSightStatistic(PairStatistic):
    """A statistic of pairs of galaxies that stand in redshift space, or in real space.

    Subclasses have the fields `redshift_space`, whether galaxies stand where their redshift puts
    them, and `lines_of_sight`, the axes of the box along which the observer looks.
    """

    @property
    def space(self) -> str:
        """Real or redshift space, as the end of a sentence."""
        if not self.redshift_space:
            return "in real space"
        along = " and ".join("xyz"[axis] for axis in self.lines_of_sight)
        mean = f", the mean of observers along {along}" if len(self.lines_of_sight) > 1 else ""
        return f"in redshift space{mean or f' along {along}'}"

    def depends_on(self, halos: HaloCatalog) -> Mapping[str, ArrayLike]:
        """What shifts halos into redshift space, by name; nothing in real space."""
        if not self.redshift_space:
            return {}
        matter = None if halos.cosmology is None else halos.cosmology.omega_m
        columns = {"velocities": halos.velocities, "redshift": halos.redshift, "omega_m": matter}
        return {name: np.asarray(x) for name, x in columns.items() if x is not None}

    def along_each(
        self, make: Callable[..., T], halos: HaloCatalog, *bins: Any, **options: Any
    ) -> tuple[T, ...]:
        """`make(positions, boxsize, *bins, line_of_sight=axis, **options)` of every line of sight.

        Raises:
            DataError: As `positions`.
        """
        return tuple(
            make(self.positions(axis, halos), halos.boxsize, *bins, line_of_sight=axis, **options)
            for axis in self.lines_of_sight
        )

    def positions(self, axis: int, halos: HaloCatalog) -> np.ndarray:
        """Where halos appear to an observer along an axis, comoving Mpc/h. (n_halo, 3)

        Raises:
            DataError: In redshift space, for a catalogue without velocities or a cosmology.
        """
        if not self.redshift_space:
            return halos.positions
        lacking = {"velocities": halos.velocities, "cosmology": halos.cosmology}
        missing = [name for name, value in lacking.items() if value is None]
        if missing:
            raise DataError(
                f"{self.name} is to be in redshift space, which takes velocities and, for the "
                f"Hubble rate, a cosmology, but the halo catalogue has no "
                f"{' and no '.join(missing)}: read one that has, or ask for real space with "
                "redshift_space = false"
            )
        return stats.redshift_space_positions(
            halos.positions,
            halos.velocities,
            boxsize=halos.boxsize,
            redshift=halos.redshift,
            cosmology=halos.cosmology,
            line_of_sight=axis,
        )


def checked_axes(lines_of_sight: ArrayLike) -> tuple[int, ...]:
    """Different axes of the box along which an observer looks, as whole numbers."""
    axes = tuple(np.atleast_1d(lines_of_sight).tolist())
    if not axes or len(set(axes)) != len(axes) or not set(axes) <= {0, 1, 2}:
        raise DataError(f"lines_of_sight must be different axes 0, 1 or 2, got {lines_of_sight!r}")
    return tuple(map(int, axes))


def checked_flag(name: str, value: Any) -> bool:
    """True or False, and no other way to say so."""
    if not isinstance(value, bool | np.bool_):
        raise DataError(f"{name} must be True or False, got {value!r}")
    return bool(value)
