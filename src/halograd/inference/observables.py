"""Which numbers a data vector holds: statistics, samples and bins, in a fixed order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import DataError
from halograd.inference.galaxy_sample import Sample, checked_samples
from halograd.inference.statistics import STATISTICS, Statistic
from halograd.inference.statistics.lensing import Lensing
from halograd.inference.statistics.multipoles import Multipoles
from halograd.inference.statistics.number_density import NumberDensity
from halograd.inference.statistics.projected_clustering import ProjectedClustering
from halograd.inference.statistics.real_space_clustering import RealSpaceClustering

__all__ = ["Observables", "Prediction", "Sample"]


class Prediction(NamedTuple):
    """The statistics of a model, or measured ones; those that are absent have no numbers.

    Attributes:
        n: (n_sample_n,), number density, (Mpc/h)^-3.
        wp: (n_sample_wp, n_rp), comoving Mpc/h.
        delta_sigma: (n_sample_ds, n_R), h Msun / pc^2.
        xi: (n_sample_xi, n_r), ξ(r).
        multipoles: (n_sample_multipoles, n_ell, n_s), ξ_ℓ(s).
    """

    n: jax.Array = np.zeros(0)
    wp: jax.Array = np.zeros((0, 0))
    delta_sigma: jax.Array = np.zeros((0, 0))
    xi: jax.Array = np.zeros((0, 0))
    multipoles: jax.Array = np.zeros((0, 0, 0))

    @property
    def vector(self) -> jax.Array:
        """All numbers in one row: statistic by statistic, sample by sample. (n_data,)"""
        return jnp.concatenate([jnp.ravel(part) for part in self if np.size(part)])


class Observables:
    """The layout of a data vector.

    Args:
        n: Samples whose number density is predicted.
        wp: Samples whose projected clustering is.
        rp_edges: (n_rp + 1,), bins of wp, comoving Mpc/h; needed with wp.
        pi_max: Depth of wp, comoving Mpc/h; needed with wp.
        delta_sigma: Samples whose lensing is.
        r_edges: (n_R + 1,), annuli of ΔΣ, comoving Mpc/h; needed with delta_sigma.
        xi: Samples whose correlation function in real space is.
        xi_edges: (n_r + 1,), shells of ξ, comoving Mpc/h; needed with xi.
        multipoles: Samples whose multipoles in redshift space are; galaxies move with their
            halos.
        s_edges: (n_s + 1,), shells of ξ_ℓ, comoving Mpc/h; needed with multipoles.
        ells: The multipoles, even numbers.
        n_mu: Equal bins of |μ| in which pairs are counted for them.
        lines_of_sight: Axes of the box along which the observer looks; ξ_ℓ is averaged over them.

    Attributes:
        statistics: Those that are there, in the order of the data vector.
        n, wp, delta_sigma, xi, multipoles: Their samples, empty for the others.

    Raises:
        DataError: For no sample at all, samples without width, and bins that are missing or do
            not increase.
    """

    def __init__(
        self,
        *,
        n: Iterable[tuple[float, float]] = (),
        wp: Iterable[tuple[float, float]] = (),
        rp_edges: ArrayLike | None = None,
        pi_max: float | None = None,
        delta_sigma: Iterable[tuple[float, float]] = (),
        r_edges: ArrayLike | None = None,
        xi: Iterable[tuple[float, float]] = (),
        xi_edges: ArrayLike | None = None,
        multipoles: Iterable[tuple[float, float]] = (),
        s_edges: ArrayLike | None = None,
        ells: Sequence[int] = (0, 2),
        n_mu: int = 20,
        lines_of_sight: Sequence[int] = (2,),
    ) -> None:
        given: dict[type[Statistic], tuple[Iterable[tuple[float, float]], tuple[Any, ...]]] = {
            NumberDensity: (n, ()),
            ProjectedClustering: (wp, (rp_edges, pi_max)),
            Lensing: (delta_sigma, (r_edges,)),
            RealSpaceClustering: (xi, (xi_edges,)),
            Multipoles: (multipoles, (s_edges, ells, n_mu, lines_of_sight)),
        }
        samples = {kind: checked_samples(listed) for kind, (listed, _) in given.items()}
        self.statistics: tuple[Statistic, ...] = tuple(
            kind.declare(samples[kind], *bins) for kind, (_, bins) in given.items() if samples[kind]
        )
        if not self.statistics:
            raise DataError(f"name at least one sample of {', '.join(STATISTICS)}")
        self.n, self.wp, self.delta_sigma, self.xi, self.multipoles = samples.values()

    @classmethod
    def of(cls, samples: Mapping[str, Any], declared: Mapping[str, Any]) -> "Observables":
        """From samples by statistic, and the arguments that declare their bins."""
        return cls(**samples, **declared)

    def __getitem__(self, name: str) -> Statistic:
        """The statistic of that name; DataError where there is none."""
        for statistic in self.statistics:
            if statistic.name == name:
                return statistic
        raise DataError(f"there is no {name} among {', '.join(s.name for s in self.statistics)}")

    @property
    def declared(self) -> dict[str, Any]:
        """Every argument that declares bins, of the statistics that are there."""
        return {name: value for s in self.statistics for name, value in s.declared.items()}

    @property
    def size(self) -> int:
        """Numbers in the data vector."""
        return sum(statistic.size for statistic in self.statistics)

    @property
    def scales(self) -> np.ndarray:
        """The middle of the bin of each number, Mpc/h; inf for n. (n_data,)"""
        return np.concatenate([statistic.scales for statistic in self.statistics])

    @property
    def rp_edges(self) -> np.ndarray:
        """(n_rp + 1,), bins of wp, comoving Mpc/h; a single 0 without wp."""
        return np.array(self.declared.get("rp_edges", (0.0,)))

    @property
    def pi_max(self) -> float | None:
        """Depth of wp, comoving Mpc/h, or None."""
        return self.declared.get("pi_max")

    @property
    def r_edges(self) -> np.ndarray:
        """(n_R + 1,), annuli of ΔΣ, comoving Mpc/h; a single 0 without ΔΣ."""
        return np.array(self.declared.get("r_edges", (0.0,)))

    @property
    def rp(self) -> np.ndarray:
        """Geometric middle of the wp bins, comoving Mpc/h."""
        return self["wp"].separation if self.wp else np.zeros(0)

    @property
    def r(self) -> np.ndarray:
        """Geometric middle of the ΔΣ annuli, comoving Mpc/h."""
        return self["delta_sigma"].separation if self.delta_sigma else np.zeros(0)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every distinct sample, by lower edge."""
        return tuple(sorted({sample for s in self.statistics for sample in s.samples}))

    def columns(self, statistic: Statistic) -> list[int]:
        """The places of the samples of a statistic among `samples`."""
        return [self.samples.index(sample) for sample in statistic.samples]

    def difference(self, other: "Observables") -> str | None:
        """What `other` has that differs, in words; None where both are the same numbers."""
        for name in STATISTICS:
            mine, theirs = getattr(self, name), getattr(other, name)
            if not _close(mine, theirs):
                return f"samples of {name}: {_listed(mine)} and {_listed(theirs)}"
        for name, mine in self.declared.items():
            theirs = other.declared[name]
            if not _close(mine, theirs):
                return f"{name}: {mine} and {theirs}"
        return None

    def split(self, vector: ArrayLike) -> Prediction:
        """The parts of a data vector: (n_data,) -> Prediction. Leading axes are kept."""
        vector = jnp.asarray(vector)
        if vector.shape[-1] != self.size:
            raise DataError(
                f"a data vector of {self.size} numbers was expected, got {vector.shape}"
            )
        return Prediction(**self.parts(vector))

    def parts(self, vectors: ArrayLike) -> dict[str, ArrayLike]:
        """The parts by name, arrays of the kind given: (..., n_data) -> (..., *shape)."""
        lead, found, start = vectors.shape[:-1], {}, 0
        for statistic in self.statistics:
            stop = start + statistic.size
            found[statistic.name] = vectors[..., start:stop].reshape(*lead, *statistic.shape)
            start = stop
        return found


def _close(mine: ArrayLike, theirs: ArrayLike) -> bool:
    """Equal but for rounding."""
    mine, theirs = np.asarray(mine, float), np.asarray(theirs, float)
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=1e-6, atol=1e-9)


def _listed(samples: tuple[Sample, ...]) -> str:
    return ", ".join(f"[{sample.low:g}, {sample.high:g}]" for sample in samples) or "none"
