"""Vectors out of their components."""

from collections.abc import Mapping, Sequence

import numpy as np


def with_vectors(
    rows: Mapping[str, np.ndarray], **components: Sequence[str]
) -> dict[str, np.ndarray]:
    """The columns, with components side by side in a vector where they are among them.

    Args:
        rows: Columns by name. (n,)
        **components: The three columns of each vector, by the name that it gets.

    Returns:
        The vectors, (n, 3) float64, and the columns left.
    """
    rows = dict(rows)
    for name, axes in components.items():
        if rows.keys() >= set(axes):
            rows[name] = np.stack([rows.pop(axis) for axis in axes], axis=-1, dtype=np.float64)
    return rows
