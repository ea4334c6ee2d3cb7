"""`halograd predict`: statistics and their derivatives, and a mock on request."""

import os
from pathlib import Path

import jax
import numpy as np

from halograd._settings import check_log_mass
from halograd.config import Config
from halograd.errors import HalogradError
from halograd.models import draw_galaxies
from halograd.report import write_prediction_report
from halograd.report.alerts import suppress_domain_warnings
from halograd.runs.output import write_prediction
from halograd.runs.run import RunContext, prepare_run
from halograd.runs.stages import Stages
from halograd.runs.summary import layout_summary

MOCK_SUFFIXES = (".hdf5", ".h5", ".parquet", ".fits")


@suppress_domain_warnings
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
        seed: Seed of the mock.
        log_mstar_min: Least massive galaxy of the mock, log10 Msun.
        stages: Where to print.

    Returns:
        The HTML report.
    """
    _check_mock(mock)
    check_log_mass("--log-mstar-min", log_mstar_min)
    data = config.data.measured()
    run = prepare_run(config, out, stages)
    theta, layout = run.space.defaults, run.predictor.observables
    with run.stages("prediction", "Predicting value and Jacobian"):
        vector, jacobian = run.predictor.value_and_jacobian(theta)
        write_prediction(run.folder / "prediction.hdf5", layout, theta, vector, jacobian)
    results = {
        "parameters": theta,
        "prediction": dict(layout.split(vector)),
        "data": layout_summary(layout),
        "empty_samples": [list(s) for s in run.predictor.empty_samples(theta)],
    }
    if mock is not None:
        with run.stages("mock", f"Drawing galaxies into {mock}"):
            count = _draw(run, Path(mock), seed, log_mstar_min)
            run.stages.note(f"{count:,} galaxies")
        results["mock"] = {"file": str(mock), "n_galaxy": count}
    return run.finish(
        "predict",
        results,
        write_prediction_report,
        at=theta,
        seeds=None if mock is None else {"mock": seed},
        halos=run.halos,
        theta=theta,
        data=data,
        relations=config.report.relations,
    )


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


def _draw(run: RunContext, path: Path, seed: int, log_mstar_min: float) -> int:
    key = jax.random.key(seed)
    model, theta = run.predictor.model, run.space.defaults
    galaxies = draw_galaxies(key, run.halos, model, theta, log_mstar_min=log_mstar_min)
    galaxies.save(path)
    return len(galaxies)
