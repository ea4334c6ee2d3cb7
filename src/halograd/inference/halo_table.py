"""The halos of a catalogue gathered by mass: all that predictions need, without the halos."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np

from halograd._sealed import Sealed, digest, read_sealed, write_sealed
from halograd._version import __version__
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.inference.observables import Observables
from halograd.inference.statistics import STATISTICS, Statistic
from halograd.inference.table_accuracy import TableAccuracy
from halograd.pairs import SplitFloat64
from halograd.pairs._identity import Identity, check_identity
from halograd.pairs.table import PairTable, sealed_table, unsealed_table

Tables = PairTable | tuple[PairTable, ...]

_KIND = "halograd halo table 2"


class HaloTable(eqx.Module):
    """Counts, lensing and pairs of halos by mass, for `TabulatedPredictor`.

    A model is evaluated at about a thousand masses. n and ΔΣ are sums over these; for pairs the
    weights are projected on the fewer nodes of a `PairTable` (`MassGrid.to_nodes`).

    Attributes:
        log_mpeak: (n_mass,), log10 Msun/h, where the model is evaluated.
        multiplicity: (n_mass,), halos of each mass.
        profiles: (n_mass, n_R), mean ΔΣ_i of the halos of each mass, h Msun / pc^2, or None.
        to_nodes: (n_node, n_mass), turns weights at masses into weights of nodes, or None.
        pairs: By statistic, the pairs between nodes, or a tuple with those of each line of sight.
        statistics: The bins that it has, without samples.
        volume: (Mpc/h)^3.
        accuracy: How well it does, as measured when it was made.
    """

    log_mpeak: np.ndarray
    multiplicity: np.ndarray
    profiles: np.ndarray | None
    to_nodes: SplitFloat64 | None
    pairs: dict[str, Tables]
    volume: float
    statistics: tuple[Statistic, ...] = eqx.field(static=True)
    accuracy: TableAccuracy = eqx.field(static=True)

    def save(self, path: str | os.PathLike[str], identity: Identity) -> None:
        """Write to HDF5, whole or not at all, with a checksum.

        Args:
            path: The file.
            identity: What the table belongs to, as `halo_table_identity` tells.
        """
        arrays = {"log_mpeak": self.log_mpeak, "multiplicity": self.multiplicity}
        told = {"identity": identity, "volume": self.volume, "accuracy": self.accuracy.described()}
        told["bins"] = {statistic.name: statistic.declared for statistic in self.statistics}
        if self.profiles is not None:
            arrays["profiles"] = self.profiles
        if self.to_nodes is not None:
            arrays["to_nodes"] = self.to_nodes.numpy()
        told["pairs"] = {}
        for name, tables in self.pairs.items():
            sealed = [sealed_table(table) for table in _listed(tables)]
            told["pairs"][name] = {
                "tables": [one.metadata for one in sealed],
                "is_tuple": isinstance(tables, tuple),
            }
            for i, one in enumerate(sealed):
                arrays |= {f"{name}.{i}.{key}": values for key, values in one.arrays.items()}
        write_sealed(Path(path), _KIND, Sealed(arrays, told))

    @classmethod
    def load(cls, path: str | os.PathLike[str], expected: Identity | None = None) -> "HaloTable":
        """Read what `save` wrote.

        Args:
            path: The file.
            expected: What the table must belong to; None for anything.

        Raises:
            DamagedFileError: For a file that is cut short, changed, or no such table.
            HalogradError: For a table of something else than expected; says what differs.
            FileNotFoundError: Where there is none.
        """
        arrays, told = read_sealed(Path(path), _KIND)
        if expected is not None:
            check_identity(path, told["identity"], expected)
        nodes = arrays.get("to_nodes")
        return cls(
            log_mpeak=arrays["log_mpeak"],
            multiplicity=arrays["multiplicity"],
            profiles=arrays.get("profiles"),
            to_nodes=None if nodes is None else SplitFloat64(nodes),
            pairs={name: _unsealed(name, tables, arrays) for name, tables in told["pairs"].items()},
            volume=told["volume"],
            statistics=tuple(_statistic(name, bins) for name, bins in told["bins"].items()),
            accuracy=TableAccuracy.from_description(told["accuracy"]),
        )


def halo_table_identity(
    halos: HaloCatalog, observables: Observables, request: Mapping[str, Any] | None = None
) -> Identity:
    """What a table of a catalogue and bins belongs to.

    Args:
        halos: The catalogue, with what the statistics need of it.
        observables: The bins; the samples may change.
        request: How the table was asked for, in the types of JSON: tolerance, model, priors.
    """
    found = {"positions": halos.positions, "log_mpeak": halos.log_mpeak}
    for statistic in observables.statistics:
        found |= statistic.halo_columns(halos)
    bins = {name: np.asarray(value).tolist() for name, value in observables.declared.items()}
    return {
        "halos": {name: digest({name: np.asarray(values)}) for name, values in found.items()},
        "bins": {"boxsize": halos.boxsize.tolist(), **bins},
        "version": {"halograd": __version__},
        "request": dict(request or {}),
    }


def _listed(tables: Tables) -> tuple[PairTable, ...]:
    return tables if isinstance(tables, tuple) else (tables,)


def _unsealed(name: str, told: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Tables:
    """The tables of one statistic."""
    found = []
    for i, metadata in enumerate(told["tables"]):
        prefix = f"{name}.{i}."
        own = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
        found.append(unsealed_table(Sealed(own, metadata)))
    return tuple(found) if told["is_tuple"] else found[0]


def _statistic(name: str, bins: Mapping[str, Any]) -> Statistic:
    """Bins without samples, from the types of JSON."""
    plain = {key: tuple(v) if isinstance(v, list) else v for key, v in bins.items()}
    return STATISTICS[name](samples=(), **plain)
