"""A catalogue read for a command, with what the user declares and a live line."""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from halograd import catalogs
from halograd.catalogs import HaloCatalog
from halograd.runs.progress import PERCENT, Progress


@dataclass(frozen=True, kw_only=True)
class ReadOverrides:
    """What a user says of a catalogue on the command line, in the terms of `catalogs.read`.

    Attributes:
        format: Format, where the content does not tell it.
        columns: TOML file with the column map of a table.
        particles: Whether to read the particles too.
        particle_fraction: The fraction of them to take.
        boxsize: Comoving Mpc/h.
        redshift: Redshift of the snapshot.
        min_mass: Lighter halos are dropped, Msun/h.
        omega_m, h, omega_b, sigma8, n_s: The cosmology, or what completes that of the file, as in
            `catalogs.Cosmology`.
    """

    format: str | None = None
    columns: str | os.PathLike[str] | None = None
    particles: bool | None = None
    particle_fraction: float | None = None
    boxsize: float | None = None
    redshift: float | None = None
    min_mass: float | None = None
    omega_m: float | None = None
    h: float | None = None
    omega_b: float | None = None
    sigma8: float | None = None
    n_s: float | None = None

    def read(self, path: str | os.PathLike[str], console: Console | None = None) -> HaloCatalog:
        """The catalogue at `path`, its progress shown on `console` (stderr where None).

        Raises:
            CatalogError: As `catalogs.read`.
        """
        console, task = console or Console(stderr=True), f"reading {Path(path).name}"
        with Progress(console, count=PERCENT, transient=True) as progress:
            return catalogs.read(
                path,
                self.format,
                columns=self.columns,
                particles=self.particles,
                particle_fraction=self.particle_fraction,
                boxsize=self.boxsize,
                redshift=self.redshift,
                cosmology=self.cosmology,
                min_mass=self.min_mass,
                progress=partial(progress.show, task),
            )

    @property
    def cosmology(self) -> dict[str, float] | None:
        """The declared parameters of the cosmology, or None."""
        names = ("omega_m", "h", "omega_b", "sigma8", "n_s")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return given or None
