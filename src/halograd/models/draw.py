"""Mock galaxies drawn from a model: the Monte Carlo whose mean is the exact predictions.

A halo with an expected number of galaxies W <= 1 holds one with probability W and otherwise none;
one with W > 1 holds a Poisson number. Which stellar mass and kind a galaxy has follows from the
weights of samples that exclude one another, so that every model can be drawn from. A model whose
galaxies go together in halos draws the numbers of its `kind_parts` itself.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from halograd._version import __version__
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import HalogradError
from halograd.models.galaxy_catalog import GalaxyCatalog
from halograd.models.model import Columns, GalaxyHaloModel, expected_galaxies
from halograd.models.parameters import Theta
from halograd.samples import ALL, Sample

_ROUNDING = 1e-4  # of the weights of all galaxies: float32 sums of many samples
_MASSES = np.round(np.arange(4.0, 14.05, 0.1), 1)  # log10 Msun: where galaxies are told apart
_AT_ONCE = 8  # ranges of mass whose weights are in memory together


def draw_galaxies(
    key: jax.Array | int,
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    theta: Theta,
    *,
    samples: Iterable[Sample] = (),
    log_mstar_min: float = -np.inf,
) -> GalaxyCatalog:
    """Draw the galaxies of every halo, and keep the massive ones.

    Expectations over draws of n, ΔΣ and DD are the exact predictions. A model that draws stellar
    masses itself gives each halo one galaxy; from any other, galaxies are drawn by their expected
    numbers in ranges of 0.1 dex (within which log M* is uniform) and by kind.

    Args:
        key: Seed, or JAX random key; the same key draws the same galaxies.
        halos: The catalogue.
        model: Galaxy–halo model.
        theta: Parameter values by name; defaults stand in for the missing.
        samples: Samples that galaxies must be told apart by, such as those of a prediction; by
            default the kinds that the model declares.
        log_mstar_min: Keep galaxies at or above this, log10 Msun.

    Raises:
        HalogradError: For a model whose galaxies are not independent given its columns, kinds that
            overlap, a lower limit where there are no stellar masses, and a key that is none.
    """
    key, columns = random_key(key), halos.columns(model.needs)
    model.check_columns(columns)
    _check_independent(model)
    theta = model.space.complete(theta)
    log_mstar = model.draw_log_mstar(key, theta, columns)
    if log_mstar is not None:
        drawn = _Drawn(np.arange(len(halos)), np.asarray(log_mstar, np.float64), None)
    else:
        drawn = _drawn_from_weights(key, model, theta, columns, tuple(samples))
    if drawn.log_mstar is not None:
        drawn = drawn.at(drawn.log_mstar >= log_mstar_min)
    elif np.isfinite(log_mstar_min):
        raise HalogradError(
            f"{type(model).__name__} gives galaxies no stellar masses: leave out log_mstar_min"
        )
    rows = drawn.halo_row
    return GalaxyCatalog(
        positions=halos.positions[rows],
        velocities=None if halos.velocities is None else halos.velocities[rows],
        log_mstar=drawn.log_mstar,
        kind=drawn.kind,
        log_mpeak=halos.log_mpeak[rows],
        is_satellite=halos.is_satellite[rows],
        halo_row=rows,
        boxsize=halos.boxsize,
        redshift=halos.redshift,
        provenance=_provenance(halos, model, theta, log_mstar_min),
    )


def random_key(key: jax.Array | int) -> jax.Array:
    """A JAX random key from a seed, or the key itself; HalogradError for anything else."""
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        return jax.random.key(int(key))
    if isinstance(key, jax.Array):
        is_old = key.dtype == jnp.uint32 and key.shape == (2,)
        if is_old or jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
            return jax.random.wrap_key_data(key) if is_old else key
    raise HalogradError(f"key must be a whole number or jax.random.key(seed), got {key!r}")


class Occupation:
    """The galaxies of each sample on each halo, drawn again and again.

    Args:
        model: Galaxy–halo model.
        theta: Parameter values by name.
        columns: Those that the model needs, each (n,).
        samples: Samples, which may overlap: a galaxy then counts in each that it belongs to.

    Attributes:
        membership: (n_cell, n_sample), whether the galaxies of a cell belong to a sample; cells
            are ranges of mass and kinds that exclude one another.
        expected: (n, n_cell), their expected numbers.

    Raises:
        HalogradError: For kinds that overlap, and galaxies that are not independent.
    """

    def __init__(
        self, model: GalaxyHaloModel, theta: Theta, columns: Columns, samples: Sequence[Sample]
    ) -> None:
        _check_independent(model)
        cells, self.membership = _partition(samples, model)
        self.expected = _cell_weights(model, theta, columns, cells)
        total = np.asarray(self.expected.sum(axis=1))
        self._crowded = np.flatnonzero(total > 1 + _ROUNDING)
        self._drawn = partial(_cell_counts, model=model, theta=theta, columns=columns, cells=cells)

    def draw(self, key: jax.Array) -> jax.Array:
        """The number of galaxies of each sample on each halo. (n, n_sample)"""
        membership = jnp.asarray(self.membership, self.expected.dtype)
        counts = self._drawn(key)
        if counts is not None:
            return counts.astype(membership.dtype) @ membership
        nowhere = jnp.zeros((1, membership.shape[1]), membership.dtype)
        found = jnp.concatenate([membership, nowhere])[one_cell(key, self.expected)]
        if self._crowded.size:
            means = self.expected[self._crowded]
            counts = jax.random.poisson(jax.random.fold_in(key, 1), means).astype(means.dtype)
            found = found.at[self._crowded].set(counts @ membership)
        return found


def one_cell(key: jax.Array, expected: jax.Array) -> jax.Array:
    """The cell of the galaxy of each halo, the number of cells for no galaxy: -> (n,)."""
    chance = jax.random.uniform(key, expected.shape[:1], expected.dtype)
    return (chance[:, None] >= jnp.cumsum(expected, axis=1)).sum(axis=1)


class _Drawn(NamedTuple):
    """The halo, log10 stellar mass (Msun) and kind of every galaxy, or None where unknown."""

    halo_row: np.ndarray
    log_mstar: np.ndarray | None
    kind: np.ndarray | None

    def at(self, chosen: np.ndarray) -> "_Drawn":
        return _Drawn(*(None if values is None else values[chosen] for values in self))


def _drawn_from_weights(
    key: jax.Array,
    model: GalaxyHaloModel,
    theta: Theta,
    columns: Columns,
    samples: tuple[Sample, ...],
) -> _Drawn:
    """Galaxies by kind, then each by mass within what its halo and kind expect."""
    kinds = [sample.kind for sample in samples] or [*(model.kinds or ()), ALL]
    cells, _ = _partition([Sample(kind=kind) for kind in dict.fromkeys(kinds)], model)
    by_number, by_kind, by_mass = jax.random.split(key, 3)
    counts = _cell_counts(by_number, model, theta, columns, cells)
    if counts is not None:
        n_halo, n_cell = counts.shape
        rows, cell = np.divmod(np.arange(n_halo * n_cell), n_cell)
        number = np.asarray(counts).ravel()
        rows, cell = np.repeat(rows, number), np.repeat(cell, number)
        return _with_masses(by_mass, model, theta, columns, samples, rows, cell, cells)
    expected = _cell_weights(model, theta, columns, cells)
    total = np.asarray(expected.sum(axis=1), np.float64)
    has_one = np.asarray(one_cell(by_number, expected.sum(axis=1, keepdims=True))) == 0
    crowded = np.asarray(jax.random.poisson(jax.random.fold_in(by_number, 1), total))
    rows = np.repeat(np.arange(len(total)), np.where(total > 1 + _ROUNDING, crowded, has_one))
    share = np.asarray(expected, np.float64)[rows] / total[rows, None]
    chance = np.asarray(jax.random.uniform(by_kind, (len(rows),)), np.float64)
    cell = np.minimum((chance[:, None] >= share.cumsum(axis=1)).sum(axis=1), len(cells) - 1)
    return _with_masses(by_mass, model, theta, columns, samples, rows, cell, cells)


def _with_masses(
    key: jax.Array,
    model: GalaxyHaloModel,
    theta: Theta,
    columns: Columns,
    samples: tuple[Sample, ...],
    rows: np.ndarray,
    cell: np.ndarray,
    cells: Sequence[Sample],
) -> _Drawn:
    """Galaxies on halos `rows` of the kinds `cells[cell]`, with stellar masses where there are."""
    kind = np.array([one.kind for one in cells])[cell]
    masses = None
    if model.has_stellar_mass:
        edges = {end for sample in samples for end in sample[:2] if np.isfinite(end)}
        edges = np.array(sorted({*_MASSES.tolist(), *edges}))
        chance = np.asarray(jax.random.uniform(key, (2, len(rows))), np.float64)
        masses = _drawn_masses(chance, model, theta, columns, rows, cell, cells, edges)
    return _Drawn(rows, masses, kind if len(cells) > 1 or cells[0].kind != ALL else None)


def _cell_counts(
    key: jax.Array,
    model: GalaxyHaloModel,
    theta: Theta,
    columns: Columns,
    cells: Sequence[Sample],
) -> jax.Array | None:
    """Numbers of galaxies of each cell, as the model draws its parts; None where it does not.

    A cell of kind "all" holds the parts that no other cell does. (n, n_cell)
    """
    if any(cell.has_range for cell in cells):
        return None
    parts = model.draw_parts(key, model.space.complete(theta), columns)
    if parts is None:
        return None
    held = [model.kind_parts.get(cell.kind, (cell.kind,)) for cell in cells]
    named = {
        part for cell, own in zip(cells, held, strict=True) if cell.kind != ALL for part in own
    }
    held = [
        own if cell.kind != ALL else [part for part in parts if part not in named]
        for cell, own in zip(cells, held, strict=True)
    ]
    nothing = jnp.zeros_like(next(iter(parts.values())))
    return jnp.stack([sum((parts[part] for part in own), nothing) for own in held], axis=1)


def _drawn_masses(
    chance: np.ndarray,
    model: GalaxyHaloModel,
    theta: Theta,
    columns: Columns,
    rows: np.ndarray,
    cell: np.ndarray,
    cells: Sequence[Sample],
    edges: np.ndarray,
) -> np.ndarray | None:
    """log10 stellar mass of every galaxy, or None for a model that does not look at ranges.

    The weights of ranges are added up from the lightest on until they exceed the chance of each
    galaxy; within a range log M* is uniform. Those below or above all ranges get -inf or inf.
    """
    limits = np.concatenate([[-np.inf], edges, [np.inf]])
    kinds = tuple(dict.fromkeys(one.kind for one in cells))
    total = np.asarray(_cell_weights(model, theta, columns, cells), np.float64)[rows, cell]
    wanted, below, found = chance[0] * total, np.zeros(len(rows)), np.full(len(rows), -1)
    for first in range(0, len(limits) - 1, _AT_ONCE):
        ends = range(first, min(first + _AT_ONCE, len(limits) - 1))
        ranges = [Sample(limits[i], limits[i + 1], kind) for i in ends for kind in kinds]
        weights = _differences(model, theta, columns, ranges, kinds)
        weights = weights.reshape(len(weights), len(ends), len(cells))[rows, :, cell]
        if first == 0 and len(rows) and np.allclose(weights, total[:, None], rtol=1e-6):
            return None
        cumulative = below[:, None] + weights.cumsum(axis=1)
        passed = (wanted[:, None] >= cumulative).sum(axis=1)
        found = np.where((found < 0) & (passed < len(ends)), first + passed, found)
        below = cumulative[:, -1]
    if not np.allclose(below, total, rtol=1e-2, atol=_ROUNDING):
        raise HalogradError(
            f"the weights that {type(model).__name__} gives to ranges of stellar mass do not add "
            "up to those of all masses: let weights heed low and high of each sample, or set "
            "has_stellar_mass = False"
        )
    found = np.where(found < 0, len(limits) - 2, found)
    low, high = limits[found], limits[found + 1]
    with np.errstate(invalid="ignore"):
        inside = low + chance[1] * (high - low)
    return np.where(np.isinf(low), low, np.where(np.isinf(high), high, inside))


def _partition(
    samples: Sequence[Sample], model: GalaxyHaloModel
) -> tuple[tuple[Sample, ...], np.ndarray]:
    """Samples that exclude one another and make up the given ones, and which belong to which.

    Kinds that overlap are taken apart. The cells of kind "all" are what no other kind holds.
    (n_cell,), (n_cell, n_sample)
    """
    kinds = dict.fromkeys(sample.kind for sample in samples if sample.kind != ALL)
    parts = [part for kind in kinds for part in model.kind_parts.get(kind, (kind,))]
    if len(set(parts)) < len(parts):
        kinds = dict.fromkeys(parts)
    kinds = (*kinds, ALL) if any(sample.kind == ALL for sample in samples) else tuple(kinds)
    edges = sorted({-np.inf, np.inf, *(end for sample in samples for end in sample[:2])})
    cells, membership = [], []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        within = [Sample(low, high, kind) for kind in kinds]
        belongs = [[_holds(sample, cell, model) for sample in samples] for cell in within]
        if np.any(belongs):  # other ranges of mass need not be drawn
            cells, membership = [*cells, *within], [*membership, *belongs]
    return tuple(cells), np.array(membership, bool)


def _holds(sample: Sample, cell: Sample, model: GalaxyHaloModel) -> bool:
    is_within = sample.low <= cell.low and cell.high <= sample.high
    kinds = (ALL, cell.kind)
    return is_within and (
        sample.kind in kinds or cell.kind in model.kind_parts.get(sample.kind, ())
    )


def _cell_weights(
    model: GalaxyHaloModel, theta: Theta, columns: Columns, cells: Sequence[Sample]
) -> jax.Array:
    """The expected galaxies of cells of `_partition`. (n, n_cell)"""
    kinds = tuple(dict.fromkeys(cell.kind for cell in cells))
    return jnp.asarray(_differences(model, theta, columns, cells, kinds), float)


def _differences(
    model: GalaxyHaloModel,
    theta: Theta,
    columns: Columns,
    cells: Sequence[Sample],
    kinds: Sequence[str],
) -> np.ndarray:
    """Weights of cells, those of kind "all" less those of the other kinds. (n, n_cell)"""
    weights = np.array(expected_galaxies(model, theta, columns, cells), np.float64)
    if (weights < -_ROUNDING).any():
        raise HalogradError(f"{type(model).__name__} expects a negative number of galaxies")
    if ALL in kinds and len(kinds) > 1:
        by_kind = weights.reshape(len(weights), -1, len(kinds))
        rest = kinds.index(ALL)
        by_kind[..., rest] -= np.delete(by_kind, rest, axis=2).sum(axis=2)
        if (by_kind[..., rest] < -_ROUNDING * (1 + weights.max())).any():
            raise HalogradError(
                f"the kinds {', '.join(kind for kind in kinds if kind != ALL)} of "
                f"{type(model).__name__} hold more galaxies than there are: galaxies can be drawn "
                "only of kinds that exclude one another; name those alone as samples"
            )
    return np.maximum(weights, 0.0)


def _check_independent(model: GalaxyHaloModel) -> None:
    if not model.independent:
        raise HalogradError(
            f"the galaxies of {type(model).__name__} are not independent given its columns, and "
            "expected numbers do not say how they go together: it cannot be drawn from"
        )


def _provenance(
    halos: HaloCatalog, model: GalaxyHaloModel, theta: Theta, log_mstar_min: float
) -> dict[str, str]:
    values = {f"parameter {name}": f"{float(value):.9g}" for name, value in theta.items()}
    source = {f"halos {key}": value for key, value in halos.provenance.items()}
    own = {"kernel": model.kernel} if hasattr(model, "kernel") else {}
    return {
        "made by": f"halograd {__version__}",
        "model": type(model).__name__,
        **own,
        "log_mstar_min": f"{log_mstar_min:g}",
        **values,
        **source,
    }
