"""Published stellar-to-halo mass relations, to lay over a fitted one."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.errors import DataError
from halograd.observations.observation import hubble_parameter

__all__ = ["Relation", "leauthaud2012_log_mass", "load", "names"]


@dataclass(frozen=True)
class Relation:
    """A mean or median stellar mass at given halo mass.

    Powers of h are converted, which is exact; mass definitions and the average that a paper fits
    are not: they are named here, and differ between papers by more than h does.

    Attributes:
        name: Name, one of `relations.names()`.
        label: Short name for a legend.
        galaxies: The average that the relation gives, and of which galaxies.
        mass_definition: Definition of the halo mass.
        h: H0 / (100 km/s/Mpc) of the paper, which has masses free of h.
        imf: Initial mass function of the stellar masses.
        redshift: Redshifts at which the numbers hold: one, or least and largest.
        log_mass_range: log10 of halo masses in Msun/h that are supported.
        range_source: Source of this range.
        reference: The paper, and the table and equations in it.
        arxiv: Number of the paper on arXiv.
        equation: log10 M* [Msun] at log10 M [Msun], both for `h`.
        mstar_h: H0 / (100 km/s/Mpc) for which `log_mstar` gives stellar masses; `h` where None.
    """

    name: str
    label: str
    galaxies: str
    mass_definition: str
    h: float
    imf: str
    redshift: tuple[float, ...]
    log_mass_range: tuple[float, float]
    range_source: str
    reference: str
    arxiv: str
    equation: Callable[[np.ndarray], np.ndarray]
    mstar_h: float | None = None

    @property
    def citation(self) -> str:
        """The reference with its arXiv number."""
        return f"{self.reference} (arXiv:{self.arxiv})"

    def log_mstar(self, log_mpeak: ArrayLike) -> np.ndarray:
        """Stellar mass, log10 Msun; NaN outside `log_mass_range`.

        Args:
            log_mpeak: log10 of halo masses in Msun/h, any shape. The masses of the paper stand
                in the place of the peak mass: see `mass_definition`.

        Returns:
            The shape of `log_mpeak`, float64.

        Raises:
            DataError: For masses that are not finite.
        """
        log_mass = _checks.finite("log_mpeak", log_mpeak, DataError)
        low, high = self.log_mass_range
        inside = (log_mass >= low) & (log_mass <= high)
        supported = np.clip(log_mass, low, high)
        shift = 2 * np.log10(self.h / (self.mstar_h or self.h))
        return np.where(inside, self.equation(supported - np.log10(self.h)) + shift, np.nan)


def names() -> tuple[str, ...]:
    """The published relations there are, sorted."""
    return tuple(sorted(_RELATIONS))


def load(name: str, h: float | None = None) -> Relation:
    """A published relation, with stellar masses for the wanted h.

    Args:
        name: One of `names()`.
        h: H0 / (100 km/s/Mpc) for which stellar masses are wanted, M* going as h^-2; that of the
            paper where left out.

    Raises:
        DataError: For an unknown name, the nearest being named, or an impossible `h`.
    """
    if name not in _RELATIONS:
        hint = _checks.nearest(name, names())
        raise DataError(f"no published relation {name!r}{hint}; there are {', '.join(names())}")
    return replace(_RELATIONS[name], mstar_h=None if h is None else hubble_parameter(h))


def _in_msun_over_h(log_mass: tuple[float, float], h: float) -> tuple[float, float]:
    """A range of log10 masses in Msun turned to Msun/h, rounded inwards to 0.01 dex."""
    low, high = (100 * (limit + np.log10(h)) for limit in log_mass)
    return float(np.ceil(low) / 100), float(np.floor(high) / 100)


def _behroozi2013(log_mass: np.ndarray) -> np.ndarray:
    """Eq. (3): log M* = log(ε M1) + f(log M/M1) − f(0).

    The numbers are those of section 5 at a = 1, where the evolution with redshift vanishes.
    """
    log_epsilon, log_m1, alpha, delta, gamma = -1.777, 11.514, -1.412, 3.508, 0.316

    def shape(x: np.ndarray | float) -> np.ndarray:
        power = np.log10(1 + np.exp(x)) ** gamma / (1 + np.exp(10.0**-x))
        return -np.log10(10 ** (alpha * x) + 1) + delta * power

    return log_epsilon + log_m1 + shape(log_mass - log_m1) - shape(0.0)


def _behroozi2019(log_mass: np.ndarray) -> np.ndarray:
    """Eqs. (J1, J2): log M*/M1 = ε − log(10^(−αx) + 10^(−βx)) + γ exp(−x²/2δ²), x = log M/M1.

    The numbers are the first row of Table J1 (observed stellar mass, all galaxies, centrals and
    satellites) at a = 1, where the evolution with redshift vanishes.
    """
    epsilon, log_m1, alpha, beta, delta, log_gamma = -1.435, 12.035, 1.963, 0.482, 0.411, -1.034
    x = log_mass - log_m1
    bump = 10**log_gamma * np.exp(-0.5 * (x / delta) ** 2)
    return log_m1 + epsilon - np.log10(10 ** (-alpha * x) + 10 ** (-beta * x)) + bump


def leauthaud2012_log_mass(log_mstar: np.ndarray) -> np.ndarray:
    """Halo mass, log10 Msun, at the mean stellar mass, log10 Msun, of Leauthaud et al. 2012.

    log M = log M1 + β log m + m^δ/(1 + m^−γ) − 1/2, m = M*/M*0: the form of Behroozi, Conroy &
    Wechsler 2010 (arXiv:1001.0015), with Table 5, first redshift bin, SIG_MOD1.
    """
    log_m1, log_mstar0, beta, delta, gamma = 12.520, 10.916, 0.457, 0.566, 1.530
    m = 10 ** (log_mstar - log_mstar0)
    return log_m1 + beta * np.log10(m) + m**delta / (1 + m**-gamma) - 0.5


def _leauthaud2012(log_mass: np.ndarray) -> np.ndarray:
    """The inverse of `leauthaud2012_log_mass`, linear between nodes: off by less than 1e-6 dex."""
    log_mstar = np.linspace(8.5, 11.8, 3301)
    return np.interp(log_mass, leauthaud2012_log_mass(log_mstar), log_mstar)


def _moster2018(log_mass: np.ndarray) -> np.ndarray:
    """M*/(f_b M) = 2ε / ((M/M1)^−β + (M/M1)^γ), their eq. (5) with Table 8, all, z = 0.1."""
    log_m1, epsilon, beta, gamma, baryon_fraction = 11.78, 0.15, 1.78, 0.57, 0.156
    x = log_mass - log_m1
    efficiency = 2 * epsilon / (10 ** (-beta * x) + 10 ** (gamma * x))
    return log_mass + np.log10(baryon_fraction * efficiency)


_RELATIONS = {
    relation.name: relation
    for relation in (
        Relation(
            name="behroozi2013",
            label="Behroozi+ 2013, $z=0$",
            galaxies="median of centrals and satellites",
            mass_definition="virial (Bryan & Norman 1998), at its peak for satellites",
            h=0.7,
            imf="Chabrier (2003)",
            redshift=(0.0,),
            log_mass_range=_in_msun_over_h((10.5, 14.5), 0.7),
            range_source="that of behroozi2019, no other being stated with the numbers",
            reference="Behroozi, Wechsler & Conroy 2013, ApJ 770, 57, eq. (3) and section 5",
            arxiv="1207.6105",
            equation=_behroozi2013,
        ),
        Relation(
            name="behroozi2019",  # UniverseMachine
            label="Behroozi+ 2019, $z=0$",
            galaxies="median of centrals and satellites, observed stellar mass",
            mass_definition="peak virial (Bryan & Norman 1998)",
            h=0.678,
            imf="Chabrier (2003)",
            redshift=(0.0,),
            log_mass_range=_in_msun_over_h((10.5, 14.5), 0.678),
            range_source="the program of the authors that tabulates the relation",
            reference=(
                "Behroozi, Wechsler, Hearin & Conroy 2019, MNRAS 488, 3143, eqs. (J1-J8), Table J1"
            ),
            arxiv="1806.07893",
            equation=_behroozi2019,
        ),
        Relation(
            name="leauthaud2012",  # COSMOS
            label="Leauthaud+ 2012, $z=0.37$",
            galaxies="mean log M* of centrals",
            mass_definition="200 times the mean density of matter, of the host halo today",
            h=0.72,
            imf="Chabrier (2003)",
            redshift=(0.22, 0.48),
            log_mass_range=_in_msun_over_h((11.05, 14.0), 0.72),
            range_source="the authors' tabulation, 8.8 < log M* < 11.45",
            reference="Leauthaud et al. 2012, ApJ 744, 159, Table 5",
            arxiv="1104.0928",
            equation=_leauthaud2012,
        ),
        Relation(
            name="moster2018",  # EMERGE
            label="Moster+ 2018, $z=0.1$",
            galaxies="average of centrals and satellites",
            mass_definition="virial, at its peak for satellites",
            h=0.6781,
            imf="Chabrier (2003)",
            redshift=(0.1,),
            log_mass_range=_in_msun_over_h((10.5, 14.5), 0.6781),
            range_source="that of behroozi2019, no other being stated with the numbers",
            reference="Moster, Naab & White 2018, MNRAS 477, 1822, Table 8",
            arxiv="1705.05373",
            equation=_moster2018,
        ),
    )
}
