"""The configuration files of AbacusHOD, read as they are."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from halograd import _checks
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import ConfigError, HalogradError
from halograd.models.hod.abacus import AbacusELG, AbacusLRG, AbacusOccupation, AbacusQSO
from halograd.models.hod.abacus_tracers import AbacusTracers
from halograd.models.model import GalaxyHaloModel

_TRACERS = {"LRG": AbacusLRG, "ELG": AbacusELG, "QSO": AbacusQSO}
_CONFORMITY = ("logM1_EE", "alpha_EE", "logM1_EL", "alpha_EL")
# What the files may also say, by the value at which it says nothing.
_NEUTRAL = {
    "alpha_c": 0.0,
    "alpha_s": 1.0,
    "Ccent": 0.0,
    "Csat": 0.0,
    "logM_cut_pr": 0.0,
    "logM1_pr": 0.0,
}
_WITHOUT_EFFECT = ("z_pivot", "f_sigv", "exp_frac", "exp_scale", "nfw_rescale")  # on particles
_FLAGS = {"want_shear": False, "want_expvel": False, "want_nfw": False}
_KNOWN = ("tracer_flags", "want_ranks", "want_AB", "want_rsd", "write_to_disk", "density_sigma")


def read_abacus_yaml(
    path: str | os.PathLike[str], *, ignore: Iterable[str] = ()
) -> AbacusOccupation | AbacusTracers:
    """The model that a configuration file of AbacusHOD describes, its values the defaults.

    Tracers whose flag is set are taken from `LRG_params`, `ELG_params` and `QSO_params` of
    `HOD_params`; `want_AB` turns assembly bias on, `want_ranks` the preference of satellites by
    ranks. Everything outside `HOD_params` is passed over.

    Args:
        path: The YAML file.
        ignore: Settings to pass over although the model has nothing like them, such as "alpha_c",
            the velocity bias of centrals. That of satellites, "alpha_s", belongs to the tracers:
            `Tracers.with_satellite_velocities`.

    Raises:
        ConfigError: For a file that is no YAML, unknown keys, and settings that the model has
            nothing like, all of them named.
    """
    path, ignore = Path(path), tuple(ignore)
    section = _section(path)
    flags = section.get("tracer_flags")
    if not isinstance(flags, Mapping):
        raise ConfigError(f"{path}: HOD_params has no tracer_flags, such as LRG: True; add them")
    names = [name for name in _TRACERS if flags.get(name)]
    other = [name for name, wanted in flags.items() if wanted and name not in _TRACERS]
    if other or not names:
        raise ConfigError(
            f"{path}: tracer_flags turn on {', '.join(map(str, other)) or 'no tracer'}, and there "
            f"are {', '.join(_TRACERS)}: turn on one of these"
        )
    known = (*_KNOWN, *_FLAGS, *(f"{name}_params" for name in _TRACERS))
    _checks.known_keys(f"{path}: HOD_params", section, known, ConfigError)
    unsupported = [key for key, off in _FLAGS.items() if section.get(key, off) != off]
    bias, ranks = bool(section.get("want_AB", False)), bool(section.get("want_ranks", False))
    found, values = [], {}
    for name in names:
        given = _parameters(path, name, section.get(f"{name}_params"))
        unsupported += [
            f"{name} {key}" for key, off in _NEUTRAL.items() if given.get(key, off) != off
        ]
        tracer = _TRACERS[name](assembly_bias=bias, ranks=ranks)
        values[name] = {key: given[key] for key in tracer.space.names if key in given}
        if name == "ELG":
            values[name] |= {key: given[key] for key in _CONFORMITY if key in given}
        found.append(tracer)
    unsupported = [one for one in unsupported if one.split()[-1] not in ignore]
    if unsupported:
        raise ConfigError(
            f"{path}: the model has nothing like {', '.join(unsupported)}; set them to what has no "
            'effect, or pass them over by ignore = ["alpha_c"] and the like'
        )
    return _model(path, names, found, values)


class AbacusYaml(GalaxyHaloModel):
    """The model that the configuration file of AbacusHOD of a [model] section describes."""

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: HaloCatalog | None) -> GalaxyHaloModel:
        """The model of the file.

        Args:
            options: `file`, and `ignore`, a list, as in `read_abacus_yaml`.
            halos: The catalogue, or None.

        Raises:
            ConfigError: As `read_abacus_yaml`.
        """
        _checks.known_keys("the model", options, ("file", "ignore"), ConfigError)
        if not isinstance(options.get("file"), str):
            raise ConfigError("the model needs file, the path of a YAML file of AbacusHOD: add it")
        return read_abacus_yaml(options["file"], ignore=options.get("ignore", ()))


def _section(path: Path) -> Mapping[str, Any]:
    """HOD_params of the file, or of its section `hod`, or the file where it is nothing else."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as cause:
        raise ConfigError(f"{path} cannot be read: {cause}") from cause
    except yaml.YAMLError as cause:
        told = " ".join(str(cause).split())
        raise ConfigError(f"{path} is no YAML: {told}") from cause
    for key in ("hod", "HOD_params"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or "tracer_flags" not in content:
        raise ConfigError(f"{path} has no section HOD_params with tracer_flags, as of AbacusHOD")
    return content


def _parameters(path: Path, name: str, given: Any) -> dict[str, float]:
    """The numbers of one tracer, all of their names known."""
    if not isinstance(given, Mapping):
        raise ConfigError(f"{path}: {name} is turned on, but there is no section {name}_params")
    full = _TRACERS[name](assembly_bias=True, ranks=True).space.names
    extra = _CONFORMITY if name == "ELG" else ()
    known = (*full, *extra, *_NEUTRAL, *_WITHOUT_EFFECT)
    _checks.known_keys(f"{path}: {name}_params", given, known, ConfigError)
    found = {}
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ConfigError(f"{path}: {key} of {name}_params must be a number, got {value!r}")
        found[key] = float(value)
    required = {p.name for p in _TRACERS[name].own} - {"ic", "A_s"}
    missing = sorted(required - set(found))
    if missing:
        raise ConfigError(f"{path}: {name}_params needs {', '.join(missing)}: add them")
    return found


def _model(
    path: Path,
    names: list[str],
    found: list[AbacusOccupation],
    values: dict[str, dict[str, float]],
) -> AbacusOccupation | AbacusTracers:
    """One tracer, or several together, with the values of the file as their defaults."""
    own, bias = values.get("ELG", {}), found[0].assembly_bias is not None
    letters = ("EE", "EL") if "LRG" in names else ("EE",)
    # Where a file says nothing, satellites do not know the central.
    of_types = {
        f"{name}_{type_}": own.get(f"{name}_{type_}", own[name])
        for type_ in letters
        for name in ("logM1", "alpha")
        if own
    }
    conformity = any(value != own[key.partition("_")[0]] for key, value in of_types.items())
    for key in _CONFORMITY:
        own.pop(key, None)
    if conformity:
        own |= of_types
    if len(found) > 1:
        model = AbacusTracers(tuple(found), conformity=conformity)
        start = {f"{name}_{key}": v for name in names for key, v in values[name].items()}
    else:
        model, start = found[0], values[names[0]]
        if conformity:
            model = AbacusELG(assembly_bias=bias, ranks=model.ranks, conformity=True)
    try:
        return model.starting_at(start)
    except HalogradError as cause:
        raise ConfigError(f"{path}: {cause}") from cause
