"""What a caller may say to any reader, and how it is settled with what the file says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from halograd import _checks
from halograd.catalogs._columns import numbers
from halograd.catalogs.particles import ParticleDraw
from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology

TOLERANCE = 1e-4

_UNITS = {"boxsize": "comoving Mpc/h", "min_mass": "Msun/h"}
_WHAT = {
    "boxsize": "the side of the periodic box in comoving Mpc/h, such as boxsize=250 "
    "(--boxsize 250)",
    "redshift": "the redshift of the snapshot, such as redshift=0 (--redshift 0)",
}


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Declarations of the caller, for what a file leaves open.

    A file that declares another value than the caller is refused: see `agreed`.

    Attributes:
        boxsize: Side of the periodic box, comoving Mpc/h.
        redshift: Redshift of the snapshot.
        cosmology: Of the simulation; or a mapping of some of its parameters, where the file
            declares the others.
        min_mass: Rows of a lower mass, Msun/h, are dropped while reading, and counted in
            provenance["dropped"].
        particles: Whether to read the particles too.
        particle_fraction: The chance of each particle to be taken, None to take all.
        particle_seed: Of that draw.
        properties: Names of further columns to keep in `extra`: see `properties`.
        progress: Called with (done, total), in bytes or rows, while reading.
        clean: For CompaSO, whether to use the cleaned halos.

    Raises:
        CatalogError: Where a value is impossible; the message names it.
    """

    boxsize: float | None = None
    redshift: float | None = None
    cosmology: Cosmology | Mapping[str, float] | None = None
    min_mass: float | None = None
    particles: bool = False
    particle_fraction: float | None = None
    particle_seed: int = 0
    properties: Iterable[str] = ()
    progress: Callable[[int, int], None] | None = None
    clean: bool = True

    def __post_init__(self) -> None:
        for name, lowest in (("boxsize", 0.0), ("redshift", -1.0), ("min_mass", 0.0)):
            value = getattr(self, name)
            _check_number(name, value, lowest)
            if hasattr(value, "unit") or hasattr(value, "units"):
                object.__setattr__(self, name, float(numbers(name, value, _UNITS.get(name, ""))))
        object.__setattr__(self, "properties", _names(self.properties))
        self._check_draw()
        _check_cosmology(self.cosmology)
        if not (self.progress is None or callable(self.progress)):
            raise CatalogError("progress must be a function of (done, total) or None")

    @property
    def cosmology_parameters(self) -> dict[str, float]:
        """Those parameters of the cosmology that the caller declares, by name."""
        return _known(self.cosmology)

    def require(self, path: Path, **from_file: Any) -> None:
        """Raise for all that neither the caller nor the file declares, in one message.

        Args:
            path: The file, for the message.
            **from_file: What the file declares of `boxsize` and `redshift`, None where it does not.
        """
        missing = [
            name
            for name, value in from_file.items()
            if value is None and getattr(self, name) is None
        ]
        if missing:
            wanted = ", and ".join(_WHAT[name] for name in missing)
            raise CatalogError(
                f"{path}: the file does not declare {' and '.join(missing)}; give {wanted}"
            )

    def agreed(
        self, name: str, path: Path, from_file: Any = None, *, within: float = TOLERANCE
    ) -> Any:
        """The value to use of "boxsize", "redshift" or "cosmology".

        Args:
            name: Which of them.
            path: The file, for the message.
            from_file: What the file declares, None where it does not.
            within: Relative difference that rounding in the file explains; that of 1 + z for the
                redshift.

        Returns:
            The value of the file, or the caller's where the file has none. Of two cosmologies,
            the file's with the parameters that only the caller knows filled in; None where there
            is neither.

        Raises:
            CatalogError: Where the two differ, where there is no box size or redshift, or no
                omega_m or h beside other parameters.
        """
        if name == "cosmology":
            if from_file is None and isinstance(self.cosmology, Cosmology):
                return self.cosmology
            return _agreed_cosmology(path, self.cosmology_parameters, from_file, within)
        self.require(path, **{name: from_file})
        declared = getattr(self, name)
        if from_file is None:
            return declared
        if declared is not None:
            shift = 1.0 if name == "redshift" else 0.0
            _check_agreement(name, path, declared, from_file, shift, within)
        return from_file

    def particle_draw(self) -> ParticleDraw:
        """A new draw of particles, of those that a reader comes across."""
        return ParticleDraw(self.particle_fraction, self.particle_seed)

    def _check_draw(self) -> None:
        _check_number("particle_fraction", self.particle_fraction, 0.0)
        if self.particle_fraction is not None and self.particle_fraction > 1:
            raise CatalogError(
                f"particle_fraction must be above 0 and up to 1, got {self.particle_fraction:g}"
            )
        if not isinstance(self.particle_seed, Integral) or self.particle_seed < 0:
            raise CatalogError(
                f"the seed of a draw of particles must be a whole number, 0 or more, got "
                f"{self.particle_seed!r}"
            )

    def report(self, done: int, total: int) -> None:
        """Call `progress`, where there is one."""
        if self.progress is not None:
            self.progress(done, total)


def _names(properties: Iterable[str]) -> tuple[str, ...]:
    """The names of columns, each once."""
    names = (properties,) if isinstance(properties, str) else tuple(properties or ())
    for name in names:
        if not isinstance(name, str) or not name:
            raise CatalogError(f"properties must be names of columns, got {name!r}")
    return tuple(dict.fromkeys(names))


def _check_number(name: str, value: Any, lowest: float) -> None:
    if value is None:
        return
    number = numbers(name, value, _UNITS.get(name, ""))
    if number.ndim or number <= lowest:
        raise CatalogError(f"{name} must be one number above {lowest:g}, got {value}")


def _check_agreement(
    name: str, path: Path, declared: Any, from_file: Any, shift: float, within: float
) -> None:
    ours, theirs = np.asarray(declared) + shift, np.asarray(from_file) + shift
    if (np.abs(ours - theirs) > within * np.abs(theirs)).any():
        raise CatalogError(
            f"{path}: the file declares {name} = {from_file}, but {declared} was given; omit "
            f"{name} to use the file's, or read the file that was meant"
        )


def _check_cosmology(cosmology: Any) -> None:
    if cosmology is None or isinstance(cosmology, Cosmology):
        return
    if not isinstance(cosmology, Mapping):
        raise CatalogError(
            "cosmology must be a Cosmology, a dictionary of some of its parameters, or None, got "
            f"{type(cosmology).__name__}"
        )
    names = [field.name for field in fields(Cosmology)]
    _checks.known_keys("cosmology", cosmology, names, CatalogError)
    known = _known(cosmology)
    for name, value in known.items():
        _check_number(name, value, 0.0)
    Cosmology(**({"omega_m": 0.3, "h": 0.7} | known))  # which checks their ranges


def _known(cosmology: Cosmology | Mapping[str, float] | None) -> dict[str, float]:
    given = asdict(cosmology) if isinstance(cosmology, Cosmology) else dict(cosmology or {})
    return {name: value for name, value in given.items() if value is not None}


def _agreed_cosmology(
    path: Path, declared: Mapping[str, float], from_file: Cosmology | None, within: float
) -> Cosmology | None:
    known = _known(from_file)
    for name in known:
        if name in declared:
            _check_agreement(f"cosmology.{name}", path, declared[name], known[name], 0.0, within)
    together = {**declared, **known}
    if not together:
        return None
    if "omega_m" not in together or "h" not in together:
        raise CatalogError(
            f"{path}: the file declares no cosmology, which takes omega_m and h together "
            f"(--omega-m, --h); got {', '.join(declared)} alone"
        )
    return Cosmology(**together)


NOTHING_DECLARED = ReadOptions()
