"""How far eq. (1) is from the mass function asked for, quickly enough for training."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.kernels import Kernel
from halograd.sham.network.correction import (
    RAREST,
    asked_density,
    direct_fraction,
    returned_terms,
)
from halograd.sham.network.labels import MASS_RANGE, Labels

__all__ = ["returned_misfit"]

LN10 = float(np.log(10.0))
_MASSES = np.linspace(*MASS_RANGE, 61, dtype=np.float32)
_LEAST_RATIO, _MOST_UNRESOLVED = 1e-6, 1e-3
_RESOLVED = 0.01  # of `direct_fraction`


def returned_misfit(mean: jax.Array, labels: Labels, kernel: Kernel) -> tuple[jax.Array, jax.Array]:
    """log10 of φ returned over φ asked for, 0 where it is not known, and where it is. (n_m,) x 2

    Not known is where halos of scatter too narrow for a sum over labels matter, and where φ is
    too small for any galaxy.

    Args:
        mean: (n,), μ at the labels, log10 Msun.
        labels: n of them.
        kernel: The shape of the scatter.
    """
    terms, _ = returned_terms(_MASSES, mean, labels, kernel)
    ratio = terms.sum(axis=1)
    unresolved = direct_fraction(labels.sigma()[0], labels.spacing) < _RESOLVED
    held, change = asked_density(_MASSES, labels)
    known = (held > RAREST) & (terms @ unresolved.astype(ratio.dtype) <= _MOST_UNRESOLVED * ratio)
    known = jax.lax.stop_gradient(known.astype(ratio.dtype))
    return known * (jnp.log(ratio + _LEAST_RATIO) - change) / LN10, known
