"""Evaluations of a fit in a file, written as they are made and read when the fit goes on."""

import json
import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import DataError
from halograd.inference.fit.problem import Evaluation, FitProblem

_FORMAT = "halograd fit history 4"
_CLOSE = 1e-3  # standard errors of the data; far above rounding, far below what a fit can see
_ROUNDING = 1e-6  # of a parameter


class FitStep(NamedTuple):
    """One step: its number, χ², the parameters, and seconds since the fit began."""

    step: int
    chi2: float
    theta: Mapping[str, float]
    seconds: float


class StoredStep(NamedTuple):
    """A step with everything the minimiser learnt in it."""

    step: FitStep
    evaluation: Evaluation


class HistoryFile:
    """A JSON-lines file with a line for every evaluation of one fit, each with a checksum.

    Lines are appended at once, so that a killed fit loses at most the evaluation it was in. The
    minimisers are deterministic: one that is given the evaluations of the file asks for the same
    points again, and so goes on where the last run was cut. Evaluations from a damaged line on
    are made anew.

    Args:
        path: The file; its folder is made where missing.
        fresh: Whether to forget what the file holds.
        on_message: Called with a sentence on whether a fit goes on, and why a file was set aside.
        on_new: Called where a fit does not go on from the file, before that changes, with
            whether the file holds steps of another fit.
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

    def begin(self, method: str, start: Evaluation) -> list[StoredStep]:
        """The steps that earlier runs of this fit stored; the file of any other fit is set aside.

        Args:
            method: Name of the minimiser.
            start: The evaluation at the start, made now. It depends on halos, model, data, priors
                and bounds alike, so that a file which begins with the same one, up to rounding,
                belongs to the same fit; the minimiser is to begin at that of the file.
        """
        header = {"format": _FORMAT, "method": method}
        lines = _read_lines(self.path)
        kept = _kept(lines, header)
        if kept and _same(kept[0].evaluation, start):
            if lines.damaged is not None:
                self._on_message(
                    f"line {lines.damaged} of {self.path.name} is damaged: the steps from there on "
                    "are made anew"
                )
            self._on_message(f"going on after {len(kept)} steps kept in {self.path.name}")
        else:
            kept = []
            self._begin_anew()
        self._replace([_sealed_line(header), *(_line(one) for one in kept)])
        return kept

    def append(self, kept: StoredStep) -> None:
        """Append one evaluation to the file."""
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(_line(kept))

    def forget_from(self, step: int) -> None:
        """Drop a step and all after it."""
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        self._replace(lines[: 1 + step])

    def _begin_anew(self) -> None:
        is_other = self.path.exists() and _holds_steps(self.path)
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
            temporary.write_text("".join(lines), encoding="utf-8", newline="\n")


class RecordedProblem:
    """Evaluates a problem for one minimisation; evaluations kept by earlier runs come first.

    A kept evaluation is used as long as the minimiser asks for the very same point; from the first
    other point on, whatever the file holds is dropped.

    Args:
        problem: The problem to evaluate.
        method: Name of the minimiser.
        history: File that keeps the evaluations, or None.

    Attributes:
        steps: One step for each evaluation.
    """

    def __init__(
        self, problem: FitProblem, method: str, history: HistoryFile | None = None
    ) -> None:
        self._problem, self._method, self._history = problem, method, history
        self._kept: list[StoredStep] = []
        self._began = time.perf_counter()
        self.steps: list[FitStep] = []

    def evaluate(self, u: np.ndarray) -> Evaluation:
        """Residuals and their Jacobian at u, from the file where it knows them."""
        if not self.steps:
            return self._first(u)
        return self._again(u) or self._record(self._problem.evaluate(u))

    def _first(self, u: np.ndarray) -> Evaluation:
        """Residuals at the start of a fit; a history that begins with others is of another fit."""
        evaluation = self._problem.evaluate(u)
        if self._history is not None:
            self._kept = self._history.begin(self._method, evaluation)
        return self._again(self._kept[0].evaluation.u) if self._kept else self._record(evaluation)

    def _again(self, u: np.ndarray) -> Evaluation | None:
        number = len(self.steps)
        if number >= len(self._kept):
            return None
        step, evaluation = self._kept[number]
        if not np.array_equal(evaluation.u, u):
            self._kept = []
            self._history.forget_from(number)
            return None
        self._began = time.perf_counter() - step.seconds
        self.steps.append(step)
        return evaluation

    def _record(self, evaluation: Evaluation) -> Evaluation:
        seconds = time.perf_counter() - self._began
        self.steps.append(FitStep(len(self.steps), evaluation.chi2, evaluation.theta, seconds))
        if self._history is not None:
            self._history.append(StoredStep(self.steps[-1], evaluation))
        return evaluation


def read_history(path: str | Path) -> list[FitStep]:
    """The steps in a history file; a last line cut short by a kill is left out.

    Raises:
        DataError: For a file with a damaged line, or of another version.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(path)
    lines = _read_lines(path)
    if lines.damaged is not None:
        raise DataError(
            f"line {lines.damaged} of {path} is not as it was written: the file is damaged, or of "
            "another version of halograd; give the fit again, which makes these steps anew"
        )
    return [_step(line) for line in lines.intact if line.keys() >= set(FitStep._fields)]


class _Lines(NamedTuple):
    """The lines of a file, apart from a last one that a kill cut short.

    Attributes:
        intact: Content of the lines before the first that is not as it was written.
        damaged: Number of that line, from 1, or None.
    """

    intact: list[dict[str, Any]]
    damaged: int | None


def _read_lines(path: Path) -> _Lines:
    intact = []
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    for number, line in enumerate(lines, start=1):
        content = _unsealed(line)
        if content is None:
            return _Lines(intact, number)
        intact.append(content)
    return _Lines(intact, None)


def _kept(lines: _Lines, header: Mapping[str, Any]) -> list[StoredStep]:
    """The steps of a file that has this header, none of any other."""
    if not lines.intact or lines.intact[0] != header:
        return []
    try:
        return [
            StoredStep(_step(line), _evaluation(line["evaluation"])) for line in lines.intact[1:]
        ]
    except (KeyError, TypeError, ValueError):
        return []


def _holds_steps(path: Path) -> bool:
    """Whether any line looks like a step, of whatever version and however damaged."""
    return any(b'"step"' in line for line in path.read_bytes().split(b"\n"))


def _sealed_line(content: Mapping[str, Any]) -> str:
    """A line of JSON whose last entry is the checksum of what stands before it."""
    text = json.dumps(content)[:-1]
    return f'{text}, "crc32": "{zlib.crc32(text.encode()):08x}"}}\n'


def _unsealed(line: bytes) -> dict[str, Any] | None:
    """The content of a line, without its checksum, or None where it is not as written."""
    text, mark, rest = line.rpartition(b', "crc32": "')
    if not mark or rest != b'%08x"}' % zlib.crc32(text):
        return None
    return json.loads(text + b"}")


def _step(line: Mapping[str, Any]) -> FitStep:
    return FitStep(**{name: line[name] for name in FitStep._fields})


def _line(kept: StoredStep) -> str:
    arrays = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in kept.evaluation._asdict().items()
    }
    return _sealed_line({**kept.step._asdict(), "evaluation": arrays})


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
