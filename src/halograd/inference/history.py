"""The evaluations of a fit, written as they come, and taken from the file when it goes on."""

import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from halograd._atomic import atomic_write
from halograd.errors import DataError
from halograd.inference.problem import Evaluation

_FORMAT = "halograd fit history 4"
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
    """A JSON-lines file with a line for every evaluation of one fit, each with a checksum.

    Lines are appended at once, so that a killed fit loses at most the evaluation it was in. The
    minimisers are deterministic: one that is given the evaluations of the file asks for the same
    points again, and so goes on where the last run was cut. Evaluations from a damaged line on
    are made anew.

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

    def append(self, kept: Kept) -> None:
        """Write one step."""
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
        intact: The content of those before the first that is not as it was written.
        damaged: The number of that one, from 1, or None.
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


def _kept(lines: _Lines, header: Mapping[str, Any]) -> list[Kept]:
    """The steps of a file that has this header, none of any other."""
    if not lines.intact or lines.intact[0] != header:
        return []
    try:
        return [Kept(_step(line), _evaluation(line["evaluation"])) for line in lines.intact[1:]]
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


def _line(kept: Kept) -> str:
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
