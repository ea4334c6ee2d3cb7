"""The beginning of chains: around the start, as far apart as the posterior is wide."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from halograd.errors import HalogradError
from halograd.inference.nuts.kernel import ChainState, Coordinates
from halograd.inference.nuts.settings import SampleSettings
from halograd.inference.nuts.state import SamplerState, first_state
from halograd.inference.nuts.warmup import root_of_inverse
from halograd.inference.posterior import LogDensity, Posterior, expected_information, minus_hessian

_DISPERSION = 1.5  # standard errors: wider than the posterior, so that R-hat can see a failure
_TRIES = 12
_UNIT_DROP = 1.0  # of the log density one unit away; 1/2 for a normal density


def dispersed_start(
    log_density: LogDensity,
    u: np.ndarray,
    precondition: ArrayLike | None,
    settings: SampleSettings,
) -> SamplerState:
    """The chains before their first step, around u in whitened coordinates.

    A chain that the draw puts where the density is not finite, or lower than it should be for a
    normal posterior, begins nearer to the start.

    Raises:
        HalogradError: For a density that is not finite at the start, or nowhere around it.
    """
    coordinates = _coordinates(log_density, u, precondition)
    n_free, dtype = len(u), coordinates.centre.dtype
    rng = np.random.default_rng([settings.seed, 1])
    positions = _DISPERSION * rng.standard_normal((settings.n_chain, n_free))
    allowed = 10.0 + 2 * _DISPERSION**2 * n_free
    lowest = float(_value(log_density, coordinates.centre)) - allowed
    for _ in range(_TRIES):
        state = first_state(log_density, coordinates, positions.astype(dtype))
        sound = np.array([_is_sound(chain, lowest) for chain in state.chains])
        if sound.all():
            return state
        positions[~sound] /= 2
    raise HalogradError(
        "the log density falls steeply all around the start, or is not finite there: begin at its "
        "maximum, as from `fit`"
    )


def _coordinates(
    log_density: LogDensity, u: np.ndarray, precondition: ArrayLike | None
) -> Coordinates:
    at = jnp.asarray(u)
    value, gradient = _value_and_gradient(log_density, at)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        raise HalogradError(
            f"the log density is {float(value)} at the start, or its gradient is not finite; "
            "choose another start"
        )
    information = _information(log_density, u) if precondition is None else precondition
    root = root_of_inverse(information)
    if len(root) != len(u):
        raise HalogradError(
            f"precondition must have shape {(len(u),) * 2}, as there are {len(u)} parameters at "
            f"the start, got {np.shape(information)}"
        )
    root = _within_reach(log_density, at, root, float(value))
    return Coordinates(at, jnp.asarray(root, at.dtype))


def _information(log_density: LogDensity, u: np.ndarray) -> np.ndarray:
    if isinstance(log_density, Posterior):
        return expected_information(log_density, u)
    return minus_hessian(log_density, u)


def _within_reach(
    log_density: LogDensity, u: jax.Array, root: np.ndarray, value: float
) -> np.ndarray:
    """The root with each column shortened until the log density one step away is not far lower.

    The curvature at the maximum of a bent ridge promises more room than there is.
    """
    lengths = np.ones(len(root))
    for _ in range(_TRIES):
        steps = (root * lengths).T
        ends = np.array(
            [[float(_value(log_density, u + sign * s)) for sign in (-1, 1)] for s in steps]
        )
        drop = np.nanmax(value - np.nan_to_num(np.array(ends), nan=-np.inf), axis=1)
        if (drop <= _UNIT_DROP).all():
            break
        lengths = np.where(drop > _UNIT_DROP, lengths / 2, lengths)
    return root * lengths


def _is_sound(chain: ChainState, lowest: float) -> bool:
    return bool(chain.log_density > lowest and np.isfinite(chain.gradient).all())


@eqx.filter_jit
def _value_and_gradient(log_density: LogDensity, u: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda at: log_density(at))(u)


@eqx.filter_jit
def _value(log_density: LogDensity, u: jax.Array) -> jax.Array:
    return log_density(u)
