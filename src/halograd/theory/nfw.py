"""The NFW profile (Navarro, Frenk & White 1997): enclosed and projected mass, sampling, velocities.

Radii are in units of the scale radius, x = r / r_s, and c is the radius where the profile is cut,
in the same unit. With m(x) = ln(1 + x) - x / (1 + x), the fraction of the mass within a projected
radius x is

    f(x) = [m(c) - arcosh(c / x) + sqrt(c² - x²) / (1 + c) + J(x)] / m(c),   x < c,          (P)
    J(x) = ∫_x^c dr / ((1 + r) sqrt(r² - x²))
         = 2 arsinh(sqrt(t / 2)) / sqrt(1 - x²),   t = (1 - x) (c - x) / (x (1 + c)),

whose limit for c → ∞ is the uncut profile of Wright & Brainerd 2000 (astro-ph/9908213), eq. 13.
"""

import numpy as np
from scipy.special import lambertw, spence

GRAVITY = 4.30091e-9  # Mpc (km/s)^2 / Msun
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
_CLOSEST = 1e-6  # of the scale radius: keeps 0 / 0 out of the centre


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


def projected_fraction(x: np.ndarray, c: np.ndarray) -> np.ndarray:
    """f(x), eq. (P): the fraction of the mass of a cut profile within projected radius x.

    Args:
        x: Projected radii over the scale radius, above 0.
        c: Where the profile ends, over the scale radius; of a shape that broadcasts with x.
    """
    x, c = np.broadcast_arrays(x, c)
    # x = 1 is a removable singularity of J: step beside it.
    x = np.where(np.abs(x - 1) < 1e-9, 1 + 1e-9, np.minimum(x, c))
    inside = enclosed(c) - np.arccosh(np.maximum(c / x, 1))
    inside += np.sqrt(np.maximum(c**2 - x**2, 0)) / (1 + c) + _outer_integral(x, c)
    return np.where(x >= c, 1.0, inside / enclosed(c))


def _outer_integral(x: np.ndarray, c: np.ndarray) -> np.ndarray:
    """J(x) of eq. (P); beyond x = 1 both roots turn imaginary and arsinh becomes arcsin."""
    t = (1 - x) * (c - x) / (x * (1 + c))
    half = np.sqrt(np.abs(t) / 2)
    angle = np.where(t > 0, np.arcsinh(half), np.arcsin(np.minimum(half, 1)))
    return 2 * angle / np.sqrt(np.abs(1 - x**2))


def offset_fraction(
    radius: np.ndarray, offset: np.ndarray, scale_radius: np.ndarray, c: np.ndarray
) -> np.ndarray:
    r"""Fraction of the mass of a halo in a disc whose centre lies beside that of the halo.

    Gauss's theorem in the plane: with f the fraction within a projected distance s of the halo,

    $$ \frac{1}{\pi} \int_0^\pi f(s) \, \frac{R (R - d \cos\varphi)}{s^2} \, d\varphi ,
       \qquad s^2 = R^2 + d^2 - 2 R d \cos\varphi . $$

    Args:
        radius: R, of the disc.
        offset: d, between the centres, projected.
        scale_radius: Of the halo, in the same unit.
        c: Where the profile ends, over the scale radius.

    Returns:
        The fraction, of the shape that the arguments broadcast to; good to 1e-3 where the rim
        passes through the centre of the halo, far better elsewhere.
    """
    radius, offset, scale, c = (np.asarray(a)[..., None] for a in (radius, offset, scale_radius, c))
    # Angles bunched at 0, where s may vanish: φ = π u² (3 - 2u), u by Gauss and Legendre.
    u = (_NODES + 1) / 2
    angle, weight = np.pi * u**2 * (3 - 2 * u), 3 * u * (1 - u) * _WEIGHTS
    # 1 - cos from the half angle, so that a small s does not drown in rounding
    squared = (radius - offset) ** 2 + 4 * radius * offset * np.sin(angle / 2) ** 2
    squared = np.maximum(squared, (_CLOSEST * scale) ** 2)
    flux = radius * (radius - offset * np.cos(angle)) / squared
    return (projected_fraction(np.sqrt(squared) / scale, c) * flux * weight).sum(axis=-1)
