"""The NFW profile seen in projection: the mass within a projected radius.

Radii are in units of the scale radius, x = R / r_s, and c is the radius where the profile is cut,
in the same unit. With m(x) = ln(1 + x) - x / (1 + x), the share of the mass within x is

    f(x) = [m(c) - arcosh(c / x) + sqrt(c² - x²) / (1 + c) + J(x)] / m(c),   x < c,          (P)
    J(x) = ∫_x^c dr / ((1 + r) sqrt(r² - x²))
         = 2 arsinh(sqrt(t / 2)) / sqrt(1 - x²),   t = (1 - x) (c - x) / (x (1 + c)),

whose limit for c → ∞ is the uncut profile of Wright & Brainerd 2000 (astro-ph/9908213), eq. 13.
"""

import numpy as np

from halograd.catalogs.mock_universe.nfw import enclosed


def projected_share(x: np.ndarray, c: np.ndarray) -> np.ndarray:
    """f(x), eq. (P): the share of the mass of a cut profile within projected radius x.

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
