"""Simulation-based calibration: do posteriors cover the truth as often as they claim?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd._version import __version__
from halograd.errors import HalogradError
from halograd.inference.chains import Chains, free_names
from halograd.inference.nuts import sample
from halograd.inference.posterior import LogDensity, Posterior
from halograd.inference.uniformity import chi2_p_value, ecdf_p_value

_KIND = "halograd calibration 1"
_TRIES = 1000


class Replicate(NamedTuple):
    """A truth drawn from the prior, and the posterior given data drawn at it.

    Attributes:
        posterior: Log density of u given the data.
        truth: (n_free,), unbounded parameters u of the truth.
    """

    posterior: LogDensity
    truth: np.ndarray


class CalibrationProgress(NamedTuple):
    """Truths done so far, truths in all, and how many of the runs did not converge."""

    done: int
    total: int
    unconverged: int


@dataclass(frozen=True, eq=False)
class Calibration:
    """Ranks of truths among draws of their posteriors.

    Attributes:
        names: Names of the quantities: free parameters, then "log density".
        ranks: (n_truth, n_quantity), how many draws lie below the truth.
        n_rank: Number of draws of each posterior; ranks run from 0 to n_rank.
        converged: (n_truth,), whether the chains met their target.
    """

    names: tuple[str, ...]
    ranks: np.ndarray
    n_rank: int
    converged: np.ndarray

    @property
    def ecdf_p_values(self) -> dict[str, float]:
        """p-value of uniform ranks by quantity, by the band of Säilynoja et al. 2022."""
        return {name: ecdf_p_value(r, self.n_rank) for name, r in self._columns}

    @property
    def chi2_p_values(self) -> dict[str, float]:
        """p-value of uniform ranks by quantity, from χ² of their histogram."""
        return {name: chi2_p_value(r, self.n_rank) for name, r in self._columns}

    @property
    def passed(self) -> bool:
        """Whether no quantity is less likely than 1 % among all of them (Bonferroni)."""
        return min(self.ecdf_p_values.values()) > 0.01 / len(self.names)

    @property
    def _columns(self) -> list[tuple[str, np.ndarray]]:
        return list(zip(self.names, self.ranks.T, strict=True))


def calibrate(
    draw: Callable[[np.random.Generator], Replicate],
    n_truth: int = 200,
    *,
    n_rank: int = 99,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    belongs_to: str = "",
    on_progress: Callable[[CalibrationProgress], None] = lambda progress: None,
) -> Calibration:
    """Rank truths drawn from the prior among draws of the posteriors of their data.

    Where prior, likelihood and sampler fit together the ranks are uniform (Talts, Betancourt,
    Simpson, Vehtari & Gelman 2018, arXiv:1804.06788). The log density is ranked too: it sees
    errors that single parameters do not (Modrák et al. 2023, arXiv:2211.02383).

    Args:
        draw: Function of a random generator that draws a truth and the posterior of data drawn
            at it; `replicates` makes one for a `Posterior`.
        n_truth: Number of truths.
        n_rank: Number of nearly independent draws of each posterior.
        seed: Truth i and its data depend on (seed, i) alone.
        options: Options of `sample`, over the defaults here: sampling ends at 1.2 n_rank
            effective draws.
        checkpoint: File to go on from, kept up to date after every truth.
        belongs_to: What is calibrated, such as a hash of its configuration; a checkpoint of
            something else is refused.
        on_progress: Called after every truth.

    Raises:
        HalogradError: For a checkpoint of another calibration.
    """
    if n_truth < 1 or n_rank < 1:
        raise HalogradError(f"n_truth and n_rank must be 1 or more, got {n_truth} and {n_rank}")
    options = {"n_draw": 1000, "target_ess": 1.2 * n_rank, "n_warmup": 100, **(options or {})}
    decisive = {"n_rank": n_rank, "seed": seed, "belongs_to": belongs_to, "options": options}
    file = _File(checkpoint, decisive | {"halograd": __version__})
    names, ranks, converged = file.load()
    for i in range(len(ranks), n_truth):
        replicate = draw(np.random.default_rng([seed, i]))
        chains = sample(replicate.posterior, start=replicate.truth, **{"seed": i, **options})
        ranks.append(_ranks(replicate, chains, n_rank))
        converged.append(chains.converged)
        names = (*free_names(replicate.posterior, len(replicate.truth)), "log density")
        file.save(names, ranks, converged)
        on_progress(CalibrationProgress(i + 1, n_truth, converged.count(False)))
    return Calibration(
        tuple(names), np.array(ranks[:n_truth]), n_rank, np.array(converged[:n_truth])
    )


def replicates(posterior: Posterior) -> Callable[[np.random.Generator], Replicate]:
    """Truths from the prior of a posterior, with data from its likelihood.

    Truths whose statistics are not finite have no density, and are drawn again.
    """
    space = posterior.space
    space.check_proper()

    def draw(rng: np.random.Generator) -> Replicate:
        for _ in range(_TRIES):
            theta = {name: float(value[0]) for name, value in space.draw(rng, 1).items()}
            vector = np.asarray(posterior.predictor(theta).vector, np.float64)
            if np.isfinite(vector).all():
                break
        else:
            raise HalogradError(f"of {_TRIES} draws of the prior none has finite statistics")
        noise = rng.standard_normal(len(vector))
        values = vector + np.linalg.solve(np.asarray(posterior.whitener, np.float64), noise)
        given = eqx.tree_at(lambda p: p.values, posterior, values)
        return Replicate(given, np.asarray(space.to_unbounded(theta), np.float64))

    return draw


def _ranks(replicate: Replicate, chains: Chains, n_rank: int) -> list[int]:
    """Ranks of the truth among `n_rank` evenly spaced draws, one per quantity. (n_free + 1,)"""
    u = chains.u.reshape(-1, chains.u.shape[-1])
    if len(u) < n_rank:
        raise HalogradError(
            f"{len(u)} draws of a posterior cannot give ranks among {n_rank}: raise n_draw"
        )
    kept = np.linspace(0, len(u) - 1, n_rank).round().astype(int)
    below = (u[kept] < replicate.truth).sum(axis=0)
    at_truth = float(replicate.posterior(jnp.asarray(replicate.truth)))
    return [*below.tolist(), int((chains.log_density.ravel()[kept] < at_truth).sum())]


class _File:
    """The ranks found so far, on disk where a path is given."""

    def __init__(self, path: str | Path | None, identity: Mapping[str, Any]) -> None:
        self.path = None if path is None else Path(path)
        self.identity = {name: str(value) for name, value in identity.items()}

    def load(self) -> tuple[tuple[str, ...], list[list[int]], list[bool]]:
        if self.path is None or not self.path.exists():
            return (), [], []
        try:
            arrays, metadata = read_sealed(self.path, _KIND)
        except DamagedFileError as cause:
            raise HalogradError(f"{cause}; remove it to begin anew") from cause
        if metadata["identity"] != self.identity:
            raise HalogradError(
                f"{self.path} belongs to another calibration, {metadata['identity']} instead of "
                f"{self.identity}; remove it, or name another file"
            )
        return tuple(metadata["names"]), arrays["ranks"].tolist(), arrays["converged"].tolist()

    def save(self, names: tuple[str, ...], ranks: list[list[int]], converged: list[bool]) -> None:
        if self.path is None:
            return
        arrays = {"ranks": np.array(ranks), "converged": np.array(converged)}
        metadata = {"identity": self.identity, "names": list(names)}
        write_sealed(self.path, _KIND, Sealed(arrays, metadata))
