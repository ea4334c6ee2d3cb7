"""Options that every command with a catalogue as its argument takes."""

from pathlib import Path
from typing import Annotated

import typer

CatalogPath = Annotated[
    Path, typer.Argument(metavar="CATALOG", help="File, or the folder of a snapshot.")
]
Columns = Annotated[
    Path | None,
    typer.Option("--columns", help="TOML file that says what the columns of a table are."),
]
Format = Annotated[
    str | None, typer.Option("--format", help="Format, where the content does not tell it.")
]
ReadParticles = Annotated[
    bool | None, typer.Option("--particles/--no-particles", help="Read the particles too.")
]
ParticleFraction = Annotated[
    float | None,
    typer.Option("--particle-fraction", help="Read a random part of the particles, such as 0.01."),
]
Boxsize = Annotated[
    float | None,
    typer.Option("--boxsize", help="Side of the box, comoving Mpc/h, if the file does not say."),
]
Redshift = Annotated[
    float | None, typer.Option("--redshift", help="Redshift, if the file does not say.")
]
MinMass = Annotated[
    float | None, typer.Option("--min-mass", help="Drop lighter halos while reading, Msun/h.")
]
OmegaM = Annotated[
    float | None,
    typer.Option("--omega-m", help="Matter density, if the file has no cosmology; with --h."),
]
HubbleH = Annotated[float | None, typer.Option("--h", help="H0 / (100 km/s/Mpc).")]
OmegaB = Annotated[float | None, typer.Option("--omega-b", help="Baryon density.")]
Sigma8 = Annotated[float | None, typer.Option("--sigma8", help="Linear rms in 8 Mpc/h spheres.")]
SpectralIndex = Annotated[float | None, typer.Option("--n-s", help="Spectral index.")]
