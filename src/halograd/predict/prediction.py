"""Statistics of a model, or measured ones, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from halograd.registries import STATISTICS


@jax.tree_util.register_pytree_with_keys_class
class Prediction(Mapping[str, jax.Array]):
    """The numbers of each statistic by its name, in the order of the data vector.

    They are attributes too: `prediction["wp"]` is `prediction.wp`, both (n_sample, n_rp); the
    attribute of a statistic that was not predicted is an empty array. A pytree of its arrays.

    Args:
        parts: By name, (n_sample,), (n_sample, n_bin) or (n_sample, n_order, n_bin).
    """

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self._parts = dict(parts)

    def __getitem__(self, name: str) -> jax.Array:
        return self._parts[name]

    def __getattr__(self, name: str) -> jax.Array:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._parts:
            return self._parts[name]
        if name in STATISTICS:
            return np.zeros((0,) * len(STATISTICS[name].dims))
        raise AttributeError(
            f"no statistic {name!r} was predicted; there are {', '.join(self._parts)}"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {np.shape(part)}" for name, part in self.items())
        return f"Prediction({shapes})"

    @property
    def vector(self) -> jax.Array:
        """All numbers in one row: statistic by statistic, sample by sample. (n_data,)"""
        return jnp.concatenate([jnp.ravel(part) for part in self._parts.values()])

    def on_host(self) -> "Prediction":
        """The same as NumPy arrays of float64."""
        return Prediction({name: np.asarray(part, np.float64) for name, part in self.items()})

    def tree_flatten_with_keys(self) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
        """Arrays with their names, and the names, for JAX."""
        keyed = [(jax.tree_util.DictKey(name), part) for name, part in self._parts.items()]
        return keyed, tuple(self._parts)

    @classmethod
    def tree_unflatten(cls, names: tuple[str, ...], parts: list[Any]) -> "Prediction":
        """The inverse, for JAX."""
        return cls(dict(zip(names, parts, strict=True)))
