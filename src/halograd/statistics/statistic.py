"""What every statistic of a data vector knows of itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal, NamedTuple, Self

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import DataError, HalogradError
from halograd.samples import Cross, Sample
from halograd.statistics.style import Style

Prepared = Any
"""What a statistic is measured from: the volume, profiles, pairs, or a tuple of pairs."""

Regions = Any
"""The same, with subvolumes that can be left out."""


UNITS = {
    "density": "(Mpc/h)^-3",
    "length": "Mpc/h",
    "surface density": "h Msun/pc^2",
    "dimensionless": "1",
}
"""What the numbers of a statistic are in, by its `unit`."""


class Survey(NamedTuple):
    """What the counting noise of a measurement depends on.

    Attributes:
        volume: Volume of the survey, (Mpc/h)^3.
        lensing_noise: Error of ΔΣ at 1 Mpc/h for 10^4 lenses, h Msun / pc^2.
    """

    volume: float
    lensing_noise: float = 1.0


@dataclass(frozen=True)
class Statistic(ABC):
    """One statistic of several samples, in its bins; immutable, and equal by value.

    The fields besides `samples` declare its bins: they are arguments of `Observables`, and keys
    of its section in a configuration. Those without a default must be given.

    A new statistic gives `name`, `style`, `dims`, `made_from`, `separation`, `prepare` and
    `measure`; the rest has defaults, or says what it cannot do.

    Attributes:
        samples: What a row of numbers is of: samples, or crosses of two where `takes_crosses`.
        name: As configurations, files and results name it.
        style: How it is named and drawn.
        dims: Names of its axes in files of chains: samples, then orders, then separations.
        made_from: What `prepare` makes. "galaxies": the volume of the box, and nothing of halos.
            "profiles": (n_halo, k) numbers of which it is the mean over galaxies. "pairs": pairs
            of `halograd.pairs`, or a tuple of them. A statistic made of one of these can be
            tabulated. "halos": anything else.
        edges_field: The field that holds its bins of separation, comoving Mpc/h, or None.
        unit: What its numbers measure: "length", "surface density", "density" or "dimensionless";
            `UNITS` says in which unit.
        takes_crosses: Whether it can be of two samples.
    """

    samples: tuple[Sample | Cross, ...]

    name: ClassVar[str]
    style: ClassVar[Style]
    dims: ClassVar[tuple[str, ...]]
    made_from: ClassVar[Literal["galaxies", "profiles", "pairs", "halos"]] = "halos"
    edges_field: ClassVar[str | None] = None
    unit: ClassVar[str] = "dimensionless"
    takes_crosses: ClassVar[bool] = False

    @classmethod
    def declare(cls, samples: tuple[Sample | Cross, ...], **bins: Any) -> Self:
        """The statistic of samples, its bins checked.

        Args:
            samples: As the attribute.
            **bins: The other fields; a missing one takes its default.

        Raises:
            DataError: For bins that are missing or not increasing, and a cross where there is
                none.
        """
        crosses = [sample.name for sample in samples if isinstance(sample, Cross)]
        if crosses and not cls.takes_crosses:
            raise DataError(f"{cls.name} is not of two samples, got {crosses[0]}")
        for field in fields(cls):
            is_missing = bins.get(field.name) is None
            if field.name != "samples" and is_missing and _checks.is_required(field):
                unit = ", in comoving Mpc/h" if field.name in {cls.edges_field, "pi_max"} else ""
                raise DataError(f"{cls.name} needs {field.name}{unit}")
        given = {key: value for key, value in bins.items() if value is not None}
        if cls.edges_field is not None:
            edges = _checks.increasing_edges(cls.edges_field, given[cls.edges_field], DataError)
            given[cls.edges_field] = tuple(edges.tolist())
        return cls(samples, **cls.checked_bins(given))

    @classmethod
    def checked_bins(cls, bins: dict[str, Any]) -> dict[str, Any]:
        """The fields besides `samples` in hashable types; DataError for values out of range."""
        return bins

    @property
    def members(self) -> tuple[Sample, ...]:
        """The samples whose weights it takes, each once, in the order of `samples`."""
        return tuple(dict.fromkeys(m for sample in self.samples for m in sample.members))

    @property
    def edges(self) -> tuple[float, ...]:
        """Edges of the bins of separation, comoving Mpc/h, (n_bin + 1,); none without bins."""
        return () if self.edges_field is None else getattr(self, self.edges_field)

    @property
    def separation(self) -> np.ndarray:
        """Geometric middle of the bins, comoving Mpc/h, half the edge of one that begins at 0."""
        if not self.edges:
            return np.zeros(0)
        low, high = np.asarray(self.edges[:-1]), np.asarray(self.edges[1:])
        return np.where(low > 0, np.sqrt(low * high), high / 2)

    @property
    def orders(self) -> tuple[int, ...]:
        """What a sample has a row of numbers for, such as multipoles; empty for a single row."""
        return ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the numbers: (n_sample,), (n_sample, n_bin) or (n_sample, n_order, n_bin)."""
        lengths = (len(axis) for axis in (self.orders, self.separation) if len(axis))
        return (len(self.samples), *lengths)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod(self.shape))

    @property
    def scales(self) -> np.ndarray:
        """The separation of each number, inf where it has none. (size,)"""
        along = self.separation if len(self.separation) else np.array([np.inf])
        return np.tile(along, self.size // len(along))

    @property
    def declared(self) -> dict[str, Any]:
        """The fields that declare the bins, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "samples"}

    @property
    def without_samples(self) -> Self:
        """The bins alone."""
        return replace(self, samples=())

    @property
    def space(self) -> str:
        """Where galaxies stand, such as "in redshift space along z"; empty where it is open."""
        return ""

    @property
    def uses_pairs(self) -> bool:
        """Whether it is made from pairs."""
        return self.made_from == "pairs"

    @abstractmethod
    def prepare(self, halos: HaloCatalog) -> Prepared:
        """What it is measured from on a catalogue, which depends on no parameter."""

    @abstractmethod
    def measure(self, weights: jax.Array, prepared: Prepared) -> jax.Array:
        """The numbers, differentiable in the weights: (n_row, n_member) -> `shape`.

        Args:
            weights: The expected galaxies of each of `members` on each row: a halo, or what a
                table has in its place.
            prepared: What it is measured from.
        """

    def without_regions(
        self, halos: HaloCatalog, n_side: int | ArrayLike, prepared: Prepared | None = None
    ) -> Regions:
        """What it is measured from when subvolumes of a catalogue are left out.

        Args:
            halos: The catalogue.
            n_side: Subvolumes along each axis, a number or one per axis; K is their product.
            prepared: What `prepare` gave, to reuse, or None.

        Raises:
            HalogradError: For a statistic that has no jackknife.
        """
        raise HalogradError(
            f"{self.name} has no jackknife: leave it out, or use another covariance"
        )

    def leave_one_out(self, weights: jax.Array, regions: Regions) -> jax.Array:
        """The numbers without each subvolume in turn: (n_halo, n_member) -> (K, *shape)."""
        raise HalogradError(
            f"{self.name} has no jackknife: leave it out, or use another covariance"
        )

    def counting_error(
        self, values: np.ndarray, galaxies: np.ndarray, survey: Survey
    ) -> np.ndarray:
        """The error that comes from the number of galaxies, pairs or lenses: `shape` -> `shape`.

        Args:
            values: The noiseless numbers.
            galaxies: (n_member,), how many the survey has of each of `members`.
            survey: Its volume and noise.

        Raises:
            HalogradError: For a statistic whose noise is not known.
        """
        raise HalogradError(
            f"the counting noise of {self.name} is not known: give a measured covariance"
        )

    def depends_on(self, halos: HaloCatalog) -> Mapping[str, ArrayLike]:
        """What it depends on of a catalogue besides positions, by name; identifies a table."""
        return {}
