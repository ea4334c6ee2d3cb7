"""Registries of the things that installed packages may add: pair backends, models, formats, ...

A package adds to a registry by an entry point of its group, in its pyproject.toml:

    [project.entry-points."halograd.pair_backends"]
    mine = "my_package.backend:MyBackend"

and from then on "mine" is a name like those built in. Only what is installed is found: no path
and no code is ever taken from a configuration.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from halograd import _checks
from halograd.errors import HalogradError

_OWN = "halograd"
_RUNNING_PROGRAM = "this program"


class Description(NamedTuple):
    """One line of a listing.

    Attributes:
        name: What the thing is asked for by.
        distribution: The installed package that provides it, with its version; "halograd" for
            what is built in, "this program" for what was registered while it ran.
        doc: First line of its docstring.
        error: Why it cannot be used, or None.
    """

    name: str
    distribution: str
    doc: str
    error: str | None


class Registry:
    """Things of one kind by name: built in, registered by the program, or of installed packages.

    Nothing is imported before it is asked for. A package that fails to import is listed with its
    error, and only asking for it raises. No name is ever given to another thing: of a package
    that claims a name already taken, the listing tells so.

    Args:
        kind: What the things are, for messages, such as "pair backend".
        group: Group of entry points, such as "halograd.pair_backends".
        built_in: By name, where each thing is, as "module:attribute".
        check: Called with each thing of a package or the program; raises for one that is not of
            the kind.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        built_in: Mapping[str, str],
        *,
        check: Callable[[Any], None] = lambda thing: None,
    ) -> None:
        self.kind, self.group = kind, group
        self._built_in, self._check = dict(built_in), check
        self._registered: dict[str, Any] = {}
        self._loaded: dict[str, Any] = {}
        self._failed: dict[str, Exception] = {}
        self._found: tuple[EntryPoint, ...] | None = None

    def register(self, name: str, thing: Any) -> None:
        """Add a thing for as long as the program runs.

        Raises:
            HalogradError: For a name that is taken by another thing, or is no text.
        """
        if not isinstance(name, str) or not name:
            raise HalogradError(f"the name of a {self.kind} must be text, got {name!r}")
        if name in self and self._registered.get(name) is not thing:
            raise HalogradError(
                f"there is a {self.kind} {name!r} already, of {self._provider(name)}: take another "
                "name"
            )
        self._check(thing)
        self._registered[name] = thing

    @property
    def names(self) -> tuple[str, ...]:
        """All names: built in, registered, then those of packages in alphabetical order."""
        known = [*self._built_in, *self._registered]
        return (*known, *sorted({point.name for point in self._points()} - set(known)))

    @property
    def added(self) -> tuple[str, ...]:
        """Names that are not built in."""
        return self.names[len(self._built_in) :]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        known = [*self._built_in, *self._registered]  # no need to look through packages for these
        return name in known or name in self.names

    def __getitem__(self, name: str) -> Any:
        """The thing of that name, imported if it was not yet.

        Raises:
            HalogradError: For a name that nothing has, telling the nearest; and for a package
                that cannot be used, telling why.
        """
        if isinstance(name, str):
            if name in self._registered:
                return self._registered[name]
            if name in self._built_in or name in self.names:
                return self._load(name)
        raise HalogradError(
            f"there is no {self.kind} {name!r}{_checks.nearest(name, self.names)}; choose one of "
            f"{', '.join(self.names)}, or install the package that provides it"
        )

    def describe(self) -> tuple[Description, ...]:
        """Every thing with the package it is from; imports them all, and never raises."""
        listed = []
        for name in self.names:
            doc, error = "", None
            try:
                doc = (inspect.getdoc(self[name]) or "").partition("\n")[0]
            except Exception as failure:  # the listing is there to show which one is broken
                error = str(failure)
            listed.append(Description(name, self._provider(name), doc, error))
        return (*listed, *self._shadowed())

    def _points(self) -> tuple[EntryPoint, ...]:
        """Entry points of installed packages, looked for once."""
        if self._found is None:
            self._found = tuple(entry_points(group=self.group))
        return self._found

    def _claims(self, name: str) -> list[EntryPoint]:
        return [point for point in self._points() if point.name == name]

    def _load(self, name: str) -> Any:
        if name in self._failed:
            raise self._unusable(name) from self._failed[name]
        if name not in self._loaded:
            try:
                self._loaded[name] = self._imported(name)
            except Exception as failure:  # whatever the code of another package raises
                if name in self._built_in:
                    raise
                self._failed[name] = failure
                raise self._unusable(name) from failure
        return self._loaded[name]

    def _imported(self, name: str) -> Any:
        if name in self._built_in:
            module, _, attribute = self._built_in[name].partition(":")
            return getattr(import_module(module), attribute)
        claims = self._claims(name)
        if len({point.value for point in claims}) > 1:
            raise HalogradError(
                f"{' and '.join(map(_distribution, claims))} both claim the name: remove one"
            )
        thing = claims[0].load()
        self._check(thing)
        return thing

    def _unusable(self, name: str) -> HalogradError:
        cause = self._failed[name]
        return HalogradError(
            f"the {self.kind} {name!r} of {self._provider(name)} cannot be used: "
            f"{type(cause).__name__}: {cause}"
        )

    def _provider(self, name: str) -> str:
        if name in self._built_in:
            return _OWN
        if name in self._registered:
            return _RUNNING_PROGRAM
        return " and ".join(map(_distribution, self._claims(name)))

    def _shadowed(self) -> Iterator[Description]:
        """Entry points whose name belongs to something built in or registered."""
        for name in (*self._built_in, *self._registered):
            for point in self._claims(name):
                error = f"the name {name!r} belongs to a {self.kind} of {self._provider(name)}"
                yield Description(name, _distribution(point), "", error)


def _distribution(point: EntryPoint) -> str:
    """Name and version of the package that an entry point is from."""
    return "an unknown package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
