"""`halograd predict`: statistics and their derivatives, and a mock on request."""

import os
from pathlib import Path

import jax
import numpy as np

from halograd.config import Config
from halograd.errors import HalogradError
from halograd.models import draw_galaxies
from halograd.report import write_prediction_report
from halograd.report.told_in_alerts import told_in_alerts
from halograd.runs.output import output_folder, write_json, write_prediction
from halograd.runs.setup import Setup, set_up
from halograd.runs.stages import Stages
from halograd.runs.summary import for_page, layout_summary, run_summary

MOCK_SUFFIXES = (".hdf5", ".h5", ".parquet", ".fits")


@told_in_alerts
def run_predict(
    config: Config,
    out: str | os.PathLike[str],
    *,
    mock: str | os.PathLike[str] | None = None,
    seed: int = 0,
    log_mstar_min: float = -np.inf,
    stages: Stages | None = None,
) -> Path:
    """Predict at the parameter values of `[model]` and write value, Jacobian and report.

    Args:
        config: What to predict; measurements in it are shown beside the prediction.
        out: Folder, made where there is none.
        mock: Where to save one random catalogue of galaxies, or None. A relative path starts in
            the current folder; the suffix names the format.
        seed: Of the mock.
        log_mstar_min: Least massive galaxy of the mock, log10 Msun.
        stages: Where to print.

    Returns:
        The HTML report.
    """
    stages = stages or Stages()
    _check_mock(mock)
    data = config.data.measured()
    folder = output_folder(out)
    setup = set_up(config, stages, folder)
    theta = setup.space.defaults
    with stages("prediction", "Predicting value and Jacobian"):
        vector, jacobian = setup.predictor.value_and_jacobian(theta)
        layout = setup.predictor.observables
        write_prediction(folder / "prediction.hdf5", layout, theta, vector, jacobian)
    if mock is not None:
        with stages("mock", f"Drawing galaxies into {mock}"):
            count = _draw(setup, Path(mock), seed, log_mstar_min)
            stages.note(f"{count:,} galaxies")
    summary = run_summary("predict", config, setup.halos, stages) | {
        "parameters": theta,
        "prediction": layout.split(vector)._asdict(),
        "data": layout_summary(layout),
        "empty_samples": [list(s) for s in setup.predictor.empty_samples(theta)],
    }
    if mock is not None:
        summary["seeds"] = {**config.seeds, "mock": seed}
        summary["mock"] = {"file": str(mock), "n_galaxy": count}
    write_json(folder / "summary.json", summary)
    with stages("report", "Drawing figures and writing the report"):
        report = write_prediction_report(
            folder,
            title=config.report.title or f"Prediction of {config.path.stem}",
            halos=setup.halos,
            predictor=setup.predictor,
            theta=theta,
            data=data,
            notes=config.report.notes,
            relations=config.report.relations,
            summary=for_page(summary),
        )
    summary["timings_s"] = {**stages.timings, "total": stages.elapsed}
    write_json(folder / "summary.json", summary)
    return report


def _check_mock(mock: str | os.PathLike[str] | None) -> None:
    """Fail before the work rather than after it."""
    if mock is None:
        return
    path = Path(mock)
    if path.suffix not in MOCK_SUFFIXES:
        raise HalogradError(
            f"--mock {path}: end the name in one of {', '.join(MOCK_SUFFIXES)} to choose a format"
        )
    if not path.absolute().parent.is_dir():
        raise HalogradError(f"--mock {path}: its folder does not exist; make it first")


def _draw(setup: Setup, path: Path, seed: int, log_mstar_min: float) -> int:
    key = jax.random.key(seed)
    model, theta = setup.predictor.model, setup.space.defaults
    galaxies = draw_galaxies(key, setup.halos, model, theta, log_mstar_min=log_mstar_min)
    galaxies.save(path)
    return len(galaxies)
