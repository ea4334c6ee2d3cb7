"""Published measurements, converted to the units used here."""

from typing import TYPE_CHECKING, Any

import numpy as np

from halograd.errors import DataError
from halograd.observations.observation import (
    Observation,
    Samples,
    hubble_parameter,
    midpoint_edges,
)
from halograd.observations.published_table import published_table
from halograd.registries import STATISTICS

if TYPE_CHECKING:
    from astropy.table import Table
    from astropy.units import UnitBase

_SEPARATION = "Mpc / littleh"
_ASTROPY = {
    "density": "littleh3 / (Mpc3 dex)",
    "length": "Mpc / littleh",
    "surface density": "littleh solMass / pc2",
}
_WP_SQUARED = "Mpc2 / littleh2"
_LN10 = np.log(10.0)


def load(name: str, h: float | None = None) -> Observation:
    """A published measurement in comoving Mpc/h, (Mpc/h)^-3 and h Msun/pc².

    Lengths, densities and ΔΣ that a paper gives for one value of h are turned back with that
    value, which is exact. Stellar masses stay in Msun: those of one value of h go as h^-2, the
    square of the luminosity distance.

    Args:
        name: One of `observations.names()`.
        h: H0 / (100 km/s/Mpc) for which stellar masses are wanted; that of the paper where left
            out. A paper that gives Msun/h² needs it.

    Raises:
        DataError: For an unknown name, or where `h` is needed.
    """
    table = published_table(name)
    meta = table.meta
    h = _wanted_h(name, meta, h)
    statistic = meta["statistic"]
    read = _profiles if STATISTICS[statistic].edges_field else _density
    parts = read(table, _ASTROPY[STATISTICS[statistic].unit])
    published = parts.pop("samples")
    return Observation(
        name=name,
        statistic=statistic,
        samples=_in_msun(published, meta, h),
        published_samples=published,
        pi_max=meta.get("pi_max"),
        h=h,
        redshift=meta["redshift"] and tuple(meta["redshift"]),
        notes=tuple(meta["notes"]),
        **{key: meta[key] for key in ("title", "imf", "stellar_mass", "survey", "reference")},
        arxiv=str(meta["arxiv"]),
        **parts,
    )


def _wanted_h(name: str, meta: dict[str, Any], h: float | None) -> float:
    if h is None and meta["h"] is None:
        raise DataError(
            f"{name} gives stellar masses in Msun/h^2: give h, the H0 / (100 km/s/Mpc) for which "
            "they are wanted in Msun; 0.7 suits most other measurements of SDSS"
        )
    return meta["h"] if h is None else hubble_parameter(h)


def _in_msun(samples: Samples, meta: dict[str, Any], h: float) -> Samples:
    """Limits in log10 Msun for the wanted h; M* goes as h^-2."""
    shift = 2 * np.log10((meta["h"] or 1.0) / h)
    # Rounded, so that the same sample of two tables stays one sample.
    return tuple(
        (round(float(low + shift), 9), round(float(high + shift), 9)) for low, high in samples
    )


def _density(table: "Table", wanted: str) -> dict[str, Any]:
    """One row for each bin of stellar mass; a density per dex becomes that of the bin."""
    low, high = (np.asarray(table[f"log_mstar_{end}"], np.float64) for end in ("low", "high"))
    if "log_n" in table.colnames:
        value, error = _out_of_logarithms(table)
        unit = table["log_n"].unit.physical_unit
    else:
        value, error = (np.asarray(table[key], np.float64) for key in ("n", "n_error"))
        unit = table["n"].unit
    scale = (_factor(unit, wanted, table.meta["h"]) * (high - low))[:, None]
    return {
        "samples": tuple(zip(low.tolist(), high.tolist(), strict=True)),
        "values": value[:, None] * scale,
        "errors": error[:, None] * scale,
        "covariance": None,
        "separations": None,
        "edges": None,
    }


def _out_of_logarithms(table: "Table") -> tuple[np.ndarray, np.ndarray]:
    """Density and error from log10; upper and lower error averaged, sample variance added."""
    ends = [np.asarray(table[f"log_n_error_{end}"], np.float64) for end in ("up", "down")]
    variance = np.mean(ends, axis=0) ** 2
    if "log_n_sample_variance" in table.colnames:
        variance = variance + np.asarray(table["log_n_sample_variance"], np.float64) ** 2
    value = 10.0 ** np.asarray(table["log_n"], np.float64)
    return value, _LN10 * value * np.sqrt(variance)


def _profiles(table: "Table", wanted: str) -> dict[str, Any]:
    """Separation first, then the columns of the samples."""
    separation, *columns = table.colnames
    centres = _column(table, separation, _SEPARATION)
    read = _one_with_covariance if columns[1].startswith("covariance") else _values_and_errors
    values, errors, covariance = read(table, columns, wanted)
    return {
        "samples": tuple((float(low), float(high)) for low, high in table.meta["samples"]),
        "values": values,
        "errors": errors,
        "covariance": covariance,
        "separations": centres,
        "edges": _edges(table.meta, centres),
    }


def _values_and_errors(
    table: "Table", columns: list[str], wanted: str
) -> tuple[np.ndarray, np.ndarray, None]:
    """Value and error of each sample in turn."""
    numbers = np.stack([_column(table, key, wanted) for key in columns])
    return numbers[0::2], numbers[1::2], None


def _one_with_covariance(
    table: "Table", columns: list[str], wanted: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values of one sample, then the columns of their covariance."""
    value, *rows = columns
    covariance = np.stack([_column(table, key, _WP_SQUARED) for key in rows])
    return _column(table, value, wanted)[None], np.sqrt(np.diag(covariance))[None], covariance


def _edges(meta: dict[str, Any], centres: np.ndarray) -> np.ndarray:
    """The edges that are known, comoving Mpc/h, or those half way between the centres."""
    if "edges" not in meta:
        return midpoint_edges(centres)
    known = meta["edges"]
    return np.geomspace(known["low"], known["high"], known["n"] + 1)


def _column(table: "Table", key: str, wanted: str) -> np.ndarray:
    values = np.asarray(table[key], np.float64)
    return values * _factor(table[key].unit, wanted, table.meta["h"])


def _factor(unit: "UnitBase", wanted: str, h: float | None) -> float:
    """What turns numbers in `unit` into `wanted`; `h` is that of a unit without it."""
    from astropy import units
    from astropy.cosmology.units import littleh, with_H0

    with units.add_enabled_units([littleh]):
        target = units.Unit(wanted)
    known = with_H0(100 * h * units.km / units.s / units.Mpc) if h is not None else []
    return float(unit.to(target, equivalencies=known))
