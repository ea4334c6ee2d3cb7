"""A run of NUTS from start to convergence, block by block."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jax.typing import ArrayLike

from halograd import _checks
from halograd.errors import HalogradError
from halograd.inference.chains import Chains, free_names, varying_theta
from halograd.inference.diagnostics import Convergence, convergence
from halograd.inference.nuts.checkpoint import SampleCheckpoint, identity
from halograd.inference.nuts.kernel import MAX_STEPS
from halograd.inference.nuts.settings import CHECK_EVERY, SampleSettings
from halograd.inference.nuts.start import dispersed_start
from halograd.inference.nuts.state import next_stop, take_steps
from halograd.inference.posterior import LogDensity

_BLOCK_SECONDS = 1.0  # between reports of progress, checkpoints and chances for a Ctrl-C


class SampleProgress(NamedTuple):
    """Progress of a run of NUTS.

    Attributes:
        is_warmup: Whether the chains still adapt.
        step: Steps that each chain has taken in this phase.
        total: Most steps of each chain in this phase.
        divergences: Divergent transitions after the warm-up, in all chains.
        evaluations: Evaluations of density and gradient in all chains, warm-up included.
        convergence: R-hat and effective draws when last judged; None before.
        seconds: Time since the run began or went on.
    """

    is_warmup: bool
    step: int
    total: int
    divergences: int
    evaluations: int
    convergence: Convergence | None
    seconds: float


def sample(
    posterior: LogDensity,
    *,
    n_chain: int = SampleSettings.n_chain,
    n_warmup: int = SampleSettings.n_warmup,
    n_draw: int = SampleSettings.n_draw,
    target_ess: float = SampleSettings.target_ess,
    seed: int = SampleSettings.seed,
    target_acceptance: float = SampleSettings.target_acceptance,
    start: Mapping[str, float] | ArrayLike | None = None,
    precondition: ArrayLike | None = None,
    checkpoint: str | Path | None = None,
    fresh: bool = False,
    on_progress: Callable[[SampleProgress], None] = lambda progress: None,
) -> Chains:
    """Draws from a posterior by the No-U-Turn sampler, until the chains agree.

    The chains begin around `start`, in coordinates whitened by the curvature there, so that a
    short warm-up suffices: windows as in Stan adapt the coordinates to the draws of all chains
    together and the step size to the target acceptance. Every `CHECK_EVERY` draws the
    rank-normalised R-hat and the bulk and tail effective sample sizes are judged.

    Args:
        posterior: Log density of u (n_free,) -> (), such as a `Posterior`, or any function that
            JAX can differentiate.
        n_chain: Independent chains, run on as many threads as there are cores.
        n_warmup: Steps of each chain that adapt and are not kept.
        n_draw: Most draws of each chain that are kept.
        target_ess: Enough effective draws of every parameter, in bulk and in tail; with R-hat
            below 1.01 they end the sampling. inf takes all `n_draw`.
        seed: Seed of everything random; on one machine the same seed gives the same bits.
        target_acceptance: Nearer to 1 for shorter steps where trajectories diverge.
        start: Parameters by name, or u; the values of the posterior's space where None. At best
            the result of `fit`.
        precondition: (n_free, n_free), curvature in u at the start. Where None, the Fisher
            matrix of a `Posterior`, and the exact Hessian of any other density.
        checkpoint: File kept up to date after every block. Where it is there, sampling goes on
            from it and ends in the same bits as if it had never stopped.
        fresh: Whether to begin anew, whatever the checkpoint holds.
        on_progress: Called after every block, about once a second.

    Returns:
        The draws; `converged` tells whether the target was met.

    Raises:
        HalogradError: For settings out of range, a density that is not finite at the start, or a
            checkpoint of another posterior.
    """
    settings = SampleSettings(n_chain, n_warmup, n_draw, target_ess, seed, target_acceptance)
    sampling = Sampling(
        posterior,
        settings,
        start=_start(posterior, start),
        precondition=precondition,
        checkpoint=checkpoint,
        fresh=fresh,
    )
    return sampling.run(on_progress)


def _start(posterior: LogDensity, start: Mapping[str, float] | ArrayLike | None) -> ArrayLike:
    by_name = start is None or isinstance(start, Mapping)
    if not by_name:
        return start
    if not hasattr(posterior, "space"):
        raise HalogradError("a density without parameter names needs a start: give u (n_free,)")
    if hasattr(posterior.space, "check_proper"):
        posterior.space.check_proper()
    return np.asarray(posterior.space.to_unbounded(start or {}))


class Sampling:
    """NUTS on a log density, from a dispersed start until the chains agree.

    Args:
        log_density: (n_free,) -> (), differentiable by JAX; a `Posterior`, or any function.
        settings: Chains, steps and targets.
        start: (n_free,), u, at best the maximum.
        precondition: (n_free, n_free), Fisher matrix or curvature in u at the start; that of the
            density where None.
        checkpoint: File to go on from and to keep up to date, or None.
        fresh: Whether to ignore and overwrite a checkpoint that is there.

    Attributes:
        state: Where the run stands, whole blocks only.
        resumed: Steps of each chain that came from the checkpoint.
    """

    def __init__(
        self,
        log_density: LogDensity,
        settings: SampleSettings,
        *,
        start: ArrayLike,
        precondition: ArrayLike | None = None,
        checkpoint: str | Path | None = None,
        fresh: bool = False,
    ) -> None:
        self.log_density, self.settings = log_density, settings
        u = _checks.finite("the start", start)
        _checks.shape("the start", u, (None,))
        first = dispersed_start(log_density, u, precondition, settings)
        self.state, self._saved_at = first, 0.0
        self._file = None
        if checkpoint is not None:
            self._file = SampleCheckpoint(checkpoint, identity(first, settings.decisive))
            found = None if fresh else self._file.load(first)
            self.state = found or first
        self.resumed = self.state.n_step
        self._convergence = self._judge()

    @property
    def is_finished(self) -> bool:
        """Whether the chains agree, or all draws are taken. Judged at fixed numbers of draws
        only, so that an interrupted run ends where one that ran through does.
        """
        draws = self.n_draw
        if draws >= self.settings.n_draw:
            return True
        looked = draws > 0 and draws % CHECK_EVERY == 0 and self._convergence is not None
        return looked and self._convergence.reached(self.settings.target_ess)

    @property
    def chains(self) -> Chains:
        """The draws so far."""
        n_warmup, trace = self.settings.n_warmup, self.state.trace
        kept = jax.tree.map(lambda column: column[:, n_warmup:], trace)
        return Chains(
            names=free_names(self.log_density, kept.u.shape[-1]),
            theta=varying_theta(self.log_density, kept.u),
            warmup_evaluations=int(trace.evaluations[:, :n_warmup].sum()),
            target_ess=self.settings.target_ess,
            **kept._asdict(),
        )

    def run(self, on_progress: Callable[[SampleProgress], None] = lambda progress: None) -> Chains:
        """Sample until finished; a Ctrl-C leaves the last whole block in the checkpoint."""
        began, pace = time.perf_counter(), 4
        take_steps(self.log_density, self.state, self.settings, 0)
        try:
            while not self.is_finished:
                block = time.perf_counter()
                self._take_block(pace)
                now = time.perf_counter()
                pace = _next_pace(pace, now - block)
                on_progress(self._progress(now - began))
                self._save(unless_younger_than=_BLOCK_SECONDS)
        finally:
            self._save()
        return self.chains

    @property
    def n_draw(self) -> int:
        """Number of draws of each chain so far, after the warm-up."""
        return max(self.state.n_step - self.settings.n_warmup, 0)

    def _take_block(self, pace: int) -> None:
        room = next_stop(self.state.n_step, self.settings, CHECK_EVERY) - self.state.n_step
        n_step = min(room, pace, MAX_STEPS)
        self.state = take_steps(self.log_density, self.state, self.settings, n_step)
        self._convergence = self._judge()

    def _judge(self) -> Convergence | None:
        """R-hat and effective draws, computed anew at the draws where convergence is judged."""
        draws = self.n_draw
        if draws % CHECK_EVERY and draws < self.settings.n_draw:
            return getattr(self, "_convergence", None)
        return convergence(self.state.trace.u[:, self.settings.n_warmup :])

    def _progress(self, seconds: float) -> SampleProgress:
        n_warmup, trace = self.settings.n_warmup, self.state.trace
        is_warmup = self.state.n_step <= n_warmup
        return SampleProgress(
            is_warmup=is_warmup,
            step=self.state.n_step if is_warmup else self.n_draw,
            total=n_warmup if is_warmup else self.settings.n_draw,
            divergences=int(trace.divergent[:, n_warmup:].sum()),
            evaluations=int(trace.evaluations.sum()),
            convergence=self._convergence,
            seconds=seconds,
        )

    def _save(self, unless_younger_than: float = 0.0) -> None:
        if self._file is None or time.perf_counter() - self._saved_at < unless_younger_than:
            return
        self._file.save(self.state)
        self._saved_at = time.perf_counter()


def _next_pace(pace: int, seconds: float) -> int:
    """Steps of the next block, to last about `_BLOCK_SECONDS`; at most twice as many as now."""
    wanted = pace * min(_BLOCK_SECONDS / max(seconds, 1e-6), 2.0)
    return int(np.clip(round(wanted), 1, MAX_STEPS))
