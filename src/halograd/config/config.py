"""A whole configuration: TOML text in, checked and typed sections out."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from halograd.config.box_reach import check_reach
from halograd.config.catalog_section import CatalogSection
from halograd.config.data_section import DataSection
from halograd.config.forecast_section import ForecastSection
from halograd.config.lensing_section import LensingSection
from halograd.config.model_section import ModelSection
from halograd.config.section import Section
from halograd.config.sections import FitSection, ReportSection, TablesSection, TracersSection
from halograd.config.toml_text import parse_toml, read_text
from halograd.errors import ConfigError, HalogradError

if TYPE_CHECKING:
    from halograd.inference import SampleSettings

_SECTIONS = (
    *("catalog", "tracers", "model", "data", "lensing", "tables"),
    *("fit", "sample", "forecast", "report"),
)


@dataclass(frozen=True, eq=False)
class Config:
    """What a run needs to know, complete and checked.

    Attributes:
        path: Where the text came from; relative paths in it start in that folder.
        text: The TOML text, for the report.
        catalog: The halos.
        tracers: What takes the place of their subhalos; None for the catalogue as it is.
        model: The galaxy–halo model and its parameters.
        data: The numbers to fit or predict.
        lensing: Which matter ΔΣ is predicted from.
        tables: How to tabulate the halos; None to predict from the halos themselves.
        fit: How to fit.
        sample: How to sample the posterior.
        forecast: What to forecast.
        report: Words for the report.
        content: The parsed TOML, for the summary.
    """

    path: Path
    text: str
    catalog: CatalogSection
    tracers: TracersSection | None
    model: ModelSection
    data: DataSection
    lensing: LensingSection
    tables: TablesSection | None
    fit: FitSection
    sample: "SampleSettings"
    forecast: ForecastSection
    report: ReportSection
    content: Mapping[str, Any] = field(repr=False)

    @property
    def seeds(self) -> dict[str, int]:
        """The seed of everything random."""
        synthetic = self.data.synthetic
        seeds = {"catalog": self.catalog.seed, "data": synthetic and synthetic.seed}
        seeds["starts"] = self.fit.seed if self.fit.starts > 1 else None
        seeds["tables"] = self.tables and self.tables.seed
        seeds["tracers"] = self.tracers and self.tracers.seed
        seeds["particles"] = self.lensing.seed if self.lensing.subsamples else None
        return {name: seed for name, seed in seeds.items() if seed is not None}

    def check_box(self, boxsize: ArrayLike) -> None:
        """Raise where bins reach beyond half the box.

        Args:
            boxsize: (3,), comoving Mpc/h.

        Raises:
            ConfigError: For the first such key.
        """
        check_reach(Section(self.path, "data", self.content["data"]), self.data.layout, boxsize)

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """Put the file before an error of what it asks for."""
        try:
            yield
        except HalogradError as cause:
            if str(cause).startswith(f"{self.path}:"):
                raise
            raise ConfigError(f"{self.path}: {cause}") from cause


def load_config(path: str | os.PathLike[str]) -> Config:
    """Read and check a configuration file. Nothing in it is executed.

    The tables of measurements it names are read too; the halo catalogue is not.

    Raises:
        ConfigError: For a file that is missing or no TOML, an unknown key (the nearest valid one
            is named), a missing key, a wrong type or an impossible value.
        HalogradError: For a table of measurements that cannot be used.
    """
    path = Path(path)
    return parse_config(read_text(path), path)


def parse_config(text: str, path: str | os.PathLike[str]) -> Config:
    """As `load_config`, for the text of a file at `path`."""
    from halograd.inference import SampleSettings

    path = Path(path)
    top = parse_toml(text, path)
    top.only(*_SECTIONS)
    for name in ("catalog", "model", "data"):
        if name not in top:
            raise top.error(f"the section [{name}] is missing: add it")
    data, lensing = DataSection.parse(top.table("data")), LensingSection.parse(top.table("lensing"))
    model = ModelSection.parse(top.table("model"))
    config = Config(
        path=path,
        text=text,
        catalog=CatalogSection.parse(top.table("catalog")).with_properties(model.needs()),
        tracers=TracersSection.parse(top.table("tracers")) if "tracers" in top else None,
        model=model,
        data=data,
        lensing=lensing,
        tables=TablesSection.parse(top.table("tables")) if "tables" in top else None,
        fit=FitSection.parse(top.table("fit")),
        sample=top.table("sample").settings(SampleSettings),
        forecast=ForecastSection.parse(top.table("forecast")),
        report=_report(top.table("report"), data, lensing),
        content=top.content,
    )
    _check_together(config, top)
    return config


def _report(section: Section, data: DataSection, lensing: LensingSection) -> ReportSection:
    """The words of the user, and those on where ΔΣ comes from."""
    report = ReportSection.parse(section)
    if "delta_sigma" not in data.observables():
        return report
    return replace(report, notes=(*report.notes, *lensing.notes))


def _check_together(config: Config, top: Section) -> None:
    """What one section says must exist in another."""
    space = config.model.space()
    top.table("fit").checked(lambda: space.check_start(config.fit.start))
    if config.fit.starts > 1:
        top.table("fit").checked(space.check_proper)
    forecast = top.table("forecast")
    forecast.checked(lambda: config.forecast.check(space, config.data.observables()))
    if config.data.synthetic is not None:
        synthetic = top.table("data").table("synthetic")
        synthetic.checked(lambda: space.complete(config.data.synthetic.truth))
    elif config.fit.start_sigma is not None:
        raise top.table("fit").error(
            "start_sigma counts from a known truth: it needs [data.synthetic]; give start instead"
        )
