"""The evaluations of a fit, written as they come, and taken from the file when it goes on."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from halograd._atomic import atomic_write
from halograd.inference.problem import Evaluation

_FORMAT = "halograd fit history 3"
_CLOSE = 1e-3  # standard errors of the data; far above rounding, far below what a fit can see
_ROUNDING = 1e-6  # of a parameter


class FitStep(NamedTuple):
    """One step: its number, χ², the parameters, and seconds since the fit began."""

    step: int
    chi2: float
    theta: Mapping[str, float]
    seconds: float


class Kept(NamedTuple):
    """A step with everything the minimiser learnt in it."""

    step: FitStep
    evaluation: Evaluation


class HistoryFile:
    """A JSON-lines file with a line for every evaluation of one fit.

    Lines are appended at once, so that a killed fit loses at most the evaluation it was in. The
    minimisers are deterministic: one that is given the evaluations of the file asks for the same
    points again, and so goes on where the last run was cut.

    Args:
        path: The file; its folder is made where missing.
        fresh: Forget what the file holds.
        on_message: Told whether a fit goes on, and why a file was set aside.
        on_new: Called where a fit does not go on from the file, before that changes; told whether
            the file holds steps of another fit.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        fresh: bool = False,
        on_message: Callable[[str], None] = lambda message: None,
        on_new: Callable[[bool], None] = lambda replaced: None,
    ) -> None:
        self.path, self._on_message, self._on_new = Path(path), on_message, on_new
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            self.path.unlink(missing_ok=True)

    def begin(self, method: str, start: Evaluation) -> list[Kept]:
        """What earlier runs of this fit kept; the file of any other fit is set aside.

        Args:
            method: Of the fit.
            start: Evaluated now. It depends on halos, model, data, priors and bounds alike, so
                that a file which begins with the same one, up to rounding, belongs to the same
                fit; the minimiser is to begin at that of the file.
        """
        header = {"format": _FORMAT, "method": method}
        kept = self._read(header)
        if kept and _same(kept[0].evaluation, start):
            self._on_message(f"going on after {len(kept)} steps kept in {self.path.name}")
        else:
            kept = []
            self._begin_anew()
        self._replace([json.dumps(header) + "\n", *(_line(one) for one in kept)])
        return kept

    def append(self, kept: Kept) -> None:
        """Write one step."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(kept))

    def forget_from(self, step: int) -> None:
        """Drop a step and all after it."""
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        self._replace(lines[: 1 + step])

    def _read(self, header: Mapping[str, Any]) -> list[Kept]:
        first, *lines = (self.path.exists() and _intact_lines(self.path)) or [{}]
        if first != header:
            return []
        try:
            return [Kept(_step(line), _evaluation(line["evaluation"])) for line in lines]
        except (KeyError, TypeError, ValueError):
            return []

    def _begin_anew(self) -> None:
        is_other = self.path.exists() and bool(read_history(self.path))
        self._on_new(is_other)
        if is_other:
            self._set_aside()

    def _set_aside(self) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}_old_{number}.jsonl")).exists():
            number += 1
        self.path.rename(aside)
        self._on_message(
            f"{self.path.name} belongs to another fit: it is now {aside.name}, and this one begins"
        )

    def _replace(self, lines: list[str]) -> None:
        with atomic_write(self.path) as temporary:
            temporary.write_text("".join(lines), encoding="utf-8")


def read_history(path: str | Path) -> list[FitStep]:
    """The steps in a history file; a last line cut short by a kill is left out."""
    lines = _intact_lines(Path(path))
    return [_step(line) for line in lines if line.keys() >= set(FitStep._fields)]


def _intact_lines(path: Path) -> list[dict[str, Any]]:
    """Lines up to the first that is cut or no JSON."""
    found = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _step(line: Mapping[str, Any]) -> FitStep:
    return FitStep(**{name: line[name] for name in FitStep._fields})


def _line(kept: Kept) -> str:
    arrays = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in kept.evaluation._asdict().items()
    }
    return json.dumps({**kept.step._asdict(), "evaluation": arrays}) + "\n"


def _evaluation(content: Mapping[str, Any]) -> Evaluation:
    arrays = {
        name: np.array(value, np.float64) if isinstance(value, list) else value
        for name, value in content.items()
    }
    return Evaluation(**arrays)


def _same(kept: Evaluation, now: Evaluation) -> bool:
    """Whether two evaluations are of one problem at one point, up to rounding."""
    if kept.theta.keys() != now.theta.keys():
        return False
    theta = [[at.theta[name] for name in now.theta] for at in (kept, now)]
    pairs = [(kept.residuals, now.residuals), (kept.jacobian, now.jacobian)]
    return np.allclose(*theta, rtol=_ROUNDING, atol=_ROUNDING) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE) for a, b in pairs
    )
