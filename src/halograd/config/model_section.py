"""`[model]`: how galaxies live in halos, and which parameters are free."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halograd.config.section import Section

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog
    from halograd.models import GalaxyHaloModel, ParameterSpace
    from halograd.models.priors import Prior

KINDS = ("sham", "smhm")
ABUNDANCES = ("catalog", "bolshoi_planck")
KERNELS = ("triweight", "normal")
PRIORS = ("uniform", "normal")


@dataclass(frozen=True)
class ModelSection:
    """A galaxy–halo model and its parameters.

    Attributes:
        kind: "sham" (abundance matching) or "smhm" (a parametric mean relation).
        kernel: "triweight" or "normal".
        abundance: For sham: the abundance of the halos, "catalog" (counted) or
            "bolshoi_planck" (a formula).
        redshift: For bolshoi_planck; that of the catalogue where None.
        method: For sham: how the relation is found; the default of the model where None.
        parameters: Changes to the parameters by name: value, low, high, free, prior, tied, offset.
    """

    kind: str
    kernel: str
    abundance: str
    redshift: float | None
    method: str | None
    parameters: Mapping[str, Mapping[str, Any]]

    @classmethod
    def parse(cls, section: Section) -> "ModelSection":
        """The checked section."""
        kind = section.text("kind", choices=KINDS)
        sham_keys = ("abundance", "redshift", "method") if kind == "sham" else ()
        section.only("kind", "kernel", *sham_keys, "parameters")
        if "redshift" in section and section.content.get("abundance") != "bolshoi_planck":
            raise section.error('redshift goes with abundance = "bolshoi_planck": remove it')
        parsed = cls(
            kind=kind,
            kernel=section.text("kernel", "triweight", choices=KERNELS),
            abundance=section.text("abundance", "catalog", choices=ABUNDANCES),
            redshift=section.number("redshift", None, above=-1),
            method=section.text("method", None),
            parameters=_parameters(section.table("parameters")),
        )
        section.table("parameters").checked(parsed.space)
        if parsed.method is not None:
            section.checked(parsed.try_method)
        return parsed

    def space(self) -> "ParameterSpace":
        """The parameters of the model with the changes of the section."""
        from halograd import models, sham

        if self.kind == "smhm":
            model = models.SmhmModel(kernel=self.kernel)
        else:
            model = models.ShamModel(sham.bolshoi_planck())
        return model.space.replace(**self.parameters)

    def try_method(self) -> None:
        """Trace the model without computing anything; HalogradError for an unknown method."""
        import jax

        from halograd import models, sham

        model = models.ShamModel(sham.bolshoi_planck(), method=self.method)
        jax.eval_shape(model.mean_log_mstar, model.space.defaults, jax.numpy.zeros(1))

    def build(self, halos: "HaloCatalog") -> "GalaxyHaloModel":
        """The model, for the halos it will populate."""
        from halograd import models, sham

        if self.kind == "smhm":
            return models.SmhmModel(kernel=self.kernel)
        if self.abundance == "catalog":
            abundance = sham.from_catalog(halos)
        else:
            redshift = halos.redshift if self.redshift is None else self.redshift
            abundance = sham.bolshoi_planck(redshift)
        method = {} if self.method is None else {"method": self.method}
        return models.ShamModel(abundance, kernel=self.kernel, **method)


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
