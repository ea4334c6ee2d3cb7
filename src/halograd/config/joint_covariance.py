"""The covariance of all statistics together, from blocks or from one file."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.linalg import block_diag

from halograd.config.covariance_file import read_covariance
from halograd.config.measurement import Measurement, check_diagonal, raised
from halograd.config.section import Section


def joint_covariance(section: Section, measured: Mapping[str, Measurement]) -> np.ndarray:
    """The covariance of what the cuts leave of every statistic, in the order of `measured`.

    Args:
        section: `[data]`, whose `covariance` holds all numbers before cuts; without it the
            statistics are independent of each other.
        measured: By name, in the order of a data vector.

    Returns:
        (n_data, n_data).
    """
    if "covariance" in section:
        covariance = _from_file(section, measured)
    else:
        blocks = {name: part.block for name, part in measured.items()}
        for name, block in blocks.items():
            if block is None:
                key = "error" if name == "n" else "errors"
                raise section.table(name).error(
                    f"no errors are known: give {key} or covariance here, or a covariance of all "
                    "numbers in [data]"
                )
        covariance = block_diag(*blocks.values())
    kept = np.flatnonzero(_joined(measured, "kept"))
    return covariance[np.ix_(kept, kept)]


def check_one_covariance(section: Section, names: Sequence[str]) -> None:
    """Raise unless `covariance` and `n_realisation` of `[data]` speak of one matrix.

    Args:
        section: `[data]`.
        names: Of the statistics in it.
    """
    tables = {name: section.table(name) for name in names}
    if "covariance" in section:
        for table in tables.values():
            if "covariance" in table:
                raise table.error("covariance is given here and in [data]: keep one of the two")
            if "file" not in table and "published" not in table:
                raise section.error(
                    "covariance goes with measurements: add file or published to the tables"
                )
    alone = len(tables) == 1 and "covariance" in tables[names[0]]
    if "n_realisation" in section and "covariance" not in section and not alone:
        raise section.error(
            "n_realisation counts the realisations behind one covariance of all numbers: give "
            "covariance in [data]"
        )


def _from_file(section: Section, measured: Mapping[str, Measurement]) -> np.ndarray:
    scale = _joined(measured, "scale")
    order = "in the order " + ", then ".join(
        f"{name} ({part.values.size} numbers)" for name, part in measured.items()
    )
    covariance = read_covariance(section, len(scale), f"{order}, each sample by sample")
    check_diagonal(covariance, _known_errors(measured, scale))
    return raised(covariance * np.outer(scale, scale), _joined(measured, "floor"))


def _known_errors(measured: Mapping[str, Measurement], scale: np.ndarray) -> np.ndarray:
    """The errors of the tables in the units of their files; NaN where a table has none."""
    errors = [
        np.full(part.values.size, np.nan) if part.errors is None else part.errors.ravel()
        for part in measured.values()
    ]
    return np.concatenate(errors) / scale


def _joined(measured: Mapping[str, Measurement], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name).ravel() for part in measured.values()])
