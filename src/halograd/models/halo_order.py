"""The order of the halos of a catalogue in a property, as a smooth function of its parameters."""

import itertools
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from halograd import sham
from halograd.errors import HalogradError
from halograd.models.model import Columns
from halograd.models.parameters import Theta
from halograd.models.proxies import Proxy, proxy_named
from halograd.sham.kernel_rank import RankGrid

if TYPE_CHECKING:
    from halograd.catalogs import HaloCatalog

_STEP = 0.005  # dex of abundance in a cell of the grid, on average
_FEWEST_CELLS = 64
_BEYOND = 0.02  # of the span of the halos, by which the grid goes beyond them
_LEAST_RANK = 0.5  # of a halo above all others


class HaloOrder(eqx.Module):
    """How rare each halo of a catalogue is, by a property with parameters.

    It keeps the columns of the whole catalogue, so that halos can be ranked a few at a time.

    Args:
        halos: The whole catalogue; None leaves an order that knows what it needs and no halos.
        proxy: The property, or its name: "v_alpha", "concentrated_mass", or that of a column.

    Attributes:
        abundance: Of the halos by `log_mpeak`, or None.

    Raises:
        CatalogError: For a column that the catalogue does not have.
        HalogradError: For a property that is not finite or the same for all halos, or whose
            parameters have no finite bounds.
    """

    proxy: Proxy
    abundance: sham.SubhaloAbundance | None
    _catalog: dict[str, np.ndarray] | None
    _grid: RankGrid | None = eqx.field(static=True)
    _volume: float = eqx.field(static=True)

    def __init__(self, halos: "HaloCatalog | None", proxy: Proxy | str) -> None:
        self.proxy = proxy_named(proxy) if isinstance(proxy, str) else proxy
        if not isinstance(self.proxy, Proxy):
            raise HalogradError(
                "proxy must be a models.Proxy, the name of one, or that of a column; got "
                f"{self.proxy!r}"
            )
        self._catalog = self._grid = self.abundance = None
        self._volume = 0.0
        if halos is None:
            return
        columns = halos.columns(self.proxy.needs)
        self._catalog = {name: np.asarray(values) for name, values in columns.items()}
        self._grid = _grid(self.proxy, self._catalog, len(halos))
        self._volume = halos.volume
        self.abundance = sham.from_catalog(halos)

    def log_cumulative_density(self, theta: Theta, columns: Columns) -> jax.Array:
        """log10 of the number density of halos above each one, (Mpc/h)^-3. (n,)

        Args:
            theta: The parameters of the property, by name; others are not looked at.
            columns: What the property needs, each (n,): of halos of the catalogue.
        """
        if self._catalog is None:
            raise HalogradError("this order was made without halos: give it the catalogue")
        everywhere = {name: jnp.asarray(values) for name, values in self._catalog.items()}
        counts = self._grid.counts(self.proxy.values(theta, everywhere))
        ranks = self._grid.ranks(self.proxy.values(theta, columns), counts)
        return jnp.log10(jnp.maximum(ranks, _LEAST_RANK) / self._volume)


def _grid(proxy: Proxy, columns: Columns, n_halo: int) -> RankGrid:
    """A grid that holds the property of all halos at every corner of its parameters' bounds."""
    corners = [(p.low, p.high, p.value) for p in proxy.parameters]
    if not np.isfinite(corners).all():
        raise HalogradError(
            "the parameters of what halos are ranked by need finite bounds: give low and high to "
            f"{', '.join(p.name for p in proxy.parameters)}"
        )
    ends = []
    for values in itertools.product(*corners):
        theta = {p.name: value for p, value in zip(proxy.parameters, values, strict=True)}
        found = np.asarray(proxy.values(theta, columns), np.float64)
        if found.shape != (n_halo,) or not np.isfinite(found).all():
            raise HalogradError(
                f"what halos are ranked by must be a finite number for each of the {n_halo} halos, "
                f"got shape {found.shape} with {int((~np.isfinite(found)).sum())} that are not "
                "finite"
            )
        ends += [found.min(initial=np.inf), found.max(initial=-np.inf)]
    low, high = min(ends), max(ends)
    margin = _BEYOND * (high - low)
    n_cell = max(int(np.log10(max(n_halo, 10)) / _STEP), _FEWEST_CELLS)
    return RankGrid.spanning(low - margin, high + margin, n_cell)
