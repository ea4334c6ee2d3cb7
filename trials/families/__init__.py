"""Families of hostile input. Each is a module with `one(rng, folder)`: one input, one verdict.

A verdict is None where halograd was right or refused in one clear message, else what was wrong.
"""

FAMILIES = (
    "pairs",
    "statistics",
    "abundance_matching",
    "models",
    "predictions",
    "configurations",
    "measurements",
    "catalogue_files",
    "own_files",
)
