"""The commands and their arguments."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halograd._settings import LARGEST_SEED
from halograd.cli.catalog_options import (
    Boxsize,
    CatalogPath,
    Columns,
    Format,
    HubbleH,
    MinMass,
    OmegaB,
    OmegaM,
    ParticleFraction,
    ReadParticles,
    Redshift,
    Sigma8,
    SpectralIndex,
)
from halograd.cli.data import data_app
from halograd.cli.failure import (
    INTERRUPTED,
    interrupted_training,
    leave_at_once,
    one_line_on_failure,
)
from halograd.cli.streams import (
    flushed,
    output_failed,
    say_on_stderr,
    spell_unknown_characters,
)

if TYPE_CHECKING:
    from halograd.runs.fit import FitRun
    from halograd.runs.sample import SampleRun

app = typer.Typer(
    name="halograd",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Exact, differentiable predictions of large-scale structure from simulated halos.\n\n"
    "Start with `halograd demo --out demo`: it makes a mock universe, draws synthetic data, fits "
    "them and samples the posterior, in a few minutes, and ends with a report for a browser.",
)
app.add_typer(data_app)

Out = Annotated[
    Path, typer.Option("--out", help="Folder for summary.json, figures, report.html and results.")
]
ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="TOML configuration file.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@app.command()
def demo(
    out: Out,
    quick: Annotated[
        bool, typer.Option("--quick", help="A smaller box, to test an installation.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Seed of the mock universe and of the noise.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Recover a known galaxy–halo connection from a mock universe.

    Makes halos and matter from a seed, measures n(M*), wp(rp) and ΔΣ(R) of a model with known
    parameters, adds the noise of a survey, starts five errors away from the truth, fits with
    exact gradients, and samples the posterior. The same as `halograd sample` with
    examples/demo.toml; given again, it goes on where it was stopped.
    """
    _say("halograd demo: loading")
    with one_line_on_failure(debug, out, goes_on=True):
        from halograd.runs.demo import run_demo

        _finish_sampling(run_demo(out, seed=seed, quick=quick))


@app.command()
def fit(
    config: ConfigFile,
    out: Out,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget the steps that the folder holds.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Fit a galaxy–halo model to measurements, as CONFIG says.

    CONFIG has the sections `[catalog]` (the halos), `[model]` (the galaxy–halo connection and its
    free parameters), `[data]` (tables of n, wp, ΔΣ, or synthetic ones), `[fit]` and `[report]`;
    the folder examples/ has some to start from. Every step is saved as it comes: Ctrl-C ends the
    fit and keeps the best point so far, and a fit that was stopped or killed goes on when the same
    command is given again.
    """
    _say(f"halograd fit {config}: loading")
    with one_line_on_failure(debug, out, goes_on=True):
        from halograd.config import load_config
        from halograd.runs.fit import run_fit

        _finish(run_fit(load_config(config), out, fresh=fresh))


@app.command()
def sample(
    config: ConfigFile,
    out: Out,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget the fit and the draws that the folder holds.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Sample the posterior of a galaxy–halo model, as CONFIG says.

    Takes the same CONFIG as `halograd fit`; its section `[sample]` is optional. Fits first, then
    runs the No-U-Turn sampler in several chains from there until they agree. Writes chains.nc,
    which arviz reads. Every second the draws so far are saved: a run that was stopped, by Ctrl-C
    or by a kill, goes on when the same command is given again, and ends in the same draws, bit
    for bit, as one that ran through.
    """
    _say(f"halograd sample {config}: loading")
    with one_line_on_failure(debug, out, goes_on=True):
        from halograd.config import load_config
        from halograd.runs.sample import run_sample

        _finish_sampling(run_sample(load_config(config), out, fresh=fresh))


@app.command()
def forecast(config: ConfigFile, out: Out, debug: Debug = False) -> None:
    """Forecast the errors of parameters from a data vector that is not measured yet.

    Takes the same CONFIG as `halograd fit`, with the covariance of `[data]` or of
    `[data.synthetic]`; its section `[forecast]` names the fiducial parameters and the subsets of
    statistics and scales to compare. Exact derivatives give the Fisher matrix of each subset,
    errors, degenerate directions, and which number constrains which parameter.
    """
    _say(f"halograd forecast {config}: loading")
    with one_line_on_failure(debug, out):
        from rich.console import Console

        from halograd.config import load_config
        from halograd.runs.console_tables import show_forecast
        from halograd.runs.forecast import run_forecast

        run = run_forecast(load_config(config), out)
        show_forecast(run, Console())
        _say(f"Report: {run.report}")


@app.command()
def predict(
    config: ConfigFile,
    out: Out,
    mock: Annotated[
        Path | None,
        typer.Option("--mock", help="Also draw one mock: a .hdf5, .parquet or .fits file."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=LARGEST_SEED, help="Seed of the mock.")
    ] = 0,
    log_mstar_min: Annotated[
        float, typer.Option("--log-mstar-min", help="Least massive galaxy of the mock, log10 Msun.")
    ] = float("-inf"),
    debug: Debug = False,
) -> None:
    """Predict n, wp and ΔΣ and their derivatives at the parameters of CONFIG.

    Takes the same CONFIG as `halograd fit`; its `[data]` may name samples and bins alone. Writes
    prediction.hdf5 with the values and the Jacobian in every parameter.
    """
    _say(f"halograd predict {config}: loading")
    with one_line_on_failure(debug, out, mock):
        from halograd.config import load_config
        from halograd.runs.predict import run_predict

        options = {"mock": mock, "seed": seed, "log_mstar_min": log_mstar_min}
        _say(f"Report: {run_predict(load_config(config), out, **options)}")


@app.command()
def inspect(
    catalog: CatalogPath,
    columns: Columns = None,
    format: Format = None,
    particles: ReadParticles = None,
    particle_fraction: ParticleFraction = None,
    boxsize: Boxsize = None,
    redshift: Redshift = None,
    min_mass: MinMass = None,
    omega_m: OmegaM = None,
    h: HubbleH = None,
    omega_b: OmegaB = None,
    sigma8: Sigma8 = None,
    n_s: SpectralIndex = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for summary.json, figures and report.html, if wanted."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Show what a halo catalogue holds, what it can give, and what is missing.

    Counts, box, masses against Bolshoi-Planck, satellites, particles, provenance; and for each of
    n, wp, redshift space and ΔΣ whether this catalogue supports it, to which scales and masses,
    and what to do where it does not. Reads halograd's own HDF5, the formats of simulations that
    `catalogs.read` lists, and tables (HDF5, Parquet, FITS, CSV, ECSV, npz) whose columns a TOML
    file explains.
    """
    with one_line_on_failure(debug, out):
        from json import dumps

        from rich.console import Console

        from halograd.runs.console_tables import show_inspection
        from halograd.runs.inspect import run_inspect
        from halograd.runs.reading import ReadOverrides

        overrides = ReadOverrides(
            **{"format": format, "columns": columns, "particles": particles},
            particle_fraction=particle_fraction,
            **{"boxsize": boxsize, "redshift": redshift, "min_mass": min_mass},
            **{"omega_m": omega_m, "h": h, "omega_b": omega_b, "sigma8": sigma8, "n_s": n_s},
        )
        found = run_inspect(catalog, overrides, out=out)
        if json:
            print(dumps(found.summary, indent=2, ensure_ascii=False))
            return
        show_inspection(found.summary, str(catalog), Console())
        if found.report is not None:
            _say(f"Report: {found.report}")


@app.command()
def plugins(debug: Debug = False) -> None:
    """List the models, statistics, catalogue formats and pair backends, and who provides them.

    Installed packages add to them by entry points; a configuration names them by these names.
    """
    with one_line_on_failure(debug):
        from rich.console import Console

        from halograd.runs.console_tables import show_plugins

        show_plugins(Console())


@app.command()
def convert(
    catalog: CatalogPath,
    out: Annotated[Path, typer.Argument(metavar="OUT.hdf5", help="File to write, .hdf5 or .h5.")],
    columns: Columns = None,
    format: Format = None,
    particles: ReadParticles = None,
    particle_fraction: ParticleFraction = None,
    boxsize: Boxsize = None,
    redshift: Redshift = None,
    min_mass: MinMass = None,
    log_mpeak_min: Annotated[
        float | None,
        typer.Option("--log-mpeak-min", help="Leave lighter halos out, log10 Msun/h."),
    ] = None,
    omega_m: OmegaM = None,
    h: HubbleH = None,
    omega_b: OmegaB = None,
    sigma8: Sigma8 = None,
    n_s: SpectralIndex = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    debug: Debug = False,
) -> None:
    """Write any halo catalogue as halograd's own HDF5, which declares itself and reads fast.

    Units, box, redshift, cosmology and provenance go into the file, so that no other command asks
    for them again. `--min-mass` drops light halos while they are read, by the mass of the file;
    `--log-mpeak-min` by the mass that is kept. The file appears whole or not at all.
    """
    with one_line_on_failure(debug, out):
        from halograd.runs.convert import run_convert
        from halograd.runs.reading import ReadOverrides

        overrides = ReadOverrides(
            **{"format": format, "columns": columns, "particles": particles},
            particle_fraction=particle_fraction,
            **{"boxsize": boxsize, "redshift": redshift, "min_mass": min_mass},
            **{"omega_m": omega_m, "h": h, "omega_b": omega_b, "sigma8": sigma8, "n_s": n_s},
        )
        options = {"log_mpeak_min": log_mpeak_min, "force": force}
        _say(str(run_convert(catalog, out, overrides, **options)))


@app.command()
def train(
    out: Out,
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="TOML configuration file of a training."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget the draws and checkpoints in the folder.")
    ] = False,
    validate: Annotated[
        bool,
        typer.Option("--validate", help="Judge the network on draws it has not seen."),
    ] = False,
    debug: Debug = False,
) -> None:
    """Train the neural network behind abundance matching.

    CONFIG has the sections `[network]`, `[domain]`, `[training]` and `[validation]`, each with
    defaults; without CONFIG the folder's own configuration is used, and in a new folder the one of
    the network that halograd ships. Writes network.h5 beside summary, figure and report. A
    training that was stopped, by Ctrl-C or by a kill, goes on when the same command is given again,
    and ends in the same weights, bit for bit, as one that ran through.
    """
    _say("halograd train: loading")
    with one_line_on_failure(debug, out, goes_on=True):
        from halograd.runs.train import run_train

        run = run_train(config, out, fresh=fresh, validate=validate)
        if run.interrupted:
            interrupted_training(run.step, out)
        _say(f"Network: {run.network}\nReport: {run.report}")


def _print_version(wanted: bool) -> None:
    if wanted:
        from halograd._version import __version__

        print(f"halograd {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """What stands before the command; the text above is the help."""


def main() -> None:
    """The console entry: run a command and leave with its exit status."""
    spell_unknown_characters()
    status: int | str | None = 0
    try:
        app()
    except SystemExit as end:
        status = end.code
        if status == INTERRUPTED:
            leave_at_once(INTERRUPTED)
    except OSError as error:  # of what is printed: commands answer for all else
        status = output_failed(error)
    sys.exit(flushed(status) if isinstance(status, int) else status)


def _say(text: str) -> None:
    print(text, flush=True)


def _finish(run: "FitRun") -> None:
    """Print the tables of a fit and where its report is; leave with 130 where interrupted."""
    from rich.console import Console

    from halograd.runs.console_tables import show_fit

    show_fit(run, Console())
    if not (run.best.converged or run.interrupted):
        say_on_stderr(f"the fit did not converge: {run.best.reason}")
    _leave(run)


def _finish_sampling(run: "SampleRun") -> None:
    """Print the table of a posterior and where its report is; leave with 130 where interrupted."""
    from rich.console import Console

    from halograd.runs.console_tables import show_posterior

    show_posterior(run, Console())
    if not (run.chains.converged or run.interrupted):
        say_on_stderr("the chains did not converge: see what is said above, and the report")
    _leave(run)


def _leave(run: "FitRun | SampleRun") -> None:
    _say(f"Report: {run.report}")
    if run.interrupted:
        raise typer.Exit(INTERRUPTED)
