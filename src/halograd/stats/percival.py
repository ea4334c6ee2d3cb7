"""Errors of parameters fitted with a covariance estimated from few realisations."""

from halograd import _checks
from halograd.errors import HalogradError


def percival(n_realisation: int, n_data: int, n_parameter: int) -> float:
    r"""Factor on an estimated covariance that makes a Gaussian posterior as wide as it should be,

    $$ \frac{(n_s - 1) [1 + B (n_d - n_\theta)]}{n_s - n_d + n_\theta - 1}, \qquad
       B = \frac{n_s - n_d - 2}{(n_s - n_d - 1)(n_s - n_d - 4)}, $$

    so that credible intervals cover the truth as often as they claim: the Gaussian approximation
    to the likelihood of Percival, Friedrich, Sellentin & Heavens 2022 (MNRAS 510, 3207,
    arXiv:2108.10402), which goes on to the posterior of Dodelson & Schneider 2013 and Percival et
    al. 2014 and holds `hartlap` within it. For independent Gaussian realisations; for jackknife
    regions it is only a guide. B is the leading order in the noise of the covariance: with few
    realisations per number the factor errs on the wide side, by 8 % in variance for 30
    realisations of 12 numbers and by 1 % for 100 of 20.

    Args:
        n_realisation: n_s, realisations the covariance was estimated from.
        n_data: n_d, length of the data vector after cuts.
        n_parameter: n_θ, free parameters.

    Raises:
        HalogradError: Where n_realisation <= n_data + 4.
    """
    n_data, n_realisation, n_parameter = _checks.counts(
        n_data=n_data, n_realisation=n_realisation, n_parameter=n_parameter
    )
    spare = n_realisation - n_data
    if n_data < 1 or spare <= 4:
        raise HalogradError(
            f"a covariance of {n_data} numbers from {n_realisation} realisations cannot constrain "
            f"parameters: it takes at least n_data + 5 = {n_data + 5} realisations; use more of "
            "them, or fewer bins"
        )
    b = (spare - 2) / ((spare - 1) * (spare - 4))
    excess = max(n_data - n_parameter, 0)
    return (n_realisation - 1) * (1 + b * excess) / (spare + n_parameter - 1)
