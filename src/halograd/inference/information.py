"""What a posterior's curvature is expected to be, from first derivatives alone."""

import jax
import jax.numpy as jnp
import numpy as np

from halograd.inference.posterior import Posterior
from halograd.inference.whitening import minus_hessian


def expected_information(posterior: Posterior, u: np.ndarray) -> np.ndarray:
    r"""Fisher matrix of the data in u, and the curvature of the prior,

    $$ F = J^T C^{-1} J - \partial^2 \ln \pi(u) / \partial u^2, \qquad J = \partial m/\partial u. $$

    Positive definite also where the exact Hessian is not, and made of the program that fits use.

    Args:
        posterior: Of data and priors.
        u: (n_free,).

    Returns:
        (n_free, n_free).
    """
    u = jnp.asarray(u)
    theta, slopes = jax.jvp(posterior.theta, (u,), (jnp.ones_like(u),))
    _, jacobian = posterior.predictor.value_and_jacobian(theta)
    along = np.array([float(slopes[p.name]) for p in posterior.space.free])
    whitened = np.asarray(posterior.whitener) @ posterior.space.free_columns(jacobian) * along
    return whitened.T @ whitened + minus_hessian(posterior.log_prior, u)
