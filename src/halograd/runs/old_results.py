"""Results of an earlier run, moved out of the way of another one."""

from pathlib import Path

from halograd.runs.stages import Stages

RESULTS = (
    *("report.html", "summary.json", "figures", "result.json", "best_fit.hdf5"),
    *("data.hdf5", "chains.nc", "prediction.hdf5"),
)
"""What fits, samplings and predictions leave in their folder, page first."""


def set_results_aside(folder: Path, stages: Stages) -> None:
    """Move the results in `folder`, if there are any, to `old_1`, or the next number, and say so.

    Else a run that is killed late leaves its own results beside a page about other ones.
    """
    found = [path for name in RESULTS if (path := folder / name).exists()]
    if not found:
        return
    number = 1
    while (aside := folder / f"old_{number}").exists():
        number += 1
    aside.mkdir()
    for path in found:
        path.rename(aside / path.name)
    stages.note(f"the results of an earlier run are now in {aside}")
