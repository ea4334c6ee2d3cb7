"""The steps of a fit, written as they come."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class FitStep(NamedTuple):
    """One step: its number, χ², the parameters, and seconds since the fit began."""

    step: int
    chi2: float
    theta: Mapping[str, float]
    seconds: float


class HistoryFile:
    """Appends each step to a JSON-lines file at once, so that a killed fit keeps its steps."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("")

    def __call__(self, step: FitStep) -> None:
        """Append one step."""
        with self.path.open("a") as file:
            file.write(json.dumps(step._asdict()) + "\n")


def read_history(path: str | Path) -> list[FitStep]:
    """The complete steps in a history file; a last line cut short by a kill is left out."""
    lines = Path(path).read_text().split("\n")[:-1]
    return [FitStep(**json.loads(line)) for line in lines if line]
