"""Arrays that nobody can write to any more, and need no copy to be kept."""

from collections.abc import Iterable
from typing import Any

import numpy as np


def freeze(values: Iterable[Any]) -> None:
    """Make the arrays among `values` read-only, with the memory that they look at."""
    for array in values:
        while isinstance(array, np.ndarray):
            array.setflags(write=False)
            array = array.base


def owned(given: Any, checked: np.ndarray) -> np.ndarray:
    """What a check made of what was given, copied where somebody may still write to it."""
    is_new = isinstance(given, np.ndarray) and not np.may_share_memory(given, checked)
    return checked if is_new or _is_frozen(checked) else checked.copy()


def _is_frozen(array: np.ndarray) -> bool:
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None
