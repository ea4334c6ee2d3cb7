"""The table behind `[tables]`: read where it exists, made where it does not."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halograd.catalogs import HaloCatalog
from halograd.config import Config
from halograd.errors import HalogradError
from halograd.inference import (
    HaloTable,
    Observables,
    Predictor,
    TabulatedPredictor,
    halo_table_identity,
    tabulate,
)
from halograd.models import GalaxyHaloModel, ParameterSpace
from halograd.runs.output import plain
from halograd.runs.progress import PERCENT, Progress
from halograd.runs.stages import Stages

_NAME = "halo_table"


def tabulated_predictor(
    config: Config,
    halos: HaloCatalog,
    model: GalaxyHaloModel,
    *,
    space: ParameterSpace,
    folder: Path | None,
    stages: Stages,
) -> TabulatedPredictor:
    """Predictions from the table that the configuration asks for.

    A table in the output folder is made again when the configuration or the halos have changed;
    one at a path that the configuration names is refused then, since other runs may use it.
    Counting that was stopped goes on where it was.

    Args:
        config: With a section [tables].
        halos: The catalogue.
        model: Galaxy–halo model.
        space: Parameters and priors, for the choice of the nodes.
        folder: For the output, or None to keep nothing there.
        stages: Where to print.

    Raises:
        HalogradError: As `inference.tabulate`; for a table of something else at a named path.
    """
    observables, named = config.data.observables(), config.tables.path
    request = _request(config, observables)
    identity = halo_table_identity(halos, observables, request, model=model)
    path = named or (folder and folder / f"{_NAME}.h5")
    table = _table_on_disk(path, identity, stages, may_replace=named is None)
    if table is not None:
        return TabulatedPredictor(table, model, observables)
    direct = Predictor(halos, model, observables)
    if getattr(model, "method", None) == "exact":
        stages.note(
            "abundance matching is solved exactly for every draw of the priors, which can take "
            'minutes; method = "network" in [model] is quicker'
        )
    unfinished = path and path.with_name(f".{path.stem}_{_short(identity)}.part.h5")
    with Progress(stages.console, count=PERCENT) as progress:
        made = _tabulated(config, direct, space, unfinished, progress.show)
    if path is not None:
        made.table.save(path, identity)
        for leftover in path.parent.glob(f".{path.stem}_*.part.h5"):
            leftover.unlink(missing_ok=True)
    return made


def _tabulated(
    config: Config,
    direct: Predictor,
    space: ParameterSpace,
    checkpoint: Path | None,
    on_progress: Callable[[str, int, int], None],
) -> TabulatedPredictor:
    asked = config.tables
    return tabulate(
        direct,
        tolerance=asked.tolerance,
        space=space,
        n_draw=asked.draws,
        n_check=asked.checks,
        n_node=asked.nodes,
        seed=asked.seed,
        checkpoint=checkpoint,
        on_progress=on_progress,
    )


def _table_on_disk(
    path: Path | None, identity: dict[str, Any], stages: Stages, *, may_replace: bool
) -> HaloTable | None:
    """The table at `path`, if there is one and it serves."""
    if path is None or not path.exists():
        return None
    try:
        table = HaloTable.load(path, identity)
    except HalogradError as cause:
        if not may_replace:
            raise
        stages.note(f"the table is made anew: {cause}")
        return None
    stages.note(f"read from {path}")
    return table


def _request(config: Config, observables: Observables) -> dict[str, Any]:
    """What the choice of nodes depends on, besides halos and bins."""
    asked = config.tables
    return plain(
        {
            "model": config.content["model"],
            "samples": observables.samples,
            **{name: getattr(asked, name) for name in ("tolerance", "nodes", "draws", "checks")},
            "seed": asked.seed,
        }
    )


def _short(identity: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
