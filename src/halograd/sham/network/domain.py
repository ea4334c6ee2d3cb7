"""What a network has been trained on, by ranges of the quantities that decide its answer."""

from typing import Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd.sham._interpolation import value_and_slope
from halograd.sham.network.labels import Labels

__all__ = ["N_QUANTITY", "Coverage", "quantities"]

LN10 = float(np.log(10.0))
_NAMES = (
    "the scatter, dex",
    "the slope of the scatter, per dex of stellar mass",
    "the slope of the SMF, d log φ/d log M*",
    "the curvature of the SMF, d² log φ/d log M*²",
)
N_QUANTITY = len(_NAMES)
_TOLERANCE = 0.01  # of the range of each


class Coverage(eqx.Module):
    """Least and greatest values met in training, within the masses compared.

    Attributes:
        least: (n_quantity,).
        greatest: (n_quantity,).
    """

    least: jax.Array
    greatest: jax.Array

    @classmethod
    def spanning(cls, values: np.ndarray) -> Self:
        """The ranges of a sample of `quantities`. (n, n_quantity)"""
        values = np.asarray(values, np.float32).reshape(-1, N_QUANTITY)
        return cls(jnp.asarray(values.min(axis=0)), jnp.asarray(values.max(axis=0)))

    def excess(self, labels: Labels, mass_range: tuple[float, float]) -> jax.Array:
        """How far each quantity leaves its range, 0 within. (n_quantity,)"""
        least, greatest = jax.lax.stop_gradient((self.least, self.greatest))
        margin = _TOLERANCE * (greatest - least)
        values = jax.lax.stop_gradient(quantities(labels))
        beyond = jnp.maximum(least - margin - values, values - greatest - margin)
        return jnp.max(jnp.where(_within(labels, mass_range), beyond, 0.0), axis=0, initial=0.0)

    def describe(self, excess: np.ndarray) -> str:
        """One line for a person on an `excess` that is not zero."""
        parts = [
            f"{name}, by {over:.3g} beyond {low:.3g} to {high:.3g}"
            for name, over, low, high in zip(_NAMES, excess, self.least, self.greatest, strict=True)
            if over > 0
        ]
        return "; ".join(parts)


def quantities(labels: Labels) -> jax.Array:
    """σ, dσ/ds, d log φ/ds and d² log φ/ds² at the labels. (n, n_quantity)"""
    sigma, sigma_slope = labels.sigma()
    slope, curvature = value_and_slope(labels.ln_slope_at, labels.log_mstar)
    return jnp.stack([sigma, sigma_slope, slope / LN10, curvature / LN10], axis=-1)


def _within(labels: Labels, mass_range: tuple[float, float]) -> jax.Array:
    s = labels.log_mstar
    return ((s >= mass_range[0]) & (s <= mass_range[1]))[:, None]
