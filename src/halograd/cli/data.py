"""`halograd data`: published measurements."""

from pathlib import Path
from typing import Annotated

import typer

from halograd.cli.failure import one_line_on_failure

data_app = typer.Typer(
    name="data",
    no_args_is_help=True,
    help="Published measurements of galaxies that come with halograd.",
)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@data_app.command("list")
def list_() -> None:
    """List the published measurements and relations: what, of which galaxies, from where.

    Name a measurement in a configuration as `published = "NAME"` in `[data.n]`, `[data.wp]` or
    `[data.delta_sigma]`, and relations as `relations = ["NAME"]` in `[report]`.
    """
    from rich.console import Console

    from halograd.runs.data_listing import show_list

    show_list(Console())


@data_app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `halograd data list` has it.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for NAME.json and NAME.png, if wanted.")
    ] = None,
    h: Annotated[
        float | None,
        typer.Option("--h", help="H0 / (100 km/s/Mpc) for which stellar masses are wanted."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Show a measurement digit by digit as its paper prints it, with units, h, IMF and source.

    With `--out`, also write it in halograd's units, stellar masses in Msun for `--h`, and draw it.
    """
    with one_line_on_failure(debug):
        from rich.console import Console

        from halograd.runs.data_listing import show_measurement, write_measurement

        show_measurement(name, Console())
        if out is not None:
            print(f"Picture: {write_measurement(name, out, h)}")
