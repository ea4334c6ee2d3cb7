"""Sample a posterior with NUTS."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.inference.chains import Chains
from halograd.inference.nuts import LogDensity
from halograd.inference.sample_settings import SampleSettings
from halograd.inference.sampling import SampleProgress, Sampling


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
    rank-normalised R-hat and the bulk and tail effective sample sizes are looked at.

    Args:
        posterior: Log density of u (n_free,) -> (), such as a `Posterior`, or any function that
            JAX can differentiate.
        n_chain: Independent chains, run on as many threads as there are cores.
        n_warmup: Steps of each chain that adapt and are not kept.
        n_draw: Most draws of each chain.
        target_ess: Enough effective draws of every parameter, in bulk and in tail; with R-hat
            below 1.01 they end the sampling. inf takes all `n_draw`.
        seed: Same seed, same machine: same bits.
        target_acceptance: Nearer to 1 for shorter steps where trajectories diverge.
        start: Parameters by name, or u; the values of the posterior's space where None. At best
            the result of `fit`.
        precondition: (n_free, n_free), curvature in u at the start. Where None, the Fisher
            matrix of a `Posterior`, and the exact Hessian of any other density.
        checkpoint: File kept up to date after every block. Where it is there, sampling goes on
            from it and ends in the same bits as if it had never stopped.
        fresh: Begin anew whatever the checkpoint holds.
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
