"""`[lensing]`: which matter ΔΣ is predicted from."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from halograd.config.section import Section

if TYPE_CHECKING:
    from halograd.catalogs import AnalyticMatter, HaloCatalog

SOURCES = ("particles", "analytic")
_SUBSAMPLE_KEYS = ("particle_fraction", "max_particles", "seed", "noise_in_covariance")
_ANALYTIC_KEYS = ("mass_definition", "concentration", "bound_fraction", "two_halo")


@dataclass(frozen=True)
class LensingSection:
    """The matter behind ΔΣ.

    Attributes:
        analytic: The halo model that stands in for particles, or None to count particles.
        particle_fraction: Fraction of the particles to take, or None.
        max_particles: The most of them to take, or None.
        seed: Seed of the draw of particles.
        noise_in_covariance: Whether the noise of that draw, or of the one that the catalogue came
            with, is added to the covariance of data.
    """

    analytic: "AnalyticMatter | None" = None
    particle_fraction: float | None = None
    max_particles: int | None = None
    seed: int = 0
    noise_in_covariance: bool = False

    @classmethod
    def parse(cls, section: Section) -> "LensingSection":
        """The checked section."""
        if section.text("source", "particles", choices=SOURCES) == "analytic":
            section.only("source", *_ANALYTIC_KEYS)
            return cls(analytic=_analytic(section))
        section.only("source", *_SUBSAMPLE_KEYS)
        found = cls(
            None,
            _fraction(section),
            section.integer("max_particles", None, minimum=1, maximum=10**12),
            section.integer("seed", cls.seed),
            section.flag("noise_in_covariance", cls.noise_in_covariance),
        )
        _check_subsample(section, found)
        return found

    @property
    def subsamples(self) -> bool:
        """Whether a part of the particles is asked for."""
        return self.particle_fraction is not None or self.max_particles is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of a report must know."""
        if self.analytic is not None:
            return (
                f"ΔΣ is {self.analytic}. It stands in for particles: on its accuracy see the page "
                "on lensing in the documentation.",
            )
        if not self.subsamples:
            return ()
        noise = "is in" if self.noise_in_covariance else "is not in"
        return (
            "ΔΣ is counted from a random part of the particles; the noise this adds stands in the "
            f"summary, and {noise} the covariance of the data.",
        )

    def applied(self, halos: "HaloCatalog") -> "HaloCatalog":
        """The catalogue with the matter that is asked for.

        A fraction of the particles is drawn before, while they are read or made:
        `CatalogSection.build`.

        Raises:
            HalogradError: Where a part of the particles is wanted and there are none.
        """
        if self.analytic is not None:
            return replace(halos, analytic_matter=self.analytic)
        if self.max_particles is None:
            return halos
        if halos.particles is None:
            from halograd.errors import ConfigError

            raise ConfigError(
                "[lensing] asks for a part of the particles, but the catalogue has none: set "
                'particles in [catalog], or source = "analytic"'
            )
        matter = halos.particles.subsample(n_max=self.max_particles, seed=self.seed)
        return replace(halos, particles=matter)


def _analytic(section: Section) -> "AnalyticMatter":
    from halograd.catalogs import AnalyticMatter

    default = AnalyticMatter()
    return section.checked(
        lambda: AnalyticMatter(
            mass_definition=section.text("mass_definition", default.mass_definition),
            concentration=section.text("concentration", default.concentration),
            bound_fraction=section.number("bound_fraction", default.bound_fraction),
            two_halo=section.flag("two_halo", default.two_halo),
        )
    )


def _fraction(section: Section) -> float | None:
    fraction = section.number("particle_fraction", None, above=0)
    if fraction is not None and fraction > 1:
        raise section.error(f"particle_fraction must be above 0 and up to 1, got {fraction:g}")
    return fraction


def _check_subsample(section: Section, found: LensingSection) -> None:
    if found.particle_fraction is not None and found.max_particles is not None:
        raise section.error("give particle_fraction or max_particles, not both")
    if "seed" in section and not found.subsamples:
        raise section.error(
            "seed goes with particle_fraction or max_particles: add one, or remove seed"
        )
