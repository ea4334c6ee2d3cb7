"""Samples whose galaxies would live in halos lighter than the catalogue holds."""

from collections.abc import Iterable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from halograd import sham
from halograd.catalogs.completeness import turnover_mass
from halograd.catalogs.halo_catalog import HaloCatalog
from halograd.models.model import GalaxyHaloModel, expected_galaxies
from halograd.models.parameters import Theta
from halograd.samples import Sample

_LEAST = 0.02  # of the galaxies, below which nothing is said
_STEP, _DEPTH = 0.05, 3.0  # dex below the lightest halo
_LIKE = 0.3  # dex: halos this close to the lightest stand for those that are lighter
_N_LIKE, _N_PRESENT = 64, 50_000  # halos looked at, at most
_FADED = 0.1  # of the weight at the lightest halo that may be left at the end of the depth


class IncompleteSample(NamedTuple):
    """A sample that the catalogue holds a part of.

    Attributes:
        sample: Which one.
        fraction: The part of its galaxies that would live in halos that are not there.
        log_mass: The lightest mass of which the catalogue has all halos, log10 Msun/h.
    """

    sample: Sample
    fraction: float
    log_mass: float


def incomplete_samples(
    halos: HaloCatalog, model: GalaxyHaloModel, theta: Theta, samples: Iterable[Sample]
) -> tuple[IncompleteSample, ...]:
    """Samples of which 2 % of the galaxies or more would live below the lightest halo.

    The abundance of halos is continued as `sham.from_catalog` does, below the lightest one or the
    turnover of the mass function, and the model evaluated there, on halos that are otherwise like
    the lightest of the catalogue. Samples without a lower limit in stellar mass hold whatever
    halos there are, and are not judged; nor are models whose galaxies do not grow rarer with
    `log_mpeak`, because they look at another property.

    Args:
        halos: The catalogue.
        model: Galaxy–halo model.
        theta: Parameter values by name; defaults stand in for the missing.
        samples: What is counted; crosses do not belong here, their members do.
    """
    judged = tuple(s for s in dict.fromkeys(samples) if np.isfinite(s.low))
    needs = (model.needs,) if isinstance(model.needs, str) else model.needs
    if not judged or len(halos) < 2 or "log_mpeak" not in needs or model.is_correlated:
        return ()
    rng = np.random.default_rng(0)
    turnover = turnover_mass(halos.log_mpeak)
    limit = float(halos.log_mpeak.min() if turnover is None else turnover)
    is_complete = halos.log_mpeak >= limit
    there = rng.permutation(len(halos))[:_N_PRESENT]
    like = np.flatnonzero(is_complete & (halos.log_mpeak < limit + _LIKE))
    like = rng.permutation(like)[:_N_LIKE]
    edges = limit - np.arange(0.0, _DEPTH + _STEP / 2, _STEP)
    middles = (edges[1:] + edges[:-1]) / 2
    # All in one evaluation: a relation may take seconds to solve.
    rows = np.concatenate([there, np.tile(like, len(middles))])
    columns = {name: values[rows] for name, values in halos.columns(needs).items()}
    columns["log_mpeak"][len(there) :] = np.repeat(middles, len(like))
    ready = {name: jnp.asarray(values) for name, values in columns.items()}
    weights = np.asarray(expected_galaxies(model, theta, ready, judged), np.float64)
    weights, by_mass = weights[: len(there)], weights[len(there) :]
    by_mass = by_mass.reshape(len(middles), len(like), -1).mean(axis=1)
    log_n = sham.from_catalog(halos[is_complete]).log_cumulative_density(edges)
    missing = np.diff(10 ** np.asarray(log_n, np.float64)) @ by_mass
    for_each = len(halos) / len(there) / halos.volume
    missing -= weights[~is_complete[there]].sum(axis=0) * for_each
    total = missing + weights.sum(axis=0) * for_each
    fractions = missing / np.maximum(total, 1e-30)
    fades = by_mass[-1] <= _FADED * by_mass.max(axis=0)
    return tuple(
        IncompleteSample(sample, float(fraction), limit)
        for sample, fraction, is_faded in zip(judged, fractions, fades, strict=True)
        if is_faded and fraction >= _LEAST
    )


def incompleteness_sentence(found: Iterable[IncompleteSample]) -> str | None:
    """One sentence about all incomplete samples, None where there is none."""
    found = tuple(found)
    parts = [f"{one.fraction:.0%} of the galaxies of {one.sample.name}" for one in found]
    if not parts:
        return None
    return (
        f"{', '.join(parts)} would live in halos below the lightest that the catalogue has all "
        f"of, 10^{found[0].log_mass:.1f} Msun/h, and are missing from the prediction: take lighter "
        "halos, or samples of more massive galaxies"
    )
