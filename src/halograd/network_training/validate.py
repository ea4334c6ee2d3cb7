"""A network judged on draws it has not seen, beside the exact solver and the published network.

A problem counts as solvable where the network's own relation, checked in float64, or that of the
exact solver gives back the SMF. The exact solver is asked where a network might do better:

- about the first problems of the domain and of the paper's family, which also gives its own
  errors and derivatives,
- about those that corrections of the first-order shift nearly solve, and the network does not,
- about some of the rest, as a control.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import numpy as np

from halograd.network_training.derivatives import Derivatives, differentiate
from halograd.network_training.draws import Draws, prepare
from halograd.network_training.exact_solutions import ExactSolutions
from halograd.network_training.families import Family, families
from halograd.network_training.identity import computing_versions
from halograd.network_training.published_network import PublishedNetwork
from halograd.network_training.recovery import Recovered, recover
from halograd.network_training.settings import TrainSettings
from halograd.sham.exact import ExactRelation, exact_relation
from halograd.sham.host_values import in_float64
from halograd.sham.network.network import Network
from halograd.sham.network.relation import NetworkRelation, network_relation

__all__ = ["Effort", "FamilyResult", "Validation", "validate"]

OnStage = Callable[[str, int, int], None]
_PAPER = ("paper", "paper_scatter")
_EXACT = ("domain", "paper")  # whose first problems are solved exactly


class Effort(NamedTuple):
    """How many problems of a family the slow parts are done for.

    Attributes:
        exact: Exact solutions, and their derivatives, in the families that have them.
        derivatives: Derivatives of the other methods.
        doubtful: Exact solutions where the network misses and a solution seems to exist.
        control: Exact solutions where none seems to exist.
        threads: Exact solutions at a time.
    """

    exact: int = 200
    derivatives: int = 200
    doubtful: int = 200
    control: int = 10
    threads: int = 2


@dataclass(frozen=True)
class FamilyResult:
    """What was found about one family of n problems.

    Attributes:
        family: The problems.
        solvable: (n,), whether a problem has a solution; see the module.
        unasked: Problems counted as solvable on the word of the corrections alone.
        network: Errors of the network on all problems.
        published: Errors of the published network on all problems; None where it is not
            installed or not made for them.
        exact: Errors of the exact solver on the problems `exact_rows`.
        exact_rows: (n_exact,).
        control_rows: (n_control,), the control among `exact_rows`.
        gradient_rows: (n_gradient,), solvable problems whose derivatives were taken.
        gradients: By method, of `gradient_rows`; of the exact solver perhaps of fewer.
    """

    family: Family
    solvable: np.ndarray
    unasked: int
    network: Recovered
    published: Recovered | None
    exact: Recovered
    exact_rows: np.ndarray
    control_rows: np.ndarray
    gradient_rows: np.ndarray
    gradients: dict[str, Derivatives]

    @property
    def exact_found(self) -> np.ndarray:
        """Rows for which the exact solver has a solution, by its own word."""
        return self.exact_rows[self.exact.claimed]

    def exact_at(self, rows: np.ndarray) -> np.ndarray:
        """Errors of the exact solver at some of `exact_rows`. (n, n_m)"""
        return self.exact.error[np.searchsorted(self.exact_rows, rows)]


@dataclass(frozen=True)
class Validation:
    """Everything that a validation found.

    Attributes:
        families: One result each.
        has_published: Whether the published network was at hand.
    """

    families: tuple[FamilyResult, ...]
    has_published: bool


def validate(
    network: Network,
    settings: TrainSettings,
    folder: Path,
    *,
    effort: Effort | None = None,
    on_stage: OnStage = lambda stage, done, total: None,
) -> Validation:
    """Judge a network on the draws of `settings.validation`.

    Args:
        network: The network.
        settings: Domain, and number and seed of the draws of each family.
        folder: Keeps the exact solutions, so that the next validation is quick; must exist.
        effort: For the slow parts.
        on_stage: Called with the name of a stage, the number done and the number of all.
    """
    effort = effort or Effort()
    published = PublishedNetwork.installed() if network.kernel_name == "triweight" else None
    exact = ExactSolutions(folder, _identity(network, settings))
    judge = _Judge(network, published, exact, effort, on_stage)
    found = tuple(judge.judge(family) for family in families(settings))
    return Validation(found, published is not None)


class _Judge:
    def __init__(
        self,
        network: Network,
        published: PublishedNetwork | None,
        kept: ExactSolutions,
        effort: Effort,
        on_stage: OnStage,
    ) -> None:
        self.kernel, self.published = network.kernel_name, published
        self.kept, self.effort, self.on_stage = kept, effort, on_stage
        self.find = _by_network(network)
        self.find64 = _by_network(in_float64((network,))[0])

    def judge(self, family: Family) -> FamilyResult:
        everything = np.arange(family.size)
        network = self._recover(family, "network", self.find, everything)
        published = self._published(family, everything)
        usable = self._usable(family)
        chosen, control = self._choose(family.name, network.met, usable)
        exact = self.kept.rows(
            f"{family.name} misfit",
            chosen.tolist(),
            partial(self._recover, family, "exact", eqx.filter_jit(self._exact)),
        )
        solvable = network.met.copy()
        solvable[chosen] |= exact.met
        unasked = usable & ~np.isin(everything, chosen) & ~solvable
        solvable |= unasked
        rows = np.flatnonzero(solvable)[: self.effort.derivatives]
        gradients = self._gradients(family, rows, published is not None)
        return FamilyResult(
            family,
            solvable,
            int(unasked.sum()),
            network,
            published,
            exact,
            chosen,
            control,
            rows,
            gradients,
        )

    def _choose(
        self, name: str, met: np.ndarray, usable: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rows the exact solver is asked about, and those of them that are the control."""
        control = np.flatnonzero(~met & ~usable)[: self.effort.control]
        first = self.effort.exact if name in _EXACT else 0
        hopeful = np.flatnonzero(met | usable)[:first]
        doubtful = np.flatnonzero(~met & usable)[: self.effort.doubtful]
        return np.unique(np.concatenate([hopeful, doubtful, control])), control

    def _usable(self, family: Family) -> np.ndarray:
        stage = partial(self.on_stage, f"{family.name}, corrections")
        return np.asarray(prepare(family.draws, self.kernel, stage).usable)

    def _published(self, family: Family, rows: np.ndarray) -> Recovered | None:
        if self.published is None or family.name not in _PAPER:
            return None
        find = eqx.filter_jit(self.published.relation)
        return self._recover(family, "published", find, rows)

    def _exact(self, problem: Draws) -> ExactRelation:
        return exact_relation(problem.smf, problem.scatter, problem.shmf, kernel=self.kernel)

    def _recover(self, family: Family, method: str, find: Callable, rows: np.ndarray) -> Recovered:
        stage = partial(self.on_stage, f"{family.name}, {method}")
        threads = self.effort.threads if method == "exact" else 1
        return recover(find, family.draws, rows, self.kernel, on_progress=stage, threads=threads)

    def _gradients(
        self, family: Family, rows: np.ndarray, with_published: bool
    ) -> dict[str, Derivatives]:
        found = {"network": self._differentiate(family, "network", self.find64, rows)}
        if family.name in _EXACT and self.effort.exact:
            found["exact"] = self.kept.rows(
                f"{family.name} gradient",
                rows[: self.effort.exact].tolist(),
                partial(self._differentiate, family, "exact", self._exact),
            )
        if with_published:
            (published,) = in_float64((self.published,))
            found["published"] = self._differentiate(family, "published", published.relation, rows)
        return found

    def _differentiate(
        self, family: Family, method: str, find: Callable, rows: np.ndarray
    ) -> Derivatives:
        stage = partial(self.on_stage, f"{family.name}, derivatives, {method}")
        threads = self.effort.threads if method == "exact" else 1
        return differentiate(
            find, family.draws, rows, self.kernel, on_progress=stage, threads=threads
        )


def _identity(network: Network, settings: TrainSettings) -> dict[str, Any]:
    """What exact solutions depend on, as JSON gives it back."""
    return {
        "domain": {name: list(ends) for name, ends in settings.domain._asdict().items()},
        "kernel": network.kernel_name,
        "validation": asdict(settings.validation),
        "versions": computing_versions(),
    }


def _by_network(network: Network) -> Callable[[Draws], NetworkRelation]:
    """A compiled function, in which arguments are traced and so nothing is warned of."""

    @eqx.filter_jit
    def find(problem: Draws) -> NetworkRelation:
        smf, scatter, shmf = problem.smf, problem.scatter, problem.shmf
        return network_relation(smf, scatter, shmf, kernel=network.kernel_name, network=network)

    return find
