"""What installed packages may add to, by kind: models, statistics and catalogue formats."""

from typing import Any

from halograd.errors import HalogradError
from halograd.plugins import Registry


def _check_model(thing: Any) -> None:
    from halograd.models import GalaxyHaloModel

    if not (isinstance(thing, type) and issubclass(thing, GalaxyHaloModel)):
        raise HalogradError(f"a model is a subclass of models.GalaxyHaloModel, got {thing!r}")


def _check_statistic(thing: Any) -> None:
    from halograd.statistics import Statistic

    if not (isinstance(thing, type) and issubclass(thing, Statistic)):
        raise HalogradError(f"a statistic is a subclass of statistics.Statistic, got {thing!r}")


def _check_format(thing: Any) -> None:
    from halograd.catalogs import CatalogFormat

    if not (isinstance(thing, type) and issubclass(thing, CatalogFormat)):
        raise HalogradError(f"a format is a subclass of catalogs.CatalogFormat, got {thing!r}")


MODELS = Registry(
    "model",
    "halograd.models",
    {
        "sham": "halograd.models.sham_model:ShamModel",
        "smhm": "halograd.models.smhm_model:SmhmModel",
        "one_roll": "halograd.models.smhm_model:OneRollModel",
        "ranked": "halograd.models.ranked:Ranked",
        "disrupted": "halograd.models.disruption:Disrupted",
        "quenched": "halograd.models.quenching:Quenched",
        "conditional_matching": "halograd.models.conditional_matching:ConditionalMatching",
        "zheng07": "halograd.models.hod.zheng07:Zheng07",
        "abacus_lrg": "halograd.models.hod.abacus:AbacusLRG",
        "abacus_elg": "halograd.models.hod.abacus:AbacusELG",
        "abacus_qso": "halograd.models.hod.abacus:AbacusQSO",
        "leauthaud11": "halograd.models.hod.leauthaud11:Leauthaud11",
        "abacus_yaml": "halograd.models.hod.abacus_yaml:AbacusYaml",
        "abacus_tracers": "halograd.models.hod.abacus_tracers:AbacusTracers",
    },
    check=_check_model,
)
"""Galaxy–halo models by the `kind` of a [model] section."""

STATISTICS = Registry(
    "statistic",
    "halograd.statistics",
    {
        "n": "halograd.statistics.number_density:NumberDensity",
        "wp": "halograd.statistics.projected_clustering:ProjectedClustering",
        "delta_sigma": "halograd.statistics.lensing:Lensing",
        "xi": "halograd.statistics.real_space_clustering:RealSpaceClustering",
        "multipoles": "halograd.statistics.multipoles:Multipoles",
        "wedges": "halograd.statistics.wedges:Wedges",
    },
    check=_check_statistic,
)
"""Statistics by name, in the order of a data vector."""

FORMATS = Registry(
    "catalogue format",
    "halograd.formats",
    {
        "rockstar": "halograd.catalogs.rockstar:Rockstar",
        "halotools": "halograd.catalogs.halotools:Halotools",
        "universemachine": "halograd.catalogs.universemachine:UniverseMachine",
        "compaso": "halograd.catalogs.compaso:Compaso",
        "hacc": "halograd.catalogs.hacc:Hacc",
        "gadget": "halograd.catalogs.gadget:Gadget",
        "millennium": "halograd.catalogs.millennium:Millennium",
    },
    check=_check_format,
)
"""Formats of catalogues that declare their own columns, as `catalogs.read` calls them."""
