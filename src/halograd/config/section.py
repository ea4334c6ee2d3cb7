"""One table of a configuration file, read key by key with errors that say where and what."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from halograd import _checks
from halograd._settings import (
    LARGEST_SEED,
    LARGEST_SIZE,
    Limits,
    check_log_mass,
    declared_numbers,
    shown,
)
from halograd.errors import ConfigError, HalogradError

_REQUIRED: Any = object()
_FINITE = Limits()
_LARGEST = {"n": 10_000, "n_mu": 10_000, "n_side": 100}  # bins, and subvolumes along an axis

Settings = TypeVar("Settings")


class Section:
    """A TOML table with its file and its name.

    Reading never executes or opens anything. Every failure is a `ConfigError` that names the
    file, the section and the key, what was expected and what came.

    Args:
        file: The configuration file; relative paths start in its folder.
        name: Dotted name of the table, empty for the top of the file.
        content: The parsed table.
    """

    def __init__(self, file: Path, name: str, content: Mapping[str, Any]) -> None:
        self.file, self.name, self.content = file, name, content

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def error(self, message: str) -> ConfigError:
        """The error to raise, with file and section in front."""
        place = f" [{self.name}]" if self.name else ""
        return ConfigError(f"{self.file}:{place} {message}")

    def only(self, *valid: str) -> None:
        """Raise for the first key that is not `valid`, naming the nearest that is."""
        what = f"{self.file}: [{self.name}]" if self.name else f"{self.file}: the top level"
        _checks.known_keys(what, self.content, valid, ConfigError)

    def one_of(self, *keys: str) -> str:
        """The one of `keys` that is there; raise where none or several are."""
        present = [key for key in keys if key in self]
        if len(present) != 1:
            found = f"got {' and '.join(present)}" if present else "got none of them"
            raise self.error(f"give exactly one of {', '.join(keys)}; {found}")
        return present[0]

    def number(
        self,
        key: str,
        default: Any = _REQUIRED,
        *,
        above: float | None = None,
        minimum: float | None = None,
        infinite: bool = False,
    ) -> Any:
        """A number larger than `above`, at least `minimum`, and finite unless `infinite`."""
        limits = Limits(minimum=minimum, above=above, infinite=infinite)
        return self._limited(key, default, limits)

    def integer(
        self,
        key: str,
        default: Any = _REQUIRED,
        *,
        minimum: int = 0,
        maximum: int | None = None,
    ) -> Any:
        """A whole number from `minimum` to `maximum`.

        Where that is None, it is what makes sense for a key of this name, at most a million: sizes
        without end would fill the memory before any other check sees them.
        """
        if maximum is None:
            maximum = LARGEST_SEED if key.endswith("seed") else _LARGEST.get(key, LARGEST_SIZE)
        return self._limited(key, default, Limits(True, minimum, maximum))

    def log_mass(self, key: str, default: Any = _REQUIRED) -> Any:
        """The log10 of a mass; a mass itself is refused with its logarithm."""
        value = self.number(key, default)
        self.checked(lambda: check_log_mass(key, value))
        return value

    def settings(self, kind: type[Settings], **others: Any) -> Settings:
        """The dataclass of settings whose attributes declare the numbers of this section.

        Args:
            kind: The dataclass, with attributes as `halograd._settings` makes them.
            others: Attributes that are no such numbers, read by the caller; the section may hold
                their keys too.

        Raises:
            ConfigError: For a key that no attribute declares, and a value beyond its limits.
        """
        numbers = list(declared_numbers(kind))
        self.only(*(key for _, key, _, _ in numbers), *others)
        values = {name: self._limited(key, default, lim) for name, key, lim, default in numbers}
        return self.checked(lambda: kind(**values, **others))

    def flag(self, key: str, default: Any = _REQUIRED) -> Any:
        """True or false."""
        value = self._get(key, default)
        if value is not default and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def text(
        self, key: str, default: Any = _REQUIRED, *, choices: Iterable[str] | None = None
    ) -> Any:
        """A string, one of `choices` where they are given."""
        value = self._get(key, default)
        if value is default:
            return value
        if not isinstance(value, str):
            raise self._wrong(key, "a text in quotes", value)
        if choices is not None and value not in choices:
            choices = list(choices)
            hint = _checks.nearest(value, choices)
            raise self.error(f"{key} must be one of {', '.join(choices)}, got {shown(value)}{hint}")
        return value

    def texts(self, key: str, default: Any = _REQUIRED) -> Any:
        """A list of strings; a single one counts as a list of one."""
        value = self._get(key, default)
        if value is default:
            return value
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise self._wrong(key, "a list of texts in quotes", value)
        return tuple(listed)

    def numbers(self, key: str, default: Any = _REQUIRED, *, length: int | None = None) -> Any:
        """A list of finite numbers, of the given length."""
        value = self._get(key, default)
        if value is default:
            return value
        fits = isinstance(value, list) and length in {None, len(value)}
        if not fits or not all(map(_FINITE.accept, value)):
            count = "" if length is None else f"{length} "
            raise self._wrong(key, f"a list of {count}numbers", value)
        return tuple(float(item) for item in value)

    def integers(self, key: str, default: Any = _REQUIRED) -> Any:
        """A list of whole numbers; a single one counts as a list of one."""
        value = self._get(key, default)
        if value is default:
            return value
        listed = value if isinstance(value, list) else [value]
        limits = Limits(True, -LARGEST_SIZE, LARGEST_SIZE)
        if not listed or not all(map(limits.accept, listed)):
            raise self._wrong(key, "a list of whole numbers", value)
        return tuple(listed)

    def increasing(self, key: str, default: Any = _REQUIRED, *, length: int | None = None) -> Any:
        """A list of two or more numbers, each above the one before."""
        values = self.numbers(key, default, length=length)
        if values is not default and (len(values) < 2 or not (np.diff(values) > 0).all()):
            raise self._wrong(key, "two or more increasing numbers", list(values))
        return values

    def path(self, key: str, default: Any = _REQUIRED) -> Any:
        """A path, taken from the folder of the configuration file where it is relative."""
        value = self.text(key, default)
        return value if value is default else self.file.parent / Path(value).expanduser()

    def table(self, key: str) -> "Section":
        """The table below this one; empty where there is none."""
        value = self.content.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong(key, "a table of keys", value)
        return Section(self.file, f"{self.name}.{key}" if self.name else key, value)

    def checked(self, build: Callable[[], Any]) -> Any:
        """The result of `build`, whose `HalogradError` gets this section's place if it has none."""
        try:
            return build()
        except HalogradError as cause:
            if str(cause).startswith(f"{self.file}: ["):
                raise
            raise self.error(str(cause)) from cause

    def _get(self, key: str, default: Any) -> Any:
        if key in self.content:
            return self.content[key]
        if default is _REQUIRED:
            raise self.error(f"{key} is missing: add it")
        return default

    def _limited(self, key: str, default: Any, limits: Limits) -> Any:
        value = self._get(key, default)
        if value is default:
            return value
        if not limits.accept(value):
            raise self._wrong(key, limits.wanted(value), value)
        return value if limits.is_whole else float(value)

    def _wrong(self, key: str, wanted: str, value: Any) -> ConfigError:
        return self.error(f"{key} must be {wanted}, got {shown(value)}")
