"""Tables between the functions that span a model's weights, whatever columns it looks at."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from halograd.errors import HalogradError
from halograd.models.parameters import Theta
from halograd.pairs import AutoPairs
from halograd.predict.predictor import Predictor
from halograd.predict.tables.accuracy import LEAST_GALAXIES, TableAccuracy
from halograd.predict.tables.basis_counts import BasisCounts
from halograd.predict.tables.basis_functions import basis_functions, products
from halograd.predict.tables.basis_table import BasisContent, basis_table
from halograd.predict.tables.direct_checks import (
    Check,
    DirectChecks,
    ProfileMoments,
    profile_moments,
    profile_noises,
)
from halograd.predict.tables.halo_table import HaloTable
from halograd.predict.tables.request import MARGIN, TableRequest, drawn
from halograd.predict.tables.tabulated_predictor import TabulatedPredictor
from halograd.predict.tables.tracers import DistinctTracers, evaluated_at, weights_at_draws

_FIRST, _GROWTH = 40, 1.25  # functions of the first attempt, and how their number is raised
_POOL = 4  # draws that are set aside for each check, from which the hardest are chosen
_LOCAL_ROWS, _LOCAL_DRAWS = 1000, 3  # at which a model is tried on some of the halos alone


@dataclass(frozen=True)
class ReducedBasis:
    r"""Tables of pairs between functions of the halo that span the weights of draws.

    For models of any columns. Over draws from the prior, the weights of all halos lie near a
    space of few dimensions: w_i = \sum_a \phi_a(i) c_a. The functions are the singular vectors of
    the drawn weights, and pairs are counted between them, the most important first, until the
    statistics agree with the direct engine at draws that were set aside. A prediction evaluates
    the model at some of the halos, chosen by their leverage, takes c_a by weighted least squares,
    and contracts it with the table. n and ΔΣ, and the random pairs, are of the same weights.

    The weights of a halo must depend on its own columns alone, and the table serves the samples
    that it was made for.

    Attributes:
        most: The most functions that a search goes to.
        rows_per_function: Halos at which the model is evaluated, for each function.
        n_draw: Draws of the prior, where `tabulate` is not given their number.
    """

    most: int = 320
    rows_per_function: int = 16
    n_draw: int = 1000

    def __call__(self, request: TableRequest) -> HaloTable:
        """The table that is asked for, its accuracy measured."""
        predictor = request.predictor
        draws, aside = _split(self, request)
        _check_local(predictor, draws)
        tracers = DistinctTracers(predictor.columns)
        functions = basis_functions(
            predictor,
            tracers,
            draws,
            most=request.n_node or self.most,
            seed=request.seed,
            on_progress=partial(request.on_progress, "evaluating the model at draws"),
        )
        checks = _checks(request, tracers, functions, aside)
        comparing = partial(request.on_progress, "comparing with the direct engine")
        direct = DirectChecks(predictor, checks, comparing)
        listed = _listed_pairs(predictor)
        counts = BasisCounts(listed, functions, tracers, request.checkpoint)
        content = BasisContent(functions, tracers, counts, self.rows_per_function, request.seed)
        n_function = self._search(request, content, direct)
        table = basis_table(predictor, content, n_function)
        errors, n_left_out = direct.errors(
            TabulatedPredictor(table, predictor.model, predictor.observables)
        )
        n_draw = len(next(iter(draws.values())))
        accuracy = TableAccuracy(
            *(request.tolerance, n_function, n_draw, len(checks), n_left_out, errors), "functions"
        )
        return dataclasses.replace(table, accuracy=accuracy)

    def _search(self, request: TableRequest, content: BasisContent, direct: DirectChecks) -> int:
        """Count pairs of more and more functions until the tolerance is met; their number."""
        counting = partial(request.on_progress, "counting pairs between functions")
        predictor, largest = request.predictor, content.functions.shape[1]
        if request.n_node is not None:
            content.counts.reach(largest, counting)
            return largest
        n_function = min(_FIRST, largest)
        while True:
            content.counts.reach(n_function, counting)
            table = basis_table(predictor, content, n_function, padded=True)
            tabulated = TabulatedPredictor(table, predictor.model, predictor.observables)
            worst = max((error.worst for error in direct.errors(tabulated)[0]), default=0.0)
            if worst <= MARGIN * request.tolerance or n_function == largest:
                return n_function
            n_function = min(largest, 8 * int(np.ceil(_GROWTH * n_function / 8)))


def _split(
    method: ReducedBasis, request: TableRequest
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Draws that the functions are made from, and draws that are set aside for checks.

    Raises:
        HalogradError: For a single draw, and as `drawn`.
    """
    n_aside = _POOL * request.n_check
    if request.draws is None:
        made_from = drawn(request.space, None, request.n_draw or method.n_draw, request.seed)
        seed = np.random.default_rng([request.seed, 1]).integers(2**31)
        return made_from, drawn(request.space, None, n_aside, int(seed))
    draws = drawn(request.space, request.draws, 0, request.seed)
    n_draw = len(next(iter(draws.values())))
    if n_draw < 2:
        raise HalogradError(
            "a reduced basis needs two draws or more, one of them set aside to measure its error, "
            f"got {n_draw}"
        )
    order = np.random.default_rng(request.seed).permutation(n_draw)
    n_aside = min(n_aside, max(1, n_draw // 5))
    return tuple(
        {name: values[part] for name, values in draws.items()}
        for part in (np.sort(order[n_aside:]), np.sort(order[:n_aside]))
    )


def _check_local(predictor: Predictor, draws: Mapping[str, np.ndarray]) -> None:
    """Raise unless the model gives some of the halos alone the weights they have among all."""
    columns = predictor.columns
    n_halo = len(next(iter(columns.values())))
    n_row = min(_LOCAL_ROWS, -(-n_halo // 2))
    rows = np.sort(np.random.default_rng(0).permutation(n_halo)[:n_row])
    some = {name: values[:_LOCAL_DRAWS] for name, values in draws.items()}
    among_all = _weights(predictor, columns, some)[:, rows]
    try:
        alone = _weights(predictor, {name: c[rows] for name, c in columns.items()}, some)
    except (TypeError, ValueError, IndexError) as cause:
        raise _not_local(predictor, "it fails on some of the halos alone") from cause
    scale = np.abs(among_all[np.isfinite(among_all)]).max(initial=0.0)
    bad = ~np.isclose(alone, among_all, rtol=1e-3, atol=1e-5 * scale, equal_nan=True)
    if bad.any():
        n_bad = int(bad.any(axis=(0, 2)).sum())
        raise _not_local(predictor, f"{n_bad} of {n_row} halos have other weights alone")


def _not_local(predictor: Predictor, how: str) -> HalogradError:
    return HalogradError(
        f"a table needs weights that depend on the columns of each halo alone, and "
        f"{type(predictor.model).__name__} looks at other halos too ({how}): use the direct "
        "predictor"
    )


def _weights(
    predictor: Predictor, columns: Mapping[str, np.ndarray], draws: Mapping[str, np.ndarray]
) -> np.ndarray:
    """(n_draw, n_row, n_sample), float64."""
    stacked = {name: np.asarray(values, float) for name, values in draws.items()}
    return np.asarray(weights_at_draws(evaluated_at(predictor, columns), stacked), np.float64)


def _checks(
    request: TableRequest,
    tracers: DistinctTracers,
    functions: np.ndarray,
    aside: Mapping[str, np.ndarray],
) -> list[Check]:
    """Of the draws that were set aside, half those that the functions miss most, half others."""
    predictor, n_aside = request.predictor, len(next(iter(aside.values())))
    thetas: list[Theta] = [
        {name: float(values[i]) for name, values in aside.items()} for i in range(n_aside)
    ]
    overlaps = products(functions, tracers.count)
    found, missed = [], []
    count = tracers.count[:, None]
    moments = profile_moments(predictor, lambda values: tracers.summed(values) / count)
    for i, theta in enumerate(thetas):
        one = {name: values[i : i + 1] for name, values in aside.items()}
        weights = _weights(predictor, tracers.columns, one)[0]
        found.append(_check(predictor, tracers, theta, weights, moments))
        inside = functions.T @ (tracers.count[:, None] * weights)
        squares = tracers.count @ weights**2
        squares -= np.sum(inside * np.linalg.solve(overlaps, inside), axis=0)
        galaxies = found[-1].galaxies
        relative = np.sqrt(np.maximum(squares, 0.0)) / np.maximum(galaxies, 1.0)
        missed.append(np.where(galaxies >= LEAST_GALAXIES, relative, -1.0).max())
    order = np.argsort(-np.array(missed), kind="stable")
    n_hard = -(-request.n_check // 2)
    others = np.random.default_rng(request.seed).permutation(order[n_hard:])
    chosen = [*order[:n_hard], *others[: request.n_check // 2]]
    return [found[i] for i in sorted(chosen)]


def _check(
    predictor: Predictor,
    tracers: DistinctTracers,
    theta: Theta,
    weights: np.ndarray,
    moments: ProfileMoments,
) -> Check:
    halos = tracers.count[:, None] * weights
    noises = profile_noises(predictor.observables, halos, moments)
    return Check(theta, halos.sum(axis=0), noises)


def _listed_pairs(predictor: Predictor) -> dict[str, AutoPairs]:
    """Every pair object of a predictor: "wp.0", and one for each line of sight of multipoles."""
    found = {}
    for statistic in predictor.observables.statistics:
        if statistic.uses_pairs:
            source = predictor.prepared[statistic.name]
            several = source if isinstance(source, tuple) else (source,)
            found |= {f"{statistic.name}.{i}": one for i, one in enumerate(several)}
    return found
