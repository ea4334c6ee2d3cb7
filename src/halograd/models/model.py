"""What every galaxy–halo model offers: columns in, the expected galaxies of each sample out."""

import abc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd import _checks
from halograd.errors import ConfigError, HalogradError
from halograd.models.parameters import ParameterSpace, Theta, check_single
from halograd.registries import MODELS
from halograd.samples import Sample

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog

Columns = Mapping[str, jax.Array]
"""Properties of halos by name, each (n,); what a catalogue calls them."""


class HostPairs(NamedTuple):
    """Mean numbers of ordered pairs of a galaxy of a first with one of a second sample in a host.

    Satellites are spread over the places of the host by the functions f_m of
    `GalaxyHaloModel.place_functions`: a pair of places k, l has the part f_m(k) f_n(l) of the
    numbers m, n.

    Attributes:
        central_satellite: (n, n_function), a central of the first with satellites of the second.
        satellite_central: (n, n_function), satellites of the first with a central of the second.
        satellite_satellite: (n, n_function, n_function), satellites of the first with other
            satellites of the second.
    """

    central_satellite: jax.Array
    satellite_central: jax.Array
    satellite_satellite: jax.Array


class GalaxyHaloModel(eqx.Module):
    r"""Expected numbers of galaxies on halos, as a function of named parameters.

    A model names the columns of the catalogue that it looks at (`needs`) and its parameters
    (`space`), and turns both into the expected number of galaxies of each sample on each halo
    (`weights`). Nothing else is required. Number densities and lensing are linear in these
    weights; pair counts are bilinear,

    $$ E[DD] = \sum_{i \ne j} W_i W_j [ij \in bin], $$

    exactly where the galaxies of different halos are drawn independently of one another, given
    the columns; a model whose galaxies within a host vary together says how, by `host_pairs`.
    Models compose by wrapping: a model that holds another passes its weights on, changed.

    Attributes:
        needs: The names of the columns it looks at.
        kinds: The kinds of galaxies it can name in a `Sample`, of which every galaxy has one at
            most, besides "all"; None leaves that to `weights`.
        kind_parts: Further names of kinds, which may overlap, each with the parts that make it
            up; the parts exclude one another, and `kinds` are among the names. Empty where
            `kinds` are all there are.
        has_stellar_mass: Whether samples may be limited in stellar mass.
        independent: Whether the galaxies of different halos are independent given the columns.
            Predictions of pairs, and mock galaxies, are refused where they are not.
        is_correlated: Whether galaxies of one host vary together, so that `host_pairs` says how
            many pairs they make; the columns then have the row of the host, `host_row`.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[tuple[str, ...] | None] = None
    kind_parts: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    has_stellar_mass: ClassVar[bool] = True
    independent: ClassVar[bool] = True
    is_correlated: ClassVar[bool] = False

    @property
    @abc.abstractmethod
    def space(self) -> ParameterSpace:
        """The parameters with their defaults and bounds."""

    @abc.abstractmethod
    def weights(self, theta: Theta, columns: Columns, samples: Sequence[Sample]) -> jax.Array:
        """The expected number of galaxies of each sample on each halo, differentiable in theta.

        Args:
            theta: The value of every parameter, by name.
            columns: The columns that `needs` names, each (n,).
            samples: What is counted.

        Returns:
            (n, n_sample).
        """

    def draw_log_mstar(self, key: jax.Array, theta: Theta, columns: Columns) -> jax.Array | None:
        """log10 stellar mass of one galaxy for each halo, Msun, (n,), where the model draws that.

        None lets mock galaxies be drawn from the weights.
        """
        return None

    def draw_parts(
        self, key: jax.Array, theta: Theta, columns: Columns
    ) -> Mapping[str, jax.Array] | None:
        """How many galaxies of each part, by its name in `kind_parts`, are on each halo. (n,) each

        None lets mock galaxies be drawn from the weights, each halo on its own.
        """
        return None

    def place_functions(self, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """How the satellites of a host are spread over its places. (n, n_function)"""
        raise NotImplementedError

    def host_pairs(
        self, theta: Theta, columns: Columns, first: Sample, second: Sample
    ) -> tuple[HostPairs, HostPairs]:
        """Expected pairs of galaxies in each host, and those of independent galaxies.

        Args:
            theta: The value of every parameter.
            columns: Those that `needs` names, of a row of each host.
            first: Sample of one galaxy of each pair.
            second: Sample of the other.
        """
        raise NotImplementedError

    def check_columns(self, columns: Mapping[str, np.ndarray]) -> None:
        """Raise HalogradError for columns that are not what the model takes them for.

        Args:
            columns: Those that `needs` names, each (n,), before a prediction.
        """

    def caveats(self, theta: Theta) -> list[str]:
        """What a reader must know before believing the model at these parameters."""
        return []

    @classmethod
    def from_config(cls, options: Mapping[str, Any], halos: "HaloCatalog | None") -> Self:
        """The model that the [model] section of a configuration asks for.

        By default the options are the fields of the class; a field that is a model itself is a
        table with a `kind` of its own.

        Args:
            options: The section without `kind` and `parameters`.
            halos: What it will live on; None where only its parameters are asked for.

        Raises:
            ConfigError: For an option that the model does not have, or lacks.
        """
        own = {f.name: f for f in fields(cls) if f.init}
        _checks.known_keys("the model", options, own, ConfigError)
        missing = [f.name for f in own.values() if _checks.is_required(f) and f.name not in options]
        if missing:
            raise ConfigError(f"the model needs {', '.join(missing)}: add it")
        return cls(**{name: _from_option(value, halos) for name, value in options.items()})


def _from_option(value: Any, halos: "HaloCatalog | None") -> Any:
    """A value of a configuration, or the model that a table with a `kind` describes."""
    if not (isinstance(value, Mapping) and "kind" in value):
        return value
    options = {name: option for name, option in value.items() if name != "kind"}
    return MODELS[value["kind"]].from_config(options, halos)


def check_samples(model: GalaxyHaloModel, samples: Iterable[Sample]) -> None:
    """Raise HalogradError for a sample that the model says it cannot count."""
    name, kinds = type(model).__name__, model.kinds
    if model.kind_parts:
        kinds = tuple(model.kind_parts)
    for sample in samples:
        if kinds is not None and sample.kind not in {"all", *kinds}:
            others = ", ".join(f"{kind!r}" for kind in kinds)
            raise HalogradError(
                f"{name} has no galaxies of kind {sample.kind!r}"
                + (_checks.nearest(sample.kind, kinds) or "")
                + (f"; its kinds are {others}" if others else ": all its galaxies are of one kind")
            )
        if sample.has_range and not model.has_stellar_mass:
            raise HalogradError(
                f"{name} knows no stellar masses, but a sample has {sample.name}: name a kind alone"
            )


def expected_galaxies(
    model: GalaxyHaloModel, theta: Theta, columns: Columns, samples: Sequence[Sample]
) -> jax.Array:
    """The weights of a model, its answer checked: (n, n_sample).

    Raises:
        HalogradError: For samples that the model cannot count, an unknown parameter, and an
            answer of another shape.
    """
    samples = tuple(samples)
    check_samples(model, samples)
    columns = {name: jnp.asarray(values) for name, values in columns.items()}
    theta = model.space.complete(theta)
    check_single(theta)
    weights = model.weights(theta, columns, samples)
    n = {len(values) for values in columns.values()}
    shape = getattr(weights, "shape", None)
    wanted = f"({n.pop() if len(n) == 1 else 'n'}, {len(samples)})"
    if shape is None or len(shape) != 2 or wanted != f"({shape[0]}, {shape[1]})":
        raise HalogradError(
            f"{type(model).__name__}.weights must return an array (n, n_sample) = {wanted}, one "
            f"row for each halo and one column for each sample, got {shape or type(weights)}"
        )
    return weights
