"""A run of NUTS on disk: all draws so far and the state of every chain."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from halograd._sealed import DamagedFileError, Sealed, read_sealed, write_sealed
from halograd._version import __version__
from halograd.errors import HalogradError
from halograd.inference.nuts.kernel import Trace
from halograd.inference.nuts.state import SamplerState

_KIND = "halograd sampling checkpoint 1"

Identity = Mapping[str, Any]


def identity(first: SamplerState, decisive: Mapping[str, Any]) -> dict[str, Any]:
    """Identity of a run, that a checkpoint must share: settings, versions, the posterior itself.

    The posterior is known by its values and gradients where the chains begin, bit for bit: no
    change of data, priors, model, halos or start leaves all of them as they were.
    """
    found = hashlib.sha256()
    for leaf in jax.tree.leaves((first.coordinates, first.chains)):
        found.update(np.ascontiguousarray(leaf).tobytes())
    return {
        **{f"setting {name}": value for name, value in decisive.items()},
        "the posterior at the start of the chains": found.hexdigest(),
        **{f"version of {name}": version(name) for name in ("jax", "jaxlib", "blackjax")},
        "version of halograd": __version__,
    }


class SampleCheckpoint:
    """A file that holds a sampling, replaced as a whole at every save.

    Args:
        path: Path of the file; its folder is made where missing.
        identity: What the file must belong to.
    """

    def __init__(self, path: str | Path, identity: Identity) -> None:
        self.path, self.identity = Path(path), identity
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def save(self, state: SamplerState) -> None:
        """Replace the file by one that holds `state`."""
        leaves = jax.tree.leaves((state.coordinates, state.chains))
        arrays = {f"state/{i:03d}": np.asarray(leaf) for i, leaf in enumerate(leaves)}
        arrays |= {f"trace/{name}": column for name, column in state.trace._asdict().items()}
        flat = {name.replace("/", " "): values for name, values in arrays.items()}
        write_sealed(self.path, _KIND, Sealed(flat, {"identity": dict(self.identity)}))

    def load(self, like: SamplerState) -> SamplerState | None:
        """The state that was saved; None where there is no file.

        Args:
            like: A state of the same structure.

        Raises:
            HalogradError: For a damaged file, or one of another posterior or other settings.
        """
        if not self.path.exists():
            return None
        try:
            arrays, metadata = read_sealed(self.path, _KIND)
        except DamagedFileError as cause:
            raise HalogradError(f"{cause}; remove it, or start over with --fresh") from cause
        self._check(metadata["identity"])
        tree = (like.coordinates, like.chains)
        leaves = [jnp.asarray(arrays[f"state {i:03d}"]) for i in range(len(jax.tree.leaves(tree)))]
        coordinates, chains = jax.tree.unflatten(jax.tree.structure(tree), leaves)
        trace = Trace(**{name: arrays[f"trace {name}"] for name in Trace._fields})
        return SamplerState(coordinates, chains, trace)

    def _check(self, found: Identity) -> None:
        for name, wanted in self.identity.items():
            if found.get(name) != wanted:
                raise HalogradError(
                    f"{self.path} belongs to another sampling: {name} is {found.get(name)} in it "
                    f"and {wanted} now; start over with --fresh (fresh=True), take another "
                    "folder, or go back to what it was"
                )
