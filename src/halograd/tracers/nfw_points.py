"""Deterministic points of NFW profiles as places of satellites."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from halograd import _checks
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import CatalogError
from halograd.theory import nfw
from halograd.theory.concentrations import check_names, mean_log_concentrations
from halograd.tracers.tracers import SATELLITE_PLACES, VELOCITY_FACTOR, Tracers, with_places

_GRID_STEP = 0.05  # dex of halo mass between evaluations of a concentration relation
_GOLDEN = (1 + np.sqrt(5)) / 2
# Roberts' sequence in three dimensions: the most even of the simple ones.
_PLASTIC = 1.2207440846057596
_RAREST = 1e-7  # probability of the largest deviates
_STEPS = _PLASTIC ** -np.arange(1.0, 4.0)
_NFW = "NFW points"


class NfwPlaces(NamedTuple):
    """How the points that `nfw_points` makes lie in their halos, as `provenance` keeps it.

    Attributes:
        truncation: Where they end, over the radius of the halo.
        concentration_bias: Their concentration over that of matter.
        velocity_factor: Their velocities relative to the halo, over those of isotropic orbits.
    """

    truncation: float
    concentration_bias: float
    velocity_factor: float

    @classmethod
    def of(cls, halos: HaloCatalog) -> "NfwPlaces | None":
        """Of tracers; None for those that are not points of NFW profiles."""
        told = halos.provenance
        if told.get(SATELLITE_PLACES) != _NFW:
            return None
        factor = float(told.get(VELOCITY_FACTOR, 1.0))
        return cls(float(told["truncation"]), float(told["concentration bias"]), factor)


def nfw_points(
    halos: HaloCatalog,
    n_point: int = 12,
    *,
    log_mass_min: float = -np.inf,
    truncation: float = 1.0,
    concentration_bias: float = 1.0,
    concentration: str = "diemer19",
    mass_definition: str = "vir",
    seed: int = 0,
) -> Tracers:
    """The central halos of a catalogue with points of their NFW profiles as places of satellites.

    The points of a halo lie at radii that hold equal masses, in directions of a Fibonacci sphere
    that is turned at random from halo to halo, and have equal shares. Velocities relative to the
    halo are those of isotropic orbits: in each direction a normal deviate, of an even sequence,
    times the dispersion that the Jeans equation gives for the matter's profile (Lokas & Mamon
    2001, astro-ph/0002395). The same arguments give the same points.

    The radius of a halo is its column `r_vir`, or that of its mass; the concentration its column
    `concentration`, or the mean at its mass.

    Pairs of galaxies within a halo are predicted for the smooth profile, whatever the number of
    points; pairs of galaxies in different halos are those of the points.

    Args:
        halos: The catalogue, whose subhalos are left out.
        n_point: Points per halo, 1 or more.
        log_mass_min: Lighter halos get no points, log10 Msun/h; the satellites that a model
            expects there are lost.
        truncation: Where the points end, over the radius of the halo.
        concentration_bias: η, the concentration of satellites over that of matter.
        concentration: A concentration–mass relation of colossus, for halos without the column.
        mass_definition: What `log_mpeak` measures, as colossus names it: "vir", "200m", "200c".
        seed: Of the turns of the directions.

    Returns:
        Tracers with the columns `r_vir` and `concentration` (of matter).

    Raises:
        CatalogError: For arguments out of range, and a catalogue without what radii and
            concentrations need.
    """
    if isinstance(n_point, bool) or int(n_point) != n_point or n_point < 1:
        raise CatalogError(f"n_point must be a whole number, 1 or more, got {n_point!r}")
    for name, value in (("truncation", truncation), ("concentration_bias", concentration_bias)):
        if not _checks.number(name, value, CatalogError) > 0:
            raise CatalogError(f"{name} must be above 0, got {value}")
    hosts = halos[~halos.is_satellite]
    radius, c = _structure(hosts, concentration, mass_definition)
    hosts = hosts.with_columns(r_vir=radius, concentration=c)
    chosen = np.flatnonzero(hosts.log_mpeak >= log_mass_min)
    places = NfwPlaces(float(truncation), float(concentration_bias), 1.0)
    points = profile_points(hosts[chosen], int(n_point), places, seed)
    positions = (hosts.positions[chosen, None] + points.offsets).reshape(-1, 3) % hosts.boxsize
    velocities = None
    if points.drifts is not None:
        velocities = (hosts.velocities[chosen, None] + points.drifts).reshape(-1, 3)
    return with_places(
        hosts,
        np.where(positions == hosts.boxsize, 0.0, positions),
        np.repeat(chosen, n_point),
        velocities,
        weights=None,
        columns={},
        what=_NFW,
        notes={
            "truncation": repr(places.truncation),
            "concentration bias": repr(places.concentration_bias),
        },
    )


class ProfilePoints(NamedTuple):
    """Points of the profiles of halos, relative to these.

    Attributes:
        offsets: (n_halo, n, 3), comoving Mpc/h.
        drifts: (n_halo, n, 3), km/s, or None where the halos have no velocities.
    """

    offsets: np.ndarray
    drifts: np.ndarray | None


def profile_points(hosts: HaloCatalog, n: int, places: NfwPlaces, seed: int) -> ProfilePoints:
    """Even points of the NFW profiles of halos, with equal parts of the mass.

    Args:
        hosts: With `r_vir` and `concentration`.
        n: Points per halo.
        places: How they lie in it.
        seed: Of the turns of directions.
    """
    radius, c = (hosts.extra[name][:, None] for name in ("r_vir", "concentration"))
    template = _Template(n, np.random.default_rng(seed), len(hosts))
    own = places.concentration_bias * c
    cut = places.truncation * own
    x = nfw.radius_enclosing(template.mass_fractions() * nfw.enclosed(cut))
    distance = x * radius / own
    drifts = None
    if hosts.velocities is not None:
        # The orbits are in the potential of the matter, of its own concentration.
        sigma = nfw.velocity_dispersion(np.maximum(distance / radius, 1e-6), c)
        proper = hosts.extra["r_vir"] / (1 + hosts.redshift)
        sigma *= nfw.virial_velocity(10**hosts.log_mpeak, proper)[:, None]
        drifts = places.velocity_factor * sigma[..., None] * template.deviates()
    return ProfilePoints(distance[..., None] * template.directions(), drifts)


class _Template:
    """Even points of one halo, turned and shifted for each of many by random numbers.

    So the points of a halo stay apart, while every single one follows the profile exactly.

    Args:
        n: Points per halo.
        rng: Source of the turns.
        n_halo: Number of halos.
    """

    def __init__(self, n: int, rng: np.random.Generator, n_halo: int) -> None:
        self._n = n
        # Even over any run of halos, and so over those of about a mass where they are in order.
        self._shift = ((0.5 + np.arange(n_halo) / _GOLDEN) % 1)[:, None]
        self._turns = _rotations(rng, n_halo)
        in_order = np.tile(np.arange(n), (n_halo, 1))
        self._order, self._speed_order = (rng.permuted(in_order, axis=1) for _ in range(2))
        self._speed_shift = rng.random((n_halo, 1, 3))

    def mass_fractions(self) -> np.ndarray:
        """Fraction of the mass within each point, one in each n-th. (n_halo, n)"""
        return (np.arange(self._n) + self._shift) / self._n

    def directions(self) -> np.ndarray:
        """Unit vectors, of a Fibonacci sphere in random order. (n_halo, n, 3)"""
        step = np.arange(self._n)
        z = 1 - (2 * step + 1) / self._n
        angle = 2 * np.pi * step / _GOLDEN
        across = np.sqrt(1 - z**2)
        sphere = np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)
        return np.einsum("hij,hnj->hni", self._turns, sphere[self._order])

    def deviates(self) -> np.ndarray:
        """Normal numbers, even over the points of a halo, in random order. (n_halo, n, 3)"""
        even = (self._speed_shift + self._speed_order[..., None] * _STEPS) % 1
        return ndtri(np.clip(even, _RAREST, 1 - _RAREST))


def _rotations(rng: np.random.Generator, n: int) -> np.ndarray:
    """Random rotations, uniform over all, from unit quaternions. (n, 3, 3)"""
    w, x, y, z = _normalised(rng.standard_normal((n, 4))).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _normalised(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _structure(
    hosts: HaloCatalog, relation: str, mass_definition: str
) -> tuple[np.ndarray, np.ndarray]:
    """Radius, comoving Mpc/h, and concentration of each host. (n_host,) each"""
    has_radius, has_c = "r_vir" in hosts.extra, "concentration" in hosts.extra
    if has_radius and has_c:
        radius, c = (np.asarray(hosts.extra[name], float) for name in ("r_vir", "concentration"))
    else:
        radius, c = _from_theory(hosts, relation, mass_definition)
        radius = np.asarray(hosts.extra["r_vir"], float) if has_radius else radius
        c = np.asarray(hosts.extra["concentration"], float) if has_c else c
    for name, values in (("r_vir", radius), ("concentration", c)):
        bad = int((~(np.isfinite(values) & (values > 0))).sum())
        if bad:
            raise CatalogError(
                f"column {name!r} must be positive, but {bad} of {len(values)} hosts have another: "
                "drop them, or leave the column out so that the mean at each mass stands in"
            )
    return radius, c


def _from_theory(
    hosts: HaloCatalog, relation: str, mass_definition: str
) -> tuple[np.ndarray, np.ndarray]:
    """As `_structure`, of the mass alone."""
    from colossus.halo import mass_so

    from halograd.theory.colossus_cosmology import colossus_cosmology

    if hosts.cosmology is None:
        raise CatalogError(
            "the sizes and concentrations of halos need a cosmology, or the columns r_vir and "
            "concentration: read the catalogue with cosmology=Cosmology(omega_m=, h=, omega_b=, "
            "sigma8=, n_s=), or with properties=['r_vir', 'concentration']"
        )
    low, high = hosts.log_mpeak.min(), hosts.log_mpeak.max()
    grid = np.linspace(low, high, max(int(np.ceil((high - low) / _GRID_STEP)), 1) + 1)
    with colossus_cosmology(hosts.cosmology):
        check_names(mass_definition, relation)
        log_c = mean_log_concentrations(grid, hosts.redshift, mass_definition, relation)
        proper = mass_so.M_to_R(10**hosts.log_mpeak, hosts.redshift, mass_definition) * 1e-3
    return proper * (1 + hosts.redshift), 10 ** np.interp(hosts.log_mpeak, grid, log_c)
