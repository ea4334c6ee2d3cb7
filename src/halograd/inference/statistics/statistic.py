"""What every statistic of a data vector knows of itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, NamedTuple, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError
from halograd.inference.galaxy_sample import Sample

Source = Any
"""What a statistic is measured from: the volume, profiles, pairs, or a tuple of pairs."""

Regions = Any
"""The same, with subvolumes that can be left out."""


class Survey(NamedTuple):
    """What the counting noise of a measurement depends on.

    Attributes:
        volume: (Mpc/h)^3.
        lensing_noise: Of ΔΣ at 1 Mpc/h for 10^4 lenses, h Msun / pc^2.
    """

    volume: float
    lensing_noise: float = 1.0


@dataclass(frozen=True)
class Statistic(ABC):
    """One statistic of several samples, in its bins; immutable, and equal by value.

    The fields besides `samples` are the arguments of `Observables` that declare its bins.

    Attributes:
        samples: Of galaxies.
    """

    samples: tuple[Sample, ...]

    name: ClassVar[str]
    uses_pairs: ClassVar[bool] = False

    @property
    @abstractmethod
    def separation(self) -> np.ndarray:
        """Geometric middle of the bins, comoving Mpc/h; empty where there are none."""

    @property
    def kinds(self) -> tuple[int, ...]:
        """What a sample has a row of numbers for, such as multipoles; empty for a single row."""
        return ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the numbers: (n_sample,), (n_sample, n_bin) or (n_sample, n_kind, n_bin)."""
        lengths = (len(axis) for axis in (self.kinds, self.separation) if len(axis))
        return (len(self.samples), *lengths)

    @property
    def size(self) -> int:
        """How many numbers."""
        return int(np.prod(self.shape))

    @property
    def scales(self) -> np.ndarray:
        """The separation of each number, inf where it has none. (size,)"""
        along = self.separation if len(self.separation) else np.array([np.inf])
        return np.tile(along, self.size // len(along))

    @property
    def declared(self) -> dict[str, Any]:
        """The arguments of `Observables` that declare the bins."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "samples"}

    @property
    def without_samples(self) -> Self:
        """The bins alone."""
        return replace(self, samples=())

    @abstractmethod
    def source(self, halos: HaloCatalog, profiles: ArrayLike | None) -> Source:
        """What it is measured from on a catalogue.

        Args:
            halos: The catalogue.
            profiles: (n_halo, n_R), ΔΣ_i of each halo, or None to make them where needed.
        """

    @abstractmethod
    def measure(self, weights: jax.Array, source: Source) -> jax.Array:
        """The numbers: (n_row, n_sample) -> `shape`.

        Args:
            weights: Of pairs where `uses_pairs`, else galaxies, in each row of the source.
            source: What it is measured from.
        """

    @abstractmethod
    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, profiles: ArrayLike | None
    ) -> Regions:
        """What it is measured from when subvolumes of a catalogue are left out.

        Args:
            halos: The catalogue.
            n_side: Subvolumes along each axis, a number or one per axis; K is their product.
            profiles: As for `source`.
        """

    @abstractmethod
    def leave_one_out(self, weights: jax.Array, regions: Regions) -> jax.Array:
        """The numbers without each subvolume in turn: (n_halo, n_sample) -> (K, *shape)."""

    @abstractmethod
    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """The error that comes from the number of galaxies, pairs or lenses: `shape` -> `shape`.

        Args:
            values: The noiseless numbers.
            galaxies: (n_sample,), in the survey.
            survey: Its volume and noise.
        """

    def halo_columns(self, halos: HaloCatalog) -> Mapping[str, ArrayLike]:
        """What of a catalogue it depends on, besides positions and masses."""
        return {}


def declared_edges(name: str, edges: ArrayLike | None, statistic: str) -> tuple[float, ...]:
    """Edges of bins of separation; DataError where they are missing or do not increase."""
    if edges is None:
        raise DataError(f"{statistic} needs {name}, in comoving Mpc/h")
    return tuple(_checks.increasing_edges(name, edges, DataError).tolist())


def middles(edges: tuple[float, ...]) -> np.ndarray:
    """Geometric middle of each bin, half the upper edge of one that begins at 0. (n_bin,)"""
    low, high = np.asarray(edges[:-1]), np.asarray(edges[1:])
    return np.where(low > 0, np.sqrt(low * high), high / 2)
