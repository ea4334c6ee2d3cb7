"""The NFW profile (Navarro, Frenk & White 1997): enclosed mass, sampling, velocity dispersion.

Radii are in units of the scale radius, x = r / r_s; m(x) = ln(1 + x) - x / (1 + x).
"""

import numpy as np
from scipy.special import lambertw, spence

GRAVITY = 4.30091e-9  # Mpc (km/s)^2 / Msun


def enclosed(x: np.ndarray) -> np.ndarray:
    """m(x), the mass within x in units of 4 pi rho_s r_s^3."""
    return np.log1p(x) - x / (1 + x)


def radius_enclosing(mass: np.ndarray) -> np.ndarray:
    """The x with m(x) = `mass`, exactly: x = -1 - 1 / W0(-exp(-1 - mass)).

    Robotham & Howlett 2018 (arXiv:1805.09550).
    """
    return -1 - 1 / lambertw(-np.exp(-1 - mass)).real


def draw_offsets(rng: np.random.Generator, r_max: np.ndarray, x_max: np.ndarray) -> np.ndarray:
    """One random position in each profile cut at `r_max`, relative to its centre. (n, 3)

    Args:
        rng: Source of randomness.
        r_max: (n,), outer radius of each profile, in the unit wanted.
        x_max: (n,), the same over the scale radius.
    """
    x = radius_enclosing(rng.random(len(x_max)) * enclosed(x_max))
    direction = rng.standard_normal((len(x_max), 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return (r_max * x / x_max)[:, None] * direction


def velocity_dispersion(s: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Radial dispersion at s = r / r_vir over the virial velocity, for isotropic orbits.

    The solution of the Jeans equation, Lokas & Mamon 2001 (astro-ph/0002395).
    """
    x = c * s
    log = np.log1p(x)
    bracket = (
        np.pi**2
        - np.log(x)
        - 1 / x
        - 1 / (1 + x) ** 2
        - 6 / (1 + x)
        + (1 + 1 / x**2 - 4 / x - 2 / (1 + x)) * log
        + 3 * log**2
        + 6 * spence(1 + x)
    )
    return np.sqrt(0.5 * c * x * (1 + x) ** 2 / enclosed(c) * bracket)


def virial_velocity(mass: np.ndarray, r_vir: np.ndarray) -> np.ndarray:
    """sqrt(G M / r_vir), km/s, of masses in Msun/h and *physical* radii in Mpc/h."""
    return np.sqrt(GRAVITY * mass / r_vir)
