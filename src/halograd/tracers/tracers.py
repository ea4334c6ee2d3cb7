"""A catalogue of the places where galaxies may be: centres of hosts, and places of satellites."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from halograd import _checks
from halograd.catalogs._columns import freeze, integers, numbers
from halograd.catalogs.derived import host_row, satellite_share
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.errors import CatalogError

IS_POINT = "is_point"
"""The column that is True for places without matter of their own: particles, points."""

SATELLITE_PLACES, VELOCITY_FACTOR = "satellite places", "satellite velocity factor"
"""Keys of `provenance`: what the places are, and what was made of their velocities."""

_OF_CATALOG = ("boxsize", "redshift", "mass_proxy", "cosmology", "particles", "analytic_matter")


class Tracers(HaloCatalog):
    """Places of galaxies in a periodic box: a `HaloCatalog` whose rows are hosts, then satellites.

    Everything that takes a catalogue takes tracers. The rows that are not satellites are the
    centres of the hosts, and `host_index` links each satellite place to its host. Beside the
    columns of the catalogue there are

    - `host_log_mass`: log10 mass of the host, Msun/h, which models of halo occupation take. It is
      the `log_mpeak` of the host's row.
    - `satellite_share`: the share of the host's satellite galaxies that a place gets; the shares
      in a host sum to 1, and centres have 0.
    - `is_point`: whether a place has no matter of its own, as particles and points of a profile
      have none. Their `log_mpeak` is that of the host.

    Places of satellites other than subhalos carry the further columns of their host.
    """

    @property
    def hosts(self) -> HaloCatalog:
        """The centres of the hosts alone."""
        return self[~self.is_satellite]

    @property
    def without_places(self) -> np.ndarray:
        """Whether each row is a host that has no place for a satellite. (n,)"""
        has_places = np.zeros(len(self), bool)
        has_places[host_row(self)[self.is_satellite]] = True
        return ~self.is_satellite & ~has_places

    def with_satellite_velocities(self, factor: float) -> Self:
        """The same places, with satellites `factor` times as fast relative to their hosts.

        This is the velocity bias α_s of satellites: v = v_host + α_s (v_place - v_host).

        Raises:
            CatalogError: Where there are no velocities.
        """
        if self.velocities is None:
            raise CatalogError("a velocity bias needs velocities: read a catalogue that has them")
        factor, hosts = _checks.number("factor", factor, CatalogError), host_row(self)
        moving = self.velocities[hosts]
        before = float(self.provenance.get(VELOCITY_FACTOR, 1.0))
        return replace(
            self,
            velocities=moving + factor * (self.velocities - moving),
            provenance={**self.provenance, VELOCITY_FACTOR: repr(before * factor)},
        )


def from_subhalos(halos: HaloCatalog, weights: ArrayLike | None = None) -> Tracers:
    """The hosts of a catalogue with its own subhalos as places of satellites.

    A satellite whose host is not in the catalogue is left out, as its `provenance` says. The
    galaxies that a model expects in satellites of a host without any subhalo have no place, and
    are lost: `models.HaloOccupation.lost_satellites` gives their fraction.

    Args:
        halos: The catalogue, with `host_index` or without satellites.
        weights: (n_halo,), what the shares of a host's satellites are in proportion to, such as a
            power of the subhalo's mass; equal shares where None.
    """
    known = host_row(halos) >= 0
    if weights is not None:
        weights = numbers("weights", weights)
        _checks.shape("weights", weights, (len(halos),), CatalogError)
        weights = weights[known]
    kept = halos if known.all() else halos[known]
    order = np.argsort(kept.is_satellite, kind="stable")
    kept = kept[order]
    share = satellite_share(kept, None if weights is None else weights[order])
    hosts = host_row(kept)
    notes = {
        SATELLITE_PLACES: "subhalos",
        "satellites without a host": f"{int((~known).sum())} of {int(halos.is_satellite.sum())}",
    }
    return _tracers(
        kept,
        positions=kept.positions,
        velocities=kept.velocities,
        log_mpeak=kept.log_mpeak,
        is_satellite=kept.is_satellite,
        halo_id=kept.halo_id,
        host_index=hosts,
        extra={
            **kept.extra,
            "host_log_mass": kept.log_mpeak[hosts],
            "satellite_share": share,
            IS_POINT: np.zeros(len(kept), bool),
        },
        provenance={**kept.provenance, **notes},
    )


def from_particles(
    halos: HaloCatalog,
    positions: ArrayLike,
    host: ArrayLike,
    *,
    velocities: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    columns: Mapping[str, ArrayLike] | None = None,
) -> Tracers:
    """The central halos of a catalogue with particles as places of their satellites.

    Args:
        halos: The catalogue; its subhalos are left out.
        positions: (n, 3), of the particles, comoving Mpc/h, in the box.
        host: (n,), the row of each particle's host in `halos`, or its `halo_id` where the
            catalogue has identifiers.
        velocities: (n, 3), peculiar, km/s; needed where the catalogue has velocities and redshift
            space is predicted.
        weights: (n,), what the shares of a host's satellites are in proportion to; equal shares
            where None.
        columns: Further columns of the particles by name, (n, ...), such as the ranks that
            `particle_ranks` makes; hosts have 0 there.

    Raises:
        CatalogError: For particles without a host in the catalogue, and arrays of other lengths.
    """
    centres = np.flatnonzero(~halos.is_satellite)
    places = numbers("positions", positions, "comoving Mpc/h")
    if places.ndim != 2:
        raise CatalogError(f"positions of particles must be (n, 3), got shape {places.shape}")
    row = host_places(halos, centres, host, len(places))
    kept = halos[centres]
    speeds = None
    if velocities is not None and kept.velocities is not None:
        speeds = numbers("velocities", velocities, "km/s")
        _checks.shape("velocities", speeds, places.shape, CatalogError)
    elif kept.velocities is not None:
        kept = replace(kept, velocities=None)
    return with_places(
        kept, places, row, speeds, weights=weights, columns=columns or {}, what="particles"
    )


def with_places(
    hosts: HaloCatalog,
    positions: np.ndarray,
    row: np.ndarray,
    velocities: np.ndarray | None,
    *,
    weights: ArrayLike | None,
    columns: Mapping[str, ArrayLike],
    what: str,
    notes: Mapping[str, str] | None = None,
) -> Tracers:
    """Hosts with places of satellites below them.

    Args:
        hosts: Centrals alone.
        positions: (n, 3), comoving Mpc/h.
        row: (n,), the row of the host of each place.
        velocities: (n, 3), km/s, or None as those of the hosts.
        weights: (n,), of shares, or None for equal ones.
        columns: Further columns of the places, by name; hosts have 0 there.
        what: The places are, for the provenance.
        notes: More for the provenance.
    """
    n_host, n = len(hosts), len(positions)
    of_hosts = np.concatenate([np.arange(n_host), row])
    extra = {name: values[of_hosts] for name, values in hosts.extra.items()}
    for name, given in columns.items():
        values = np.asarray(given)
        if values.ndim == 0 or len(values) != n:
            raise CatalogError(
                f"the column {name!r} must have a row for each of {n} {what}, got {values.shape}"
            )
        at_hosts = np.zeros((n_host, *values.shape[1:]), values.dtype)
        extra[name] = np.concatenate([at_hosts, values])
    if weights is not None:
        weights = numbers("weights", weights)
        _checks.shape("weights", weights, (n,), CatalogError)
        weights = np.concatenate([np.zeros(n_host), weights])
    bare = _tracers(
        hosts,
        positions=np.concatenate([hosts.positions, positions]),
        velocities=None if velocities is None else np.concatenate([hosts.velocities, velocities]),
        log_mpeak=hosts.log_mpeak[of_hosts],
        is_satellite=np.arange(n_host + n) >= n_host,
        halo_id=None if hosts.halo_id is None else hosts.halo_id[of_hosts],
        host_index=of_hosts,
        extra={},
        provenance={**hosts.provenance, SATELLITE_PLACES: what, **(notes or {})},
    )
    extra |= {
        "host_log_mass": bare.log_mpeak,
        "satellite_share": satellite_share(bare, weights),
        IS_POINT: bare.is_satellite,
    }
    return replace(bare, extra=extra)


def _tracers(halos: HaloCatalog, **columns: object) -> Tracers:
    """Tracers with these columns in the box of a catalogue."""
    arrays = [value for value in columns.values() if isinstance(value, np.ndarray)]
    freeze(arrays)
    return Tracers(**columns, **{name: getattr(halos, name) for name in _OF_CATALOG})


def host_places(halos: HaloCatalog, centres: np.ndarray, host: ArrayLike, n: int) -> np.ndarray:
    """The place of each particle's host among the centres. (n,)"""
    given = integers("host", host)
    _checks.shape("host", given, (n,), CatalogError)
    known = centres if halos.halo_id is None else halos.halo_id[centres].astype(np.int64)
    order = np.argsort(known, kind="stable")
    ordered = known[order]
    place = np.minimum(np.searchsorted(ordered, given), max(len(ordered) - 1, 0))
    lost = np.ones(n, bool) if not len(ordered) else ordered[place] != given
    if lost.any():
        by = "row" if halos.halo_id is None else "halo_id"
        raise CatalogError(
            f"{int(lost.sum())} of {n} particles have no host: host must be the {by} of a central "
            f"halo of the catalogue, but {given[lost][0]} is none; leave these particles out"
        )
    return order[place]
