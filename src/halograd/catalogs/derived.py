"""Columns that follow from others, for models that look at more than the mass of a halo.

Each function takes a catalogue or arrays and returns an array with a value per halo, to be given to
`HaloCatalog.with_columns`.
"""

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.catalogs._columns import numbers
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

if TYPE_CHECKING:
    from halograd.catalogs.halo_catalog import HaloCatalog

# 1 / (100 km/s/Mpc), Gyr/h.
_HUBBLE_TIME = 9.777922217
# Newton's constant, (km/s)^2 Mpc / Msun.
_G = 4.300917270e-9
# Scale factors are written with few decimals.
_ROUNDING = 1e-3
_GENERATIONS = 8  # doublings: 2^8 generations of subhalos within subhalos
# Where the circular velocity of an NFW halo is highest, in scale radii: smaller concentrations
# have their maximum outside the virial radius.
_LOWEST_CONCENTRATION, _HIGHEST_CONCENTRATION = 2.16258, 1e4


def host_log_mass(halos: "HaloCatalog", *, missing: str | float | None = None) -> np.ndarray:
    """log10 of the mass of each halo's host, Msun/h: of a central its own. (n_halo,)

    Subhalos of subhalos have the mass of the outermost host. The masses are those of `log_mpeak`.

    Args:
        halos: The catalogue.
        missing: What satellites get whose host is not in the catalogue: "own" for their own mass,
            a lower limit of their host's; or a log10 mass in Msun/h. None refuses such halos.

    Raises:
        CatalogError: For such satellites with missing=None, and where no host is known at all.
    """
    hosts = host_row(halos)
    lost = hosts < 0
    if missing is None and lost.any():
        raise CatalogError(
            f"{int(lost.sum())} of {int(halos.is_satellite.sum())} satellites have no host in the "
            'catalogue: give missing="own" for their own mass, or a log10 mass, or drop them: '
            "halos[~halos.is_satellite | (halos.host_index >= 0)]"
        )
    if isinstance(missing, str) and missing != "own":
        raise CatalogError(f'missing must be "own", a log10 mass or None, got {missing!r}')
    is_number = not isinstance(missing, str | None)
    stand_in = numbers("missing", missing) if is_number else halos.log_mpeak
    return np.where(lost, stand_in, halos.log_mpeak[hosts])


def host_row(halos: "HaloCatalog") -> np.ndarray:
    """Row of each halo's outermost host: its own for a central, -1 where it is not known. (n_halo,)

    Raises:
        CatalogError: Where there are satellites and no host is known at all.
    """
    own = np.arange(len(halos))
    if halos.host_index is None and halos.is_satellite.any():
        raise CatalogError(
            "the hosts of satellites need host_index: read the columns halo_id and host_id, or "
            "give it"
        )
    hosts = own if halos.host_index is None else np.where(halos.is_satellite, halos.host_index, own)
    for _ in range(_GENERATIONS):
        hosts = np.where(hosts < 0, -1, hosts[hosts])
    return hosts


def satellite_share(halos: "HaloCatalog", weights: ArrayLike | None = None) -> np.ndarray:
    """Share of its host's satellite galaxies that each satellite place gets, 0 for centrals.

    The shares of the places in a host sum to 1; without weights they are equal.

    Args:
        halos: The catalogue, with its hosts.
        weights: (n_halo,), what shares are in proportion to, 0 or more; those of centrals do not
            matter. None for equal shares.

    Returns:
        (n_halo,).

    Raises:
        CatalogError: For satellites without a host in the catalogue, and for weights that are
            negative, or 0 at all places of a host.
    """
    hosts, satellite = host_row(halos), halos.is_satellite
    if (hosts < 0).any():
        raise CatalogError(
            f"{int((hosts < 0).sum())} of {int(satellite.sum())} satellites have no host in the "
            "catalogue, so that their share of its galaxies is not known: drop them by "
            "halos[~halos.is_satellite | (halos.host_index >= 0)]"
        )
    given = np.ones(len(halos)) if weights is None else numbers("weights", weights)
    _checks.shape("weights", given, (len(halos),), CatalogError)
    given = np.where(satellite, given, 0.0)
    if (given < 0).any():
        raise CatalogError(f"weights of satellites must be 0 or more, got {given.min():g}")
    total = np.bincount(hosts, given, minlength=len(halos))
    if (total[hosts[satellite]] == 0).any():
        raise CatalogError("the weights of all satellites of a host are 0: give one of them some")
    return np.divide(given, total[hosts], out=np.zeros(len(halos)), where=satellite)


def rank_at_fixed_mass(
    values: ArrayLike,
    log_mass: ArrayLike,
    *,
    width: float | None = None,
    n_per_bin: int | None = None,
    scale: tuple[float, float] = (-0.5, 0.5),
) -> np.ndarray:
    """Rank of each halo's value among the halos of about its mass, the conditional rank. (n_halo,)

    In each bin of mass with n halos the lowest value has rank 0 and the highest n - 1; equal values
    share the mean of their ranks; a rank r becomes

        low + (high - low) r / (n - 1),

    and a halo alone in its bin gets the middle. The mean over each bin is the middle of the scale,
    whatever the values. Halos of equal mass are in one bin, so the order of the halos does not
    matter.

    Args:
        values: (n_halo,), any property, such as the concentration.
        log_mass: (n_halo,), log10 masses in Msun/h.
        width: Width of the bins in dex, from the lightest halo on.
        n_per_bin: Number of halos per bin, about, in the place of `width`.
        scale: (low, high), what the lowest and the highest value of each bin get.

    Raises:
        CatalogError: For both or neither of width and n_per_bin, and values that are not finite.
    """
    values, masses = numbers("values", values), numbers("log_mass", log_mass)
    _checks.shape("values", values, (None,), CatalogError)
    _checks.shape("log_mass", masses, values.shape, CatalogError)
    low, high = numbers("scale", scale)
    bins = _mass_bins(masses, width, n_per_bin)
    if values.size == 0:
        return np.empty(0)
    order = np.lexsort((values, bins))
    bins, ordered = bins[order], values[order]
    is_first = np.append(True, bins[1:] != bins[:-1])
    is_new = is_first | np.append(True, ordered[1:] != ordered[:-1])
    n_here, n_equal = _run_lengths(is_first), _run_lengths(is_new)
    mean_place = np.flatnonzero(is_new) + (n_equal - 1) / 2
    rank = np.repeat(mean_place, n_equal) - np.repeat(np.flatnonzero(is_first), n_here)
    highest = np.repeat(n_here - 1, n_here)
    share = np.where(highest > 0, rank / np.maximum(highest, 1), 0.5)
    ranks = np.empty(len(values))
    ranks[order] = low + (high - low) * share
    return ranks


def concentration(halos: "HaloCatalog") -> np.ndarray:
    """NFW concentration r_vir / r_s of each halo. (n_halo,)

    The column `concentration` where there is one, else `r_vir` over `r_s`, else the inversion of

        (v_max / v_vir)^2 = 0.2162 c / [ln(1 + c) - c / (1 + c)],   v_vir^2 = G M / r_vir,

    (Klypin, Trujillo-Gomez & Primack 2011, arXiv:1002.3660), with M of the column `mass_now`
    (Msun/h), `r_vir` (comoving Mpc/h, made proper) and `v_max` (km/s); ratios below 1, which no
    NFW halo has, give the lowest concentration of this relation, 2.16.

    Raises:
        CatalogError: Where the columns are missing, or not positive; the message says which.
    """
    if "concentration" in halos.extra:
        return _positive("concentration", halos.extra["concentration"])
    if {"r_vir", "r_s"} <= halos.extra.keys():
        return _positive("r_vir", halos.extra["r_vir"]) / _positive("r_s", halos.extra["r_s"])
    if not {"r_vir", "v_max", "mass_now"} <= halos.extra.keys():
        raise CatalogError(
            "concentrations need the column concentration, or r_vir and r_s, or v_max, r_vir and "
            f"mass_now; the catalogue has {', '.join(halos.column_names)}. Read the file with "
            "properties=[...] of them"
        )
    r_vir, v_max, mass = (
        _positive(name, halos.extra[name]) for name in ("r_vir", "v_max", "mass_now")
    )
    ratio = v_max**2 * r_vir / (1 + halos.redshift) / (_G * mass)
    c = np.geomspace(_LOWEST_CONCENTRATION, _HIGHEST_CONCENTRATION, 4000)
    # At the lowest concentration the ratio is 1, which gives the factor 0.2162.
    relation = c / (np.log1p(c) - c / (1 + c))
    return np.exp(np.interp(np.log(ratio), np.log(relation / relation[0]), np.log(c)))


def environment(
    halos: "HaloCatalog", radius: float, *, inner: ArrayLike = 0.0, of: str = "mass"
) -> np.ndarray:
    """Mass, or number, of the central halos around each halo, at inner <= r < radius. (n_halo,)

    The mass of a central, 10^log_mpeak, includes its subhalos, which are left out so that nothing
    counts twice; a halo does not count itself.

    Args:
        halos: The catalogue.
        radius: Comoving Mpc/h, up to half the box.
        inner: Where the environment begins, comoving Mpc/h: a number, or one for each halo (such
            as its `r_vir`), (n_halo,).
        of: "mass" for the sum of the masses in Msun/h, "count" for the number of halos.

    Raises:
        CatalogError: For an impossible radius, inner radius or `of`.
    """
    from halograd.pairs import RadialPairs  # the readers do without JAX

    reach, begin = float(numbers("radius", radius)), numbers("inner", inner)
    if begin.shape not in {(), (len(halos),)} or (begin < 0).any() or (begin >= reach).any():
        raise CatalogError(
            f"inner must be one number or {len(halos)}, from 0 up to the radius {reach:g} Mpc/h"
        )
    if reach > halos.boxsize.min() / 2:
        raise CatalogError(
            f"the radius of an environment must be at most half the box, "
            f"{halos.boxsize.min() / 2:g} Mpc/h, got {reach:g}"
        )
    if of not in ("mass", "count"):
        raise CatalogError(f'of must be "mass" or "count", got {of!r}')
    if len(halos) == 0:
        return np.empty(0)
    log_unit = halos.log_mpeak.max() if of == "mass" else 0.0
    weights = 10 ** (halos.log_mpeak - log_unit) if of == "mass" else np.ones(len(halos))
    weights = np.where(halos.is_satellite, 0.0, weights)
    start = float(begin) if begin.ndim == 0 else 0.0
    pairs = RadialPairs(halos.positions, halos.boxsize, [start, reach])
    found = np.asarray(pairs.per_point(weights), np.float64)[:, 0]
    if begin.ndim:
        found -= _within(halos, weights, begin)
    return np.maximum(found, 0.0) * 10**log_unit


def time_since_infall(
    infall_scale: ArrayLike, redshift: float, cosmology: Cosmology | None
) -> np.ndarray:
    """Time from the infall of each halo to the redshift of the catalogue, Gyr. (n_halo,)

    In flat ΛCDM, from t(a) = 2 / (3 H0 sqrt(Ω_Λ)) asinh[sqrt(Ω_Λ / Ω_m) a^(3/2)]; 0 for halos that
    fall in now, as centrals have it in the files of consistent-trees.

    Args:
        infall_scale: (n_halo,), scale factor when the halo first fell into a larger one.
        redshift: Redshift of the catalogue.
        cosmology: Cosmology of the simulation.

    Raises:
        CatalogError: Without a cosmology, and for scale factors that are not above 0 or lie in the
            future of the catalogue.
    """
    if not isinstance(cosmology, Cosmology):
        raise CatalogError(
            "the time since infall needs a cosmology (omega_m and h): give it to the reader"
        )
    now = 1 / (1 + float(numbers("redshift", redshift)))
    scale = numbers("infall_scale", infall_scale)
    bad = (scale <= 0) | (scale > now * (1 + _ROUNDING))
    if bad.any():
        raise CatalogError(
            f"infall_scale must lie above 0 and up to the scale factor now, {now:.4g}, but "
            f"{int(bad.sum())} of {scale.size} values do not, such as {scale[bad].flat[0]:g}; give "
            "halos that never fell in the scale factor now"
        )
    return np.maximum(_age(now, cosmology) - _age(scale, cosmology), 0.0)


def virial_velocity(
    log_mass: ArrayLike, scale: ArrayLike, cosmology: Cosmology | None
) -> np.ndarray:
    """Circular velocity at the virial radius of halos of some mass at some time, km/s. (n_halo,)

    v = (G M H sqrt(Δ / 2))^(1/3), with the overdensity Δ over the critical density of Bryan &
    Norman 1998 (astro-ph/9710107) in flat ΛCDM. With `log_mpeak` and `mpeak_scale` it is the
    column `v_vir_at_mpeak`.

    Args:
        log_mass: (n_halo,), log10 masses in Msun/h.
        scale: (n_halo,), scale factors.
        cosmology: Cosmology of the simulation.

    Raises:
        CatalogError: Without a cosmology, and for scale factors that are not above 0.
    """
    if not isinstance(cosmology, Cosmology):
        raise CatalogError(
            "virial velocities need a cosmology (omega_m and h): give it to the reader"
        )
    masses, scale = numbers("log_mass", log_mass), _positive("scale", scale)
    expansion = cosmology.omega_m / scale**3 + 1 - cosmology.omega_m
    x = cosmology.omega_m / scale**3 / expansion - 1
    overdensity = 18 * np.pi**2 + 82 * x - 39 * x**2
    hubble = 100 * np.sqrt(expansion)  # km/s per Mpc/h, physical
    return np.cbrt(_G * 10**masses * hubble * np.sqrt(overdensity / 2))


def _age(scale: Any, cosmology: Cosmology) -> Any:
    """Age of the universe at a scale factor, Gyr."""
    omega_m, omega_l = cosmology.omega_m, 1 - cosmology.omega_m
    if omega_l <= 0:
        return 2 / 3 * _HUBBLE_TIME / cosmology.h * scale**1.5
    growing = np.arcsinh(np.sqrt(omega_l / omega_m) * scale**1.5)
    return 2 / 3 * _HUBBLE_TIME / cosmology.h / np.sqrt(omega_l) * growing


def _mass_bins(masses: np.ndarray, width: float | None, n_per_bin: int | None) -> np.ndarray:
    """The bin of mass that each halo is in. (n_halo,)"""
    if (width is None) == (n_per_bin is None):
        raise CatalogError("ranks at fixed mass need one of width (dex) and n_per_bin")
    if width is not None:
        size = numbers("width", width)
        if size.ndim or size <= 0:
            raise CatalogError(f"width must be one number of dex above 0, got {width}")
        return np.floor((masses - masses.min(initial=np.inf)) / size)
    if not isinstance(n_per_bin, Integral) or n_per_bin < 1:
        raise CatalogError(f"n_per_bin must be a whole number, 1 or more, got {n_per_bin!r}")
    n_lighter = np.searchsorted(np.sort(masses), masses)
    n_bin = max(len(masses) // int(n_per_bin), 1)
    return n_lighter * n_bin // max(len(masses), 1)


def _run_lengths(is_first: np.ndarray) -> np.ndarray:
    """How many entries belong to each run that begins where `is_first`. (n_run,)"""
    return np.diff(np.append(np.flatnonzero(is_first), len(is_first)))


def _within(halos: "HaloCatalog", weights: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Sum of the weights of the other halos closer than each halo's own radius. (n_halo,)"""
    from scipy.spatial import cKDTree

    heavy = np.flatnonzero(weights)
    tree = cKDTree(halos.positions[heavy], boxsize=halos.boxsize)
    # A sphere of the tree includes its surface, as an environment does.
    near = tree.query_ball_point(halos.positions, np.nextafter(radii, 0), return_sorted=False)
    totals = np.array([weights[heavy[rows]].sum() for rows in near])
    return totals - weights


def _positive(name: str, values: ArrayLike) -> np.ndarray:
    column = numbers(f"column {name!r}", values)
    if (column <= 0).any():
        raise CatalogError(
            f"column {name!r} must be positive, but {int((column <= 0).sum())} of {column.size} "
            "values are not; drop those halos"
        )
    return column


# How a column that models often ask for is made, by the name it goes by.
_RECIPES = {
    "host_log_mass": 'host_log_mass=catalogs.host_log_mass(halos, missing="own")',
    "concentration": "concentration=catalogs.concentration(halos)",
    "environment": "environment=catalogs.environment(halos, radius=5.0)",
    "time_since_infall": (
        "time_since_infall=catalogs.time_since_infall(infall_scale, halos.redshift, "
        "halos.cosmology)"
    ),
    "v_vir_at_mpeak": (
        "v_vir_at_mpeak=catalogs.virial_velocity(halos.log_mpeak, mpeak_scale, halos.cosmology)"
    ),
}
_RANK = "_rank"
# Columns that a catalogue makes of itself when a model asks for them.
_FOLLOWING = {
    "host_log_mass": host_log_mass,
    "host_row": host_row,
    "satellite_share": satellite_share,
}
# Likewise, of one further column each.
_FOLLOWING_OF = {
    "time_since_infall": (
        "infall_scale",
        lambda halos, scale: time_since_infall(scale, halos.redshift, halos.cosmology),
    ),
    "v_vir_at_mpeak": (
        "mpeak_scale",
        lambda halos, scale: virial_velocity(halos.log_mpeak, scale, halos.cosmology),
    ),
}
_HOST = "host_"


def following(halos: "HaloCatalog", name: str) -> np.ndarray | None:
    """The column `name` where it follows from others without a choice, else None. (n_halo, ...)

    "host_log_mass", "host_row" and "satellite_share" follow from the hosts, and "host_age" is the
    `age` of each halo's outermost host, as of any column. "time_since_infall" follows from
    `infall_scale`, and "v_vir_at_mpeak" from `mpeak_scale`.
    """
    if name in _FOLLOWING:
        return _FOLLOWING[name](halos)
    source = _source(name)
    if name in _FOLLOWING_OF:
        has_source = source in halos.column_names
        return _FOLLOWING_OF[name][1](halos, halos.column(source)) if has_source else None
    if source == name or source not in halos.column_names:
        return None
    hosts = host_row(halos)
    if (hosts < 0).any():
        raise CatalogError(
            f"{name} is not known for {int((hosts < 0).sum())} satellites, whose host is not in "
            "the catalogue: drop them by halos[~halos.is_satellite | (halos.host_index >= 0)]"
        )
    return halos.column(source)[hosts]


def sources(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that a file must have for a catalogue to have `names`."""
    found = (_source(name) for name in names if name not in _FOLLOWING)
    return tuple(dict.fromkeys(found))


def _source(name: str) -> str:
    """What a column is made from: "age" for "host_age"; other names as they are."""
    if name in _FOLLOWING_OF:
        return _FOLLOWING_OF[name][0]
    is_of_host = name.startswith(_HOST) and name not in {"host_index", "host_id"}
    return name.removeprefix(_HOST) if is_of_host else name


def recipe(name: str) -> str | None:
    """The code that makes the column `name` of others; None where it is not known."""
    made = _RECIPES.get(name)
    if name.endswith(_RANK) and len(name) > len(_RANK):
        values = name.removesuffix(_RANK)
        made = (
            f"{name}=catalogs.rank_at_fixed_mass(halos.column({values!r}), halos.log_mpeak, "
            "width=0.1)"
        )
    return None if made is None else f"halos.with_columns({made})"


def how_to_make(name: str) -> str:
    """The end of an error message: how a catalogue gets the column `name`."""
    made = recipe(name)
    if made is not None:
        return f"To make it: {made}"
    return (
        f"If the file has it, read it with properties=[{name!r}]; else add it: "
        f"halos.with_columns({name}=...)"
    )
