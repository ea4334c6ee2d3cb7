"""Which numbers a data vector holds: statistics, samples and bins, in a fixed order."""

from collections.abc import Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError


class Sample(NamedTuple):
    """Galaxies with low <= log10 M* < high (Msun); high = inf for a threshold."""

    low: float
    high: float = np.inf

    @property
    def label(self) -> str:
        """For the legend of a figure."""
        if np.isinf(self.high):
            return rf"$\log M_* > {self.low:g}$"
        return rf"${self.low:g} < \log M_* < {self.high:g}$"

    @property
    def width(self) -> float:
        """Width in dex, inf for a threshold."""
        return self.high - self.low


class Prediction(NamedTuple):
    """The statistics of a model, or measured ones.

    Attributes:
        n: (n_sample_n,), number density, (Mpc/h)^-3.
        wp: (n_sample_wp, n_rp), comoving Mpc/h.
        delta_sigma: (n_sample_ds, n_R), h Msun / pc^2.
    """

    n: jax.Array
    wp: jax.Array
    delta_sigma: jax.Array

    @property
    def vector(self) -> jax.Array:
        """All numbers in one row: n, then wp and ΔΣ sample by sample. (n_data,)"""
        return jnp.concatenate([jnp.ravel(part) for part in self])


class Observables:
    """The layout of a data vector.

    Args:
        n: Samples whose number density is predicted.
        wp: Samples whose projected clustering is.
        rp_edges: (n_rp + 1,), bins of wp, comoving Mpc/h; needed with wp.
        pi_max: Depth of wp, comoving Mpc/h; needed with wp.
        delta_sigma: Samples whose lensing is.
        r_edges: (n_R + 1,), annuli of ΔΣ, comoving Mpc/h; needed with delta_sigma.
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
    ) -> None:
        self.n, self.wp, self.delta_sigma = (_samples(s) for s in (n, wp, delta_sigma))
        if not (self.n or self.wp or self.delta_sigma):
            raise DataError("name at least one sample of n, wp or delta_sigma")
        if self.wp and (rp_edges is None or pi_max is None):
            raise DataError("wp needs rp_edges and pi_max, in comoving Mpc/h")
        if self.delta_sigma and r_edges is None:
            raise DataError("delta_sigma needs r_edges, in comoving Mpc/h")
        self.rp_edges = _edges("rp_edges", rp_edges) if self.wp else np.zeros(1)
        self.r_edges = _edges("r_edges", r_edges) if self.delta_sigma else np.zeros(1)
        self.pi_max = float(pi_max) if self.wp else None

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of n, wp and ΔΣ."""
        n_rp, n_r = len(self.rp_edges) - 1, len(self.r_edges) - 1
        return (len(self.n),), (len(self.wp), n_rp), (len(self.delta_sigma), n_r)

    @property
    def size(self) -> int:
        """Numbers in the data vector."""
        return sum(int(np.prod(shape)) for shape in self.shapes)

    @property
    def rp(self) -> np.ndarray:
        """Geometric middle of the wp bins, comoving Mpc/h."""
        return np.sqrt(self.rp_edges[1:] * self.rp_edges[:-1])

    @property
    def r(self) -> np.ndarray:
        """Geometric middle of the ΔΣ annuli, comoving Mpc/h."""
        return np.sqrt(self.r_edges[1:] * self.r_edges[:-1])

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Every distinct sample, by lower edge."""
        return tuple(sorted({*self.n, *self.wp, *self.delta_sigma}))

    def difference(self, other: "Observables") -> str | None:
        """What `other` has that differs, in words; None where both are the same numbers."""
        for name in ("n", "wp", "delta_sigma"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if not _close(mine, theirs):
                return f"samples of {name}: {_listed(mine)} and {_listed(theirs)}"
        for name in ("rp_edges", "r_edges", "pi_max"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if not _close(mine, theirs):
                return f"{name}: {mine} and {theirs} Mpc/h"
        return None

    def split(self, vector: ArrayLike) -> Prediction:
        """The parts of a data vector: (n_data,) -> Prediction. Leading axes are kept."""
        vector = jnp.asarray(vector)
        if vector.shape[-1] != self.size:
            raise DataError(
                f"a data vector of {self.size} numbers was expected, got {vector.shape}"
            )
        stops = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        parts = jnp.split(vector, stops[:-1], axis=-1)
        lead = vector.shape[:-1]
        return Prediction(
            *(part.reshape(*lead, *shape) for part, shape in zip(parts, self.shapes, strict=True))
        )


def _samples(samples: Iterable[tuple[float, float]]) -> tuple[Sample, ...]:
    samples = tuple(Sample(*map(float, np.atleast_1d(sample))) for sample in samples)
    for sample in samples:
        if not sample.low < sample.high:
            raise DataError(f"a sample needs low < high in log10 M*, got {tuple(sample)}")
    if len(set(samples)) != len(samples):
        raise DataError(f"the same sample is named twice: {samples}")
    return samples


def _edges(name: str, edges: ArrayLike) -> np.ndarray:
    return _checks.increasing_edges(name, edges, DataError)


def _close(mine: ArrayLike | None, theirs: ArrayLike | None) -> bool:
    """Equal but for rounding, None only with None."""
    if mine is None or theirs is None:
        return mine is theirs
    mine, theirs = np.asarray(mine, float), np.asarray(theirs, float)
    return mine.shape == theirs.shape and np.allclose(mine, theirs, rtol=1e-6, atol=1e-9)


def _listed(samples: tuple[Sample, ...]) -> str:
    return ", ".join(f"[{sample.low:g}, {sample.high:g}]" for sample in samples) or "none"
