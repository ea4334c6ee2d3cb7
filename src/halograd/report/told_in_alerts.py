"""Warnings that a report says in its alerts, and so not on the terminal."""

import warnings
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from halograd import sham

P = ParamSpec("P")
R = TypeVar("R")


def told_in_alerts(run: Callable[P, R]) -> Callable[P, R]:
    """Silence `OutOfDomainWarning` within a function whose report has the caveats of the model.

    Every curve of a figure evaluates the relation, and each would warn again.
    """

    @wraps(run)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sham.OutOfDomainWarning)
            return run(*args, **kwargs)

    return wrapper
