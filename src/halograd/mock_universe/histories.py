"""What the halos of the mock went through: concentration, growth, infall, tidal stripping.

A host grows as M(a) = M0 exp[-2 s (a0 / a - 1)], s = 4.1 / c with some scatter (Wechsler et al.
2002, astro-ph/0108151): concentrated hosts are old. Subhalos fell in while their host grew, so
that the mass u of the host then, over its mass now, tells when; those that survive fell in late,
and u is drawn in proportion to itself. A subhalo has the concentration of its mass and time when
it fell in. From then on it loses mass,

    dm/dt = -m / tau (m / M)^0.07,   tau = 2 Gyr (rho_vir(0) / rho_vir(z))^(1/2),              (L)

(van den Bosch et al. 2005, astro-ph/0409701; Giocoli et al. 2008, arXiv:0712.1563; the scatter
between orbits is that of Jiang & van den Bosch 2016), and with it circular velocity: with x the
fraction of mass that is left, by the factor 2^0.4 x^0.3 / (1 + x)^0.4 (Penarrubia et al. 2010,
arXiv:1002.3376).

**Assembly bias.** The deviate c' of log c of a host is correlated with the density around it, so
that the large-scale bias is b(M) (1 + q c'), with the q of Wechsler et al. 2006 (astro-ph/0512416),

    q = 0.1 - 0.22 (y + ln y) / (1 + y),   y = (M / M*)^0.33,                                  (q)

M* being the collapsing mass, whose linear density has a standard deviation of 1.686: concentrated
hosts cluster more below M*, less above. (Their term in c'^2 is left out.)
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halograd.catalogs.derived import time_since_infall
from halograd.mock_universe.hosts import CONCENTRATION_SCATTER, LOG_MASS_MAX, Hosts
from halograd.mock_universe.lagrangian_placement import PlacedHosts
from halograd.mock_universe.subhalos import Subhalos
from halograd.mock_universe.theory import Theory
from halograd.theory import nfw
from halograd.theory.cosmology import Cosmology

FORMATION = 4.1  # concentration times the scale factor of formation, over the scale factor now
FORMATION_SCATTER = 0.1  # dex
STRIPPING_TIME = 2.0  # Gyr, tau of eq. (L) at redshift 0
STRIPPING_SLOPE = 0.07
STRIPPING_SCATTER = 0.17  # dex, of 1 / tau
PEAK_SCATTER = 0.03  # dex: by how much v_max was higher during mergers; a choice
COLLAPSE = 1.686
MASS_RATIOS = (1e-2, 1e2)  # M / M* that eq. (q) was fitted for, about
LARGEST_CORRELATION = 0.9
BIN_WIDTH = 0.25  # dex of host mass
N_REDSHIFT = 21  # rows of a table
EARLIEST_INFALL = 5.0  # redshift, up to which concentrations were measured

Columns = dict[str, NDArray[np.float64]]
_V_MAX_AT = 2.16258  # scale radii from the centre, where an NFW halo's circular velocity peaks


def draw_histories(
    rng: np.random.Generator,
    theory: Theory,
    cosmology: Cosmology,
    hosts: Hosts,
    placed: PlacedHosts,
    subhalos: Subhalos,
) -> Columns:
    """Columns by name, hosts first, then subhalos. (n_host + n_sub,) each

    `concentration`, `v_max`, `v_peak`, `v_at_mpeak` and `v_vir_at_mpeak` (km/s), `mass_now`
    (Msun/h), `halfmass_scale`, `mpeak_scale` and `infall_scale` (scale factors), `host_log_mass`
    (log10 Msun/h), `time_since_infall` (Gyr).
    """
    now = 1 / (1 + theory.redshift)
    c_host = biased_concentrations(theory, hosts, placed)
    age_host = _formation(rng, c_host)
    infall = _infall_scales(rng, subhalos, hosts, age_host[subhalos.host], now)
    at_infall = _Table.of(theory)
    c_sub = at_infall.concentration(subhalos.log_mass, infall)
    c_sub *= 10 ** (CONCENTRATION_SCATTER * rng.standard_normal(len(infall)))
    r_vir = np.concatenate(
        [hosts.r_vir * now, at_infall.virial_radius(subhalos.log_mass, infall) * infall]
    )
    mass = np.concatenate([hosts.mass, subhalos.mass])
    elapsed = time_since_infall(infall, theory.redshift, cosmology)
    left = _bound_fraction(rng, theory, subhalos, hosts, elapsed)
    c = np.concatenate([c_host, c_sub])
    scale = np.concatenate([np.full(len(hosts), now), infall])
    age = np.concatenate([age_host, _formation(rng, c_sub)])
    v_vir = nfw.virial_velocity(mass, r_vir)
    v_at_mpeak = v_vir * peak_velocity(c)
    stripped = np.concatenate([np.ones(len(hosts)), 2**0.4 * left**0.3 / (1 + left) ** 0.4])
    # A subhalo keeps the scale radius it fell in with; its r_vir is that of its peak mass now.
    r_now = theory.virial_radius(subhalos.mass) * now
    return {
        "concentration": np.concatenate([c_host, c_sub * r_now / r_vir[len(hosts) :]]),
        "v_max": v_at_mpeak * stripped,
        "v_peak": v_at_mpeak * 10 ** np.abs(PEAK_SCATTER * rng.standard_normal(len(c))),
        "v_at_mpeak": v_at_mpeak,
        "v_vir_at_mpeak": v_vir,
        "mass_now": mass * np.concatenate([np.ones(len(hosts)), left]),
        "halfmass_scale": scale / (1 + np.log(2) / (2 * age)),
        "mpeak_scale": scale,
        "infall_scale": scale,
        "host_log_mass": np.concatenate([hosts.log_mass, hosts.log_mass[subhalos.host]]),
        "time_since_infall": np.concatenate([np.zeros(len(hosts)), elapsed]),
    }


def biased_concentrations(theory: Theory, hosts: Hosts, placed: PlacedHosts) -> np.ndarray:
    """The concentrations of the hosts, shifted a little by their surroundings. (n_host,)

    The deviate becomes c' = rho e + sqrt(1 - rho^2) z: z is that of the profile the matter is drawn
    from, e the standardised density around a host among those of its mass. Hosts of bias b have a
    mean density b R around them (R being the response of `PlacedHosts`), so that
    rho = q b R / sd of the density makes <density c'> = q b R.
    """
    mean = theory.concentration(hosts.mass)
    own = np.log10(hosts.concentration / mean) / CONCENTRATION_SCATTER
    shifted = own.copy()
    collapsing = collapsing_mass(theory)
    bins = np.floor(hosts.log_mass / BIN_WIDTH)
    for one in np.unique(bins):
        rows = np.flatnonzero(bins == one)
        density = placed.surroundings[rows]
        spread = density.std()
        if len(rows) < 3 or spread == 0:
            continue
        mass = float(hosts.mass[rows].mean())
        wanted = relative_slope(mass / collapsing) * theory.bias(mass) * placed.response
        rho = np.clip(wanted / spread, -LARGEST_CORRELATION, LARGEST_CORRELATION)
        around = (density - density.mean()) / spread
        shifted[rows] = rho * around + np.sqrt(1 - rho**2) * own[rows]
    return mean * 10 ** (CONCENTRATION_SCATTER * shifted)


def relative_slope(mass_ratio: np.ndarray) -> np.ndarray:
    """Relative change of the bias with each deviate of log c at M / M*, eq. (q)."""
    y = np.clip(mass_ratio, *MASS_RATIOS) ** 0.33
    return 0.1 - 0.22 * (y + np.log(y)) / (1 + y)


def collapsing_mass(theory: Theory) -> float:
    """M*, Msun/h, at which the linear density has a standard deviation of 1.686."""
    log_mass = np.arange(4.0, LOG_MASS_MAX, 0.1)
    radii = theory.patch_radius(10**log_mass)
    deviation = np.sqrt([theory.linear_variance(radius) for radius in radii])
    return float(10 ** np.interp(-COLLAPSE, -deviation, log_mass))


def peak_velocity(concentration: np.ndarray) -> np.ndarray:
    """Highest circular velocity of an NFW halo over the one at its virial radius, at least 1."""
    c = np.maximum(concentration, _V_MAX_AT)
    return np.sqrt(nfw.enclosed(_V_MAX_AT) / _V_MAX_AT * c / nfw.enclosed(c))


def _formation(rng: np.random.Generator, concentration: np.ndarray) -> np.ndarray:
    """The scale factor s at which each halo formed, over that at its peak mass."""
    scatter = 10 ** (FORMATION_SCATTER * rng.standard_normal(len(concentration)))
    return FORMATION / concentration * scatter


def _infall_scales(
    rng: np.random.Generator, subhalos: Subhalos, hosts: Hosts, age: np.ndarray, now: float
) -> np.ndarray:
    """Scale factors at infall; the host was then at least as massive as the subhalo. (n_sub,)"""
    least = subhalos.mass / hosts.mass[subhalos.host]
    grown = np.sqrt(least**2 + (1 - least**2) * rng.random(len(least)))
    earliest = min(1 / (1 + EARLIEST_INFALL), now)
    return np.clip(now / (1 - np.log(grown) / (2 * age)), earliest, now)


def _bound_fraction(
    rng: np.random.Generator,
    theory: Theory,
    subhalos: Subhalos,
    hosts: Hosts,
    elapsed: np.ndarray,
) -> np.ndarray:
    """Mass left of each subhalo over its peak mass, from eq. (L). (n_sub,)"""
    of_today = replace(theory, redshift=0.0).virial_radius(1e12)
    # The comoving radius of a mass tells the density: rho_vir ~ (r / (1 + z))^-3.
    faster = (of_today / (theory.virial_radius(1e12) / (1 + theory.redshift))) ** 1.5
    rate = faster / STRIPPING_TIME * 10 ** (STRIPPING_SCATTER * rng.standard_normal(len(elapsed)))
    ratio = (subhalos.mass / hosts.mass[subhalos.host]) ** STRIPPING_SLOPE
    return (1 + STRIPPING_SLOPE * ratio * rate * elapsed) ** (-1 / STRIPPING_SLOPE)


@dataclass(frozen=True)
class _Table:
    """Mean concentration and virial radius at any mass and time, by interpolation.

    Attributes:
        redshift: (n,), of the rows.
        log_c: (n, 2), log10 of the concentration of 10^11 and 10^14 Msun/h; log10 c is a straight
            line in log10 of the mass.
        radius: (n,), virial radius of 10^12 Msun/h, comoving Mpc/h.
    """

    redshift: np.ndarray
    log_c: np.ndarray
    radius: np.ndarray

    @classmethod
    def of(cls, theory: Theory) -> "_Table":
        """From the redshift of a theory up to that of the earliest infall."""
        last = max(EARLIEST_INFALL, theory.redshift)
        redshift = np.linspace(theory.redshift, last, N_REDSHIFT)
        then = [replace(theory, redshift=float(z)) for z in redshift]
        ends = np.array([1e11, 1e14])
        log_c = np.log10([one.concentration(ends) for one in then])
        return cls(redshift, log_c, np.array([one.virial_radius(1e12) for one in then]))

    def concentration(self, log_mass: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Mean concentration of each mass at each scale factor."""
        light, massive = (np.interp(1 / scale - 1, self.redshift, c) for c in self.log_c.T)
        return 10 ** (light + (massive - light) * (log_mass - 11) / 3)

    def virial_radius(self, log_mass: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Virial radius of each mass at each scale factor, comoving Mpc/h."""
        of_12 = np.interp(1 / scale - 1, self.redshift, self.radius)
        return of_12 * 10 ** ((log_mass - 12) / 3)
