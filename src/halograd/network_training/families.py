"""The problems a network is judged on: its whole domain, and those of arXiv:2112.08423."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import qmc

from halograd.network_training.draws import Draws, sample
from halograd.network_training.settings import TrainSettings
from halograd.sham.abundance import bolshoi_planck
from halograd.sham.scatter import Scatter
from halograd.sham.schechter import Schechter

__all__ = ["Family", "draw", "families", "paper_draws"]

_CENTRE = np.array([-2.3, -1.06])  # log φ*, α
_COVARIANCE = np.array([[0.014, 0.0075], [0.0075, 0.015]])
_KNEE, _N_SIGMA, _TOLERANCE = 10.85, 5.0, 0.3  # log10 Msun; -; dex
_MASSES = np.linspace(9.0, 12.0, 100)
_LOW, _HIGH, _PAPER_HIGH = (0.2, 0.5), (0.15, 0.3), (0.2, 0.5)  # dex
_LN10 = float(np.log(10.0))


class Family(NamedTuple):
    """Problems of one kind.

    Attributes:
        name: A word.
        title: For people.
        draws: The problems; every leaf has n rows.
    """

    name: str
    title: str
    draws: Draws

    @property
    def size(self) -> int:
        """Number of problems."""
        return self.draws.scatter.low.shape[0]


def families(settings: TrainSettings) -> tuple[Family, ...]:
    """The whole domain, the paper's mass functions, and those with the paper's scatter."""
    n, seed = settings.validation.draws, settings.validation.seed
    return (
        Family("domain", "the whole domain", sample(settings.domain, n, seed)),
        Family("paper", "the paper's SMF family, σ_hi 0.15–0.3", paper_draws(n, seed, _HIGH)),
        Family(
            "paper_scatter",
            "the paper's SMF family and scatter, σ_hi 0.2–0.5",
            paper_draws(n, seed, _PAPER_HIGH),
        ),
    )


def paper_draws(n: int, seed: int, high: tuple[float, float]) -> Draws:
    """Mass functions of arXiv:2112.08423 with halos of Bolshoi-Planck at z = 0.

    (log φ*, α) to 5 σ along the axes of their covariance, kept where φ falls with mass and is
    within 0.3 dex of the fiducial for 9 < log10 M* < 12; σ_lo in 0.2–0.5 dex.

    Args:
        n: Number of draws kept.
        seed: Seed of the Latin hypercube.
        high: Range of σ_hi, dex.
    """
    n_tried = 8 * n
    while True:
        unit = qmc.LatinHypercube(4, rng=seed).random(n_tried)
        shape = _CENTRE + _N_SIGMA * (2 * unit[:, :2] - 1) @ _axes()
        kept = np.flatnonzero(_is_plausible(*shape.T))[:n]
        if kept.size == n:
            break
        n_tried *= 2
    unit, (log_phi, alpha) = unit[kept], shape[kept].T
    low = _LOW[0] + (_LOW[1] - _LOW[0]) * unit[:, 2]
    high_drawn = high[0] + (high[1] - high[0]) * unit[:, 3]
    smf = _stacked(Schechter, log_phi, np.full(n, _KNEE), alpha)
    halos = _stacked(bolshoi_planck, np.zeros(n))
    return Draws(smf, _stacked(Scatter, low, high_drawn), halos)


def draw(draws: Draws, row: int) -> Draws:
    """One problem. Leaves are scalars."""
    return jax.tree.map(lambda leaf: leaf[row], draws)


def _axes() -> np.ndarray:
    variance, axes = np.linalg.eigh(_COVARIANCE)
    return (axes * np.sqrt(variance)).T


def _is_plausible(log_phi: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    smf = _log_density(log_phi[:, None], alpha[:, None])
    close = np.abs(smf - _log_density(*_CENTRE)).max(axis=1) < _TOLERANCE
    return close & (np.diff(smf, axis=1) < 0).all(axis=1)


def _log_density(log_phi: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    d = _MASSES - _KNEE
    return log_phi + np.log10(_LN10) + (alpha + 1) * d - 10.0**d / _LN10


def _stacked(kind: type, *columns: np.ndarray) -> object:
    return jax.device_get(jax.vmap(kind)(*(jnp.asarray(column, jnp.float32) for column in columns)))
