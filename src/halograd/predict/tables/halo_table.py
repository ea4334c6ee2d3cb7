"""The halos of a catalogue gathered in a table: all that predictions need, without the halos."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import equinox as eqx
import numpy as np

from halograd._sealed import Sealed, digest, read_sealed, write_sealed
from halograd._version import __version__
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.models import GalaxyHaloModel
from halograd.pairs import SplitFloat64
from halograd.pairs.identity import Identity, check_identity
from halograd.pairs.table import PairTable, sealed_table, unsealed_table
from halograd.predict.observables import Observables
from halograd.predict.predictor import columns_of
from halograd.predict.tables.accuracy import TableAccuracy
from halograd.samples import Sample
from halograd.statistics import STATISTICS, Statistic

Tables = PairTable | tuple[PairTable, ...]

_KIND = "halograd halo table 3"


class HaloTable(eqx.Module):
    """Counts, lensing and pairs of halos, for `TabulatedPredictor`.

    A model is evaluated at the rows of `columns`, and a matrix turns its weights there into those
    of the nodes or functions between which pairs were counted.

    Between nodes in mass (`MassNodes`), rows are about two thousand masses, and n and ΔΣ are sums
    over these. In a `ReducedBasis`, rows are some of the halos, the nodes are functions φ_a of
    the halo, w_i = sum_a φ_a(i) w_a, and n and ΔΣ are sums over functions.

    Attributes:
        columns: By name, each (n_row, ...), where the model is evaluated.
        multiplicity: (n_row,), how many halos each row stands for.
        to_nodes: (n_node, n_row), turns weights at rows into weights of nodes or functions, or
            None where neither pairs nor functions are there.
        sums: (n_node,), the sum of each function over halos; None for nodes in mass.
        profiles: By statistic, such as ΔΣ, (n_row, n_bin), the mean over the halos of each mass, or
            (n_node, n_bin), that over halos weighed by each function.
        pairs: By statistic, the pairs between nodes, or a tuple with those of each line of sight.
        volume: (Mpc/h)^3.
        statistics: The bins that it has, without samples.
        samples: What a basis was made for; None for nodes, which take any samples.
        accuracy: How well it does, as measured when it was made.
    """

    columns: dict[str, np.ndarray]
    multiplicity: np.ndarray
    to_nodes: SplitFloat64 | None
    sums: np.ndarray | None
    profiles: dict[str, np.ndarray]
    pairs: dict[str, Tables]
    volume: float
    statistics: tuple[Statistic, ...] = eqx.field(static=True)
    samples: tuple[Sample, ...] | None = eqx.field(static=True)
    accuracy: TableAccuracy = eqx.field(static=True)

    def save(self, path: str | os.PathLike[str], identity: Identity) -> None:
        """Write to HDF5, whole or not at all, with a checksum.

        Args:
            path: The file.
            identity: What the table belongs to, as `halo_table_identity` tells.
        """
        arrays = {f"column.{name}": values for name, values in self.columns.items()}
        arrays["multiplicity"] = self.multiplicity
        told = {"identity": identity, "volume": self.volume, "accuracy": self.accuracy.described()}
        told["bins"] = {statistic.name: statistic.declared for statistic in self.statistics}
        told["samples"] = self.samples and [list(sample) for sample in self.samples]
        arrays |= {f"profile.{name}": values for name, values in self.profiles.items()}
        if self.sums is not None:
            arrays["sums"] = self.sums
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
        nodes, samples = arrays.get("to_nodes"), told["samples"]
        return cls(
            columns=_with_prefix("column.", arrays),
            multiplicity=arrays["multiplicity"],
            to_nodes=None if nodes is None else SplitFloat64(nodes),
            sums=arrays.get("sums"),
            profiles=_with_prefix("profile.", arrays),
            pairs={name: _unsealed(name, tables, arrays) for name, tables in told["pairs"].items()},
            volume=told["volume"],
            statistics=tuple(_statistic(name, bins) for name, bins in told["bins"].items()),
            samples=None if samples is None else tuple(Sample(*limits) for limits in samples),
            accuracy=TableAccuracy.from_description(told["accuracy"]),
        )


def looks_at_mass_alone(model: GalaxyHaloModel) -> bool:
    """Whether the weights of a model depend on no column but `log_mpeak`."""
    return set(model.needs) <= {"log_mpeak"}


def halo_table_identity(
    halos: HaloCatalog,
    observables: Observables,
    request: Mapping[str, Any] | None = None,
    *,
    model: GalaxyHaloModel | None = None,
) -> Identity:
    """What a table of a catalogue and bins belongs to.

    Args:
        halos: The catalogue, with what the statistics need of it.
        observables: The bins; the samples may change, but for a model of several columns.
        request: How the table was asked for, in the types of JSON: tolerance, model, priors.
        model: What it is for, whose columns join the identity, and the samples too where it
            looks at more than `log_mpeak`; None for a model that does not.
    """
    found = {"positions": halos.positions, "log_mpeak": halos.log_mpeak}
    if model is not None:
        found |= columns_of(halos, model)
    for statistic in observables.statistics:
        found |= statistic.depends_on(halos)
    bins = {name: np.asarray(value).tolist() for name, value in observables.declared.items()}
    identity = {
        "halos": {name: digest({name: np.asarray(values)}) for name, values in found.items()},
        "bins": {"boxsize": halos.boxsize.tolist(), **bins},
        "version": {"halograd": __version__},
        "request": dict(request or {}),
    }
    if model is not None and not looks_at_mass_alone(model):
        identity["samples"] = {"names": [sample.plain() for sample in observables.samples]}
    return identity


def _with_prefix(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}


def _listed(tables: Tables) -> tuple[PairTable, ...]:
    return tables if isinstance(tables, tuple) else (tables,)


def _unsealed(name: str, told: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Tables:
    """The tables of one statistic."""
    found = []
    for i, metadata in enumerate(told["tables"]):
        found.append(unsealed_table(Sealed(_with_prefix(f"{name}.{i}.", arrays), metadata)))
    return tuple(found) if told["is_tuple"] else found[0]


def _statistic(name: str, bins: Mapping[str, Any]) -> Statistic:
    """Bins without samples, from the types of JSON."""
    return STATISTICS[name].declare((), **bins)
