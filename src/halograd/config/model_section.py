"""`[model]`: how galaxies live in halos, and which parameters are free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halograd.config.section import Section
from halograd.registries import MODELS

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog
    from halograd.models import GalaxyHaloModel, ParameterSpace
    from halograd.models.priors import Prior

PRIORS = ("uniform", "normal")


@dataclass(frozen=True)
class ModelSection:
    """A galaxy–halo model and its parameters.

    Attributes:
        kind: The name of the model, as `halograd plugins` lists it.
        options: What the model makes itself from; its `from_config` says what there is.
        parameters: Changes to the parameters by name: value, low, high, free, prior, tied, offset.
    """

    kind: str
    options: Mapping[str, Any]
    parameters: Mapping[str, Mapping[str, Any]]

    @classmethod
    def parse(cls, section: Section) -> "ModelSection":
        """The checked section."""
        kind = section.text("kind", choices=MODELS)
        options = {k: v for k, v in section.content.items() if k not in {"kind", "parameters"}}
        if "file" in options:  # of a model, relative to the configuration
            options["file"] = str(section.path("file"))
        parsed = cls(kind, options, _parameters(section.table("parameters")))
        bare = section.checked(lambda: MODELS[kind].from_config(options, None))
        section.table("parameters").checked(lambda: bare.space.replace(**parsed.parameters))
        return parsed

    def space(self) -> "ParameterSpace":
        """The parameters of the model with the changes of the section."""
        return MODELS[self.kind].from_config(self.options, None).space.replace(**self.parameters)

    def needs(self) -> tuple[str, ...]:
        """The columns of the catalogue that the model looks at."""
        return tuple(MODELS[self.kind].from_config(self.options, None).needs)

    def build(self, halos: "HaloCatalog") -> "GalaxyHaloModel":
        """The model, for the halos it will populate."""
        return MODELS[self.kind].from_config(self.options, halos)


def _parameters(section: Section) -> dict[str, dict[str, Any]]:
    return {name: _parameter(section.table(name)) for name in section}


def _parameter(section: Section) -> dict[str, Any]:
    section.only("value", "low", "high", "free", "prior", "tied", "offset")
    change = {"value": section.number("value", None)}
    change |= {key: section.number(key, None, infinite=True) for key in ("low", "high")}
    change["free"] = section.flag("free", None)
    change["prior"] = _prior(section.table("prior")) if "prior" in section else None
    change |= _tie(section)
    return {key: value for key, value in change.items() if value is not None}


def _prior(section: Section) -> "Prior":
    from halograd.models import Normal, Uniform

    kind = section.text("kind", choices=PRIORS)
    if kind == "uniform":
        section.only("kind")
        return Uniform()
    section.only("kind", "mean", "sd")
    return Normal(section.number("mean"), section.number("sd", above=0))


def _tie(section: Section) -> dict[str, Any]:
    if "tied" not in section:
        if "offset" in section:
            raise section.error("offset goes with tied: remove it, or name the parameter to follow")
        return {}
    for key in ("value", "free", "prior"):
        if key in section:
            raise section.error(f"a tied parameter follows another: remove {key}")
    return {"tied": section.text("tied"), "offset": section.number("offset", None)}
