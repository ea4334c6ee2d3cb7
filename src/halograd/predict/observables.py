"""Which numbers a data vector holds: statistics, samples and bins, in a fixed order."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError, HalogradError
from halograd.predict.prediction import Prediction
from halograd.samples import Cross, Sample, samples_from
from halograd.statistics import STATISTICS, Statistic

Range = tuple[float, float]
EVERYTHING: Range = (-np.inf, np.inf)


class Observables:
    """The layout of a data vector.

    Either from statistics, `Observables([Wp(...), ...])`, or by name: each statistic that
    `halograd plugins` lists is a keyword that takes its samples, and the fields of its class are
    keywords that declare its bins,

        Observables(n=["red", (10.5, inf)], wp=["red", ("red", "blue")], rp_edges=..., pi_max=40)

    A pair of numbers is a range of log10 M* (Msun), a string a kind of galaxies that the model
    names, a pair of samples their cross. Built in are n; wp (rp_edges, pi_max, redshift_space,
    lines_of_sight); delta_sigma (r_edges); xi (xi_edges); multipoles (s_edges, ells, n_mu,
    lines_of_sight, redshift_space); and wedges (wedge_edges, mu_edges, lines_of_sight,
    redshift_space). Edges and pi_max are in comoving Mpc/h. Without a word wp is in real space,
    multipoles and wedges in redshift space; `redshift_space=True` or False says it for all, and
    so does `lines_of_sight` for what is in redshift space.

    Args:
        statistics: The statistics themselves, in place of keywords.
        **declared: Samples by the name of a statistic, and the fields that declare bins.

    Attributes:
        statistics: Those that are there, in the order of the data vector.

    Raises:
        DataError: For no sample at all, samples without width, unknown keywords, and bins that
            are missing or do not increase.
    """

    def __init__(self, statistics: Iterable[Statistic] = (), **declared: Any) -> None:
        self.statistics: tuple[Statistic, ...] = tuple(statistics) or _declared(declared)
        names = [statistic.name for statistic in self.statistics]
        if not names:
            raise DataError(f"name at least one sample of {', '.join(STATISTICS)}")
        if len(set(names)) != len(names):
            raise DataError(f"a data vector holds each statistic once, got {', '.join(names)}")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{s.name} {s.size}" for s in self.statistics)
        return f"Observables({self.size} numbers: {sizes})"

    def __getitem__(self, name: str) -> Statistic:
        """The statistic of that name; DataError where there is none."""
        for statistic in self.statistics:
            if statistic.name == name:
                return statistic
        raise DataError(f"there is no {name} among {', '.join(s.name for s in self.statistics)}")

    def __contains__(self, name: object) -> bool:
        return any(statistic.name == name for statistic in self.statistics)

    def __getattr__(self, name: str) -> Any:
        """What statistics know, by name.

        The samples of a statistic by its name, () without it; the fields that declare bins, such
        as `rp_edges`; and the middles of bins, such as `rp`, as files of chains name that axis.
        """
        if name.startswith("_") or "statistics" not in self.__dict__:
            raise AttributeError(name)
        if name in self:
            return self[name].samples
        if name in self.declared:
            value = self.declared[name]
            return np.array(value) if isinstance(value, tuple) else value
        for statistic in self.statistics:
            if len(statistic.separation) and name == statistic.dims[-1]:
                return statistic.separation
        if name in STATISTICS:
            return ()
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    @property
    def declared(self) -> dict[str, Any]:
        """Every field that declares bins, of the statistics that are there.

        A field that several statistics have, with different values, stands under the name of each:
        "wp.lines_of_sight".
        """
        found: dict[str, list[tuple[str, Any]]] = {}
        for s in self.statistics:
            for name, value in s.declared.items():
                found.setdefault(name, []).append((s.name, value))
        declared = {}
        for name, values in found.items():
            if all(value == values[0][1] for _, value in values):
                declared[name] = values[0][1]
            else:
                declared |= {f"{statistic}.{name}": value for statistic, value in values}
        return declared

    @property
    def size(self) -> int:
        """How many numbers the data vector has."""
        return sum(statistic.size for statistic in self.statistics)

    @property
    def scales(self) -> np.ndarray:
        """The middle of the bin of each number, comoving Mpc/h; inf for n. (n_data,)"""
        return np.concatenate([statistic.scales for statistic in self.statistics])

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every distinct sample, members of crosses included, by lower edge."""
        return tuple(sorted({member for s in self.statistics for member in s.members}))

    def columns(self, statistic: Statistic) -> list[int]:
        """The places of the members of a statistic among `samples`."""
        return [self.samples.index(member) for member in statistic.members]

    def difference(self, other: "Observables") -> str | None:
        """What `other` has that differs, in words; None where both are the same numbers."""
        for name in dict.fromkeys(s.name for s in (*self.statistics, *other.statistics)):
            mine, theirs = (
                layout[name].samples if name in layout else () for layout in (self, other)
            )
            if not _same_samples(mine, theirs):
                return f"samples of {name}: {_listed(mine)} and {_listed(theirs)}"
        for statistic in self.statistics:
            for name, mine in statistic.declared.items():
                theirs = other[statistic.name].declared[name]
                if mine != theirs and not _close(mine, theirs):
                    is_shared = sum(name in s.declared for s in self.statistics) > 1
                    of = f" of {statistic.name}" if is_shared else ""
                    return f"{name}{of}: {mine} and {theirs}"
        return None

    def split(self, vector: ArrayLike) -> Prediction:
        """The parts of a data vector: (n_data,) -> Prediction. Leading axes are kept."""
        vector = jnp.asarray(vector)
        if vector.shape[-1] != self.size:
            raise DataError(
                f"a data vector of {self.size} numbers was expected, got {vector.shape}"
            )
        return Prediction(self.parts(vector))

    def parts(self, vectors: ArrayLike) -> dict[str, ArrayLike]:
        """The parts by name, arrays of the kind given: (..., n_data) -> (..., *shape)."""
        lead, found, start = vectors.shape[:-1], {}, 0
        for statistic in self.statistics:
            stop = start + statistic.size
            found[statistic.name] = vectors[..., start:stop].reshape(*lead, *statistic.shape)
            start = stop
        return found


def select(observables: Observables, **ranges: Range | None) -> np.ndarray:
    """Which numbers lie in the given ranges; a statistic without a range is left out.

    Args:
        observables: The layout.
        **ranges: [low, high] by the name of a statistic: for those with bins the separations in
            comoving Mpc/h, of bins whose geometric middle lies within; for n log10 M* (Msun), of
            samples within, thresholds by their lower edge, and kinds without a range always.

    Returns:
        (n_data,), True for the numbers that are kept.

    Raises:
        DataError: For an unknown statistic, and a range whose ends do not increase.
    """
    _checks.known_keys("a selection", ranges, STATISTICS.names, DataError)
    for name, limits in ranges.items():
        if limits is not None and not limits[0] < limits[1]:
            raise DataError(f"the range of {name} needs low < high, got {list(limits)}")
    return np.concatenate([_kept(s, ranges.get(s.name)) for s in observables.statistics])


def _kept(statistic: Statistic, limits: Range | None) -> np.ndarray:
    if limits is None:
        return np.zeros(statistic.size, bool)
    if not len(statistic.separation):
        within = [_sample_within(sample, limits) for sample in statistic.samples]
        return np.repeat(within, statistic.size // len(within))
    return (statistic.scales >= limits[0]) & (statistic.scales <= limits[1])


def _sample_within(sample: Sample, limits: Range) -> bool:
    if not sample.has_range:
        return True
    ends_below = sample.high <= limits[1] if np.isfinite(sample.high) else sample.low < limits[1]
    return sample.low >= limits[0] and ends_below


def _declared(declared: dict[str, Any]) -> tuple[Statistic, ...]:
    """The statistics that keywords declare, in the order of the registry."""
    samples = {name: samples_from(declared.pop(name, ())) for name in STATISTICS.names}
    known = set()
    for name in STATISTICS.names:
        try:
            known |= {f.name for f in fields(STATISTICS[name])} - {"samples"}
        except HalogradError:  # of a package that cannot be used, unless it is asked for
            if samples[name]:
                raise
    _checks.known_keys("a data vector", declared, (*STATISTICS.names, *sorted(known)), DataError)
    found = []
    for name, listed in samples.items():
        if listed:
            kind = STATISTICS[name]
            own = {f.name for f in fields(kind)} & set(declared)
            found.append(kind.declare(listed, **{key: declared[key] for key in own}))
    return tuple(found)


def _same_samples(mine: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """The same kinds, with limits equal but for rounding."""
    members = [[m for sample in samples for m in sample.members] for samples in (mine, theirs)]
    shapes = [[isinstance(sample, Cross) for sample in samples] for samples in (mine, theirs)]
    kinds = [[m.kind for m in listed] for listed in members]
    limits = [[m[:2] for m in listed] for listed in members]
    return shapes[0] == shapes[1] and kinds[0] == kinds[1] and _close(*limits)


def _close(mine: ArrayLike, theirs: ArrayLike) -> bool:
    """Equal but for rounding; nothing is close to None."""
    if mine is None or theirs is None:
        return False
    mine, theirs = np.asarray(mine, float), np.asarray(theirs, float)
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=1e-6, atol=1e-9)


def _listed(samples: tuple[Any, ...]) -> str:
    return "; ".join(sample.name for sample in samples) or "none"
