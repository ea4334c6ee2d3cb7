"""Where in the initial field hosts of one mass form, so that their large-scale bias is right."""

import numpy as np

COLLAPSE_THRESHOLD = 1.686  # spherical collapse
THRESHOLD_SCATTER = 0.3  # about that of proto-halos, Robertson et al. 2009 (arXiv:0812.3148)
TOLERANCE = 1e-3  # on beta
MAX_STEPS = 30


def collapse_threshold(variance: float) -> float:
    """Linear density at which a patch collapses, from the variance of the density of such patches.

    The ellipsoidal threshold of Sheth, Mo & Tormen 2001 (astro-ph/9907024), with their
    rescaling by 0.707: small patches are sheared and need more.
    """
    scaled = 0.707 * COLLAPSE_THRESHOLD**2
    return float(np.sqrt(scaled) * (1 + 0.485 * (variance / scaled) ** 0.615))


def collapse_probability(
    patch_density: np.ndarray,
    surroundings: np.ndarray,
    large_scale: np.ndarray,
    unclaimed: np.ndarray,
    *,
    mean_at_hosts: float,
    threshold: float,
    unresolved: float,
) -> np.ndarray:
    """Relative probability that a patch is centred on each grid site. (n, n, n), float32

    With f the matter already claimed by more massive hosts,

        p(q) ~ (1 - f(q)) exp(-(delta_R(q) - threshold)^2 / 2 s^2) exp(beta delta_s(q)):

    patches are about to collapse, and are not in a bigger one. That they are not in a bigger one
    also makes dense surroundings less likely: beta, in general negative, is solved for (Newton)
    such that the hosts are in the large-scale density that their bias demands. It is solved on
    this very field, so that exclusion and the fluctuations of the box are accounted for.

    Args:
        patch_density: delta_R, the linear density averaged over the patch, at each site.
        surroundings: delta_s, the linear density on a scale somewhat larger than the patch.
        large_scale: The large-scale density that the matter of each site ends up in.
        unclaimed: 1 - f.
        mean_at_hosts: What the mean of `large_scale` at the hosts must be.
        threshold: The linear density of a patch that has just collapsed.
        unresolved: Variance of the density on scales below the smoothing of delta_R.
    """
    open_sites = np.flatnonzero(unclaimed > 0)
    near, large = surroundings.ravel()[open_sites], large_scale.ravel()[open_sites]
    distance = patch_density.ravel()[open_sites] - np.float32(threshold)
    collapsing = distance**2 * np.float32(-0.5 / (THRESHOLD_SCATTER**2 + unresolved))
    collapsing += np.log(unclaimed.ravel()[open_sites])
    weight = _tilted(collapsing, near, large, mean_at_hosts)
    probability = np.zeros(unclaimed.size, np.float32)
    probability[open_sites] = weight
    return probability.reshape(unclaimed.shape)


def _tilted(
    log_weight: np.ndarray, near: np.ndarray, large: np.ndarray, target: float
) -> np.ndarray:
    """exp(log_weight + beta near) with the beta that makes the mean of `large` the `target`."""
    beta = 0.0
    for _ in range(MAX_STEPS):
        exponent = log_weight + np.float32(beta) * near
        # Relative to the likeliest site, or float32 underflows for rare patches.
        weight = np.exp(exponent - exponent.max())
        weight /= weight.sum(dtype=np.float64)
        mean = _mean(weight * large)
        slope = _mean(weight * large * near) - mean * _mean(weight * near)
        step = (target - mean) / slope
        if abs(step) < TOLERANCE:
            break
        beta += float(np.clip(step, -1, 1))
    return weight


def _mean(weighted: np.ndarray) -> float:
    return float(weighted.sum(dtype=np.float64))
