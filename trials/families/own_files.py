"""Damaged files of halograd's own: refused, or read as they were."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jax
import numpy as np

from halograd import inference, models
from halograd.inference import DataVector, HaloTable
from halograd.predict.synthesis import survey_covariance
from halograd.sham.network import weights as network_weights
from oracles.toy_universe import TRUTH, toy_observables, toy_universe
from trials.hostile import answer, damaged


def _data(path: Path) -> None:
    halos, layout = toy_universe(), toy_observables()
    prediction = inference.Predictor(halos, models.SmhmModel(), layout)(TRUTH)
    covariance = survey_covariance(prediction, layout, volume=halos.volume)
    inference.synthesize(1, prediction, layout, covariance).save(path)


def _table(path: Path) -> None:
    halos = toy_universe(4000)
    predictor = inference.Predictor(halos, models.SmhmModel(), toy_observables())
    inference.tabulate(predictor, n_node=12, n_draw=8, n_check=1).table.save(path, {})


def _network(path: Path) -> None:
    path.write_bytes(Path(network_weights.__file__).with_name(_shipped()).read_bytes())


def _shipped() -> str:
    folder = Path(network_weights.__file__).parent
    return next(str(p.relative_to(folder)) for p in sorted(folder.rglob("*.h5")))


KINDS: dict[str, tuple[Callable[[Path], None], Callable[[Path], Any]]] = {
    "data.hdf5": (_data, DataVector.load),
    "table.hdf5": (_table, HaloTable.load),
    "network.h5": (_network, network_weights.load),
}


@cache
def _intact(name: str) -> tuple[bytes, list[bytes]]:
    with TemporaryDirectory() as place:
        path = Path(place) / name
        KINDS[name][0](path)
        return path.read_bytes(), _leaves(KINDS[name][1](path))


def _leaves(thing: Any) -> list[bytes]:
    held = thing if jax.tree.leaves(thing) != [thing] else vars(thing)
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(held) if _is_numeric(leaf)]


def _is_numeric(leaf: Any) -> bool:
    return np.asarray(leaf).dtype.kind in "biuf"


def one(rng: np.random.Generator, folder: Path) -> str | None:
    """One file, damaged somewhere."""
    name = list(KINDS)[rng.integers(len(KINDS))]
    content, leaves = _intact(name)
    changed = damaged(rng, content)
    path = folder / name
    path.write_bytes(changed)
    found = answer(lambda: KINDS[name][1](path))
    path.unlink()
    if found.fault:
        return f"{name}: {found.fault}"
    if found.refusal is not None:
        return None if changed != content else f"{name}: refused when whole: {found.refusal}"
    return None if _leaves(found.value) == leaves else f"{name}: read with other numbers"
