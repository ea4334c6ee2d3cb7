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
from halograd.inference.table_accuracy import TableAccuracy
from halograd.pairs._identity import Identity, check_identity
from halograd.pairs._two_floats import TwoFloats
from halograd.pairs.table import PairTable, sealed_table, unsealed_table

_KIND = "halograd halo table 1"


class HaloTable(eqx.Module):
    """Counts, lensing and pairs of halos by mass, for `TabulatedPredictor`.

    A model is evaluated at about a thousand masses. n and ΔΣ are sums over these; for pairs the
    weights are projected on the fewer nodes of a `PairTable` (`MassGrid.to_nodes`).

    Attributes:
        log_mpeak: (n_mass,), log10 Msun/h, where the model is evaluated.
        multiplicity: (n_mass,), halos of each mass.
        profiles: (n_mass, n_R), mean ΔΣ_i of the halos of each mass, h Msun / pc^2, or None.
        to_nodes: (n_node, n_mass), turns weights at masses into weights of nodes, or None.
        pairs: The pairs between nodes, or None.
        r_edges: (n_R + 1,), annuli of the profiles, comoving Mpc/h.
        volume: (Mpc/h)^3.
        accuracy: How well it does, as measured when it was made.
    """

    log_mpeak: np.ndarray
    multiplicity: np.ndarray
    profiles: np.ndarray | None
    to_nodes: TwoFloats | None
    pairs: PairTable | None
    r_edges: np.ndarray
    volume: float
    accuracy: TableAccuracy = eqx.field(static=True)

    def save(self, path: str | os.PathLike[str], identity: Identity) -> None:
        """Write to HDF5, whole or not at all, with a checksum.

        Args:
            path: The file.
            identity: What the table belongs to, as `halo_table_identity` tells.
        """
        arrays = {"log_mpeak": self.log_mpeak, "multiplicity": self.multiplicity}
        arrays["r_edges"] = self.r_edges
        told = {"identity": identity, "volume": self.volume, "accuracy": self.accuracy.described()}
        if self.profiles is not None:
            arrays["profiles"] = self.profiles
        if self.pairs is not None:
            pairs = sealed_table(self.pairs)
            arrays["to_nodes"] = self.to_nodes.numpy()
            arrays |= {f"pairs.{name}": values for name, values in pairs.arrays.items()}
            told["pairs"] = pairs.metadata
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
        inner = {n.removeprefix("pairs."): a for n, a in arrays.items() if n.startswith("pairs.")}
        return cls(
            log_mpeak=arrays["log_mpeak"],
            multiplicity=arrays["multiplicity"],
            profiles=arrays.get("profiles"),
            to_nodes=TwoFloats(arrays["to_nodes"]) if inner else None,
            pairs=unsealed_table(Sealed(inner, told["pairs"])) if inner else None,
            r_edges=arrays["r_edges"],
            volume=told["volume"],
            accuracy=TableAccuracy.from_description(told["accuracy"]),
        )


def halo_table_identity(
    halos: HaloCatalog, observables: Observables, request: Mapping[str, Any] | None = None
) -> Identity:
    """What a table of a catalogue and bins belongs to.

    Args:
        halos: The catalogue, with its particles where ΔΣ is predicted.
        observables: The bins; the samples may change.
        request: How the table was asked for, in the types of JSON: tolerance, model, priors.
    """
    found = {"positions": halos.positions, "log_mpeak": halos.log_mpeak}
    if observables.delta_sigma and halos.particles is not None:
        matter = halos.particles
        found |= {"particles": matter.positions, "particle masses": matter.masses}
    return {
        "halos": {name: digest({name: values}) for name, values in found.items()},
        "bins": {
            "boxsize": halos.boxsize.tolist(),
            "rp_edges": observables.rp_edges.tolist(),
            "pi_max": observables.pi_max,
            "r_edges": observables.r_edges.tolist(),
        },
        "version": {"halograd": __version__},
        "request": dict(request or {}),
    }
