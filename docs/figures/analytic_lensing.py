"""Analytic ΔΣ against counted particles, by mass and radius.

Run as `python docs/figures/analytic_lensing.py [ABACUS_SNAPSHOT]`; writes
docs/images/analytic_lensing.png and prints the tables of docs/lensing.md. The snapshot, a CompaSO
folder with its particles, adds the table of an N-body box.
"""

import sys
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np

from halograd import catalogs, stats
from halograd.catalogs import HaloCatalog

mpl.use("Agg")
import matplotlib.pyplot as plt

EDGES = 0.05 * 2.0 ** np.arange(8)  # Mpc/h
MASSES = (12.0, 12.5, 13.0, 13.5, 14.0, 15.5)
# Planck 2018, the base cosmology of AbacusSummit (arXiv:2110.11398, table 2)
ABACUS = {"omega_b": 0.02237 / 0.6736**2, "sigma8": 0.807952, "n_s": 0.9649}

Stack = tuple[str, np.ndarray, np.ndarray, np.ndarray]  # title, analytic, counted, error


def stacks(halos: HaloCatalog) -> list[Stack]:
    """Mean profiles of centrals and satellites in bins of mass."""
    analytic = stats.analytic_delta_sigma_profiles(halos, EDGES)
    counted = np.asarray(stats.delta_sigma_profiles(halos.positions, halos.particles, EDGES))
    found = []
    for is_satellite in (False, True):
        for low, high in zip(MASSES[:-1], MASSES[1:], strict=True):
            rows = halos.is_satellite == is_satellite
            rows &= (halos.log_mpeak >= low) & (halos.log_mpeak < high)
            if rows.sum() < 10:
                continue
            kind = "satellites" if is_satellite else "centrals"
            error = counted[rows].std(axis=0, ddof=1) / np.sqrt(rows.sum())
            title = f"{kind} {low:g}–{high:g} ({rows.sum():,})"
            found.append((title, analytic[rows].mean(axis=0), counted[rows].mean(axis=0), error))
    return found


def show(found: list[Stack]) -> None:
    """Print analytic over counted, with the error that the counts have."""
    ranges = zip(EDGES[:-1], EDGES[1:], strict=True)
    print("|", *(f"| {low:.3g}–{high:.3g}" for low, high in ranges), "|")
    for title, analytic, counted, error in found:
        ratios = zip(analytic / counted, analytic * error / counted**2, strict=True)
        print(f"| {title}", *(f"| {ratio:.2f} ± {e:.2f}" for ratio, e in ratios), "|")


def draw(found: list[Stack], path: Path) -> None:
    """Profiles above, analytic over counted below; centrals left, satellites right."""
    figure, axes = plt.subplots(
        *(2, 2), figsize=(9, 6), sharex=True, height_ratios=[2.4, 1], layout="constrained"
    )
    radii = np.sqrt(EDGES[1:] * EDGES[:-1])
    for column, kind in zip(axes.T, ("centrals", "satellites"), strict=True):
        chosen = [stack for stack in found if stack[0].startswith(kind)]
        for place, (title, analytic, counted, error) in enumerate(chosen):
            color = plt.get_cmap("viridis")(place / 5)
            column[0].plot(radii, analytic, color=color, label=title.removeprefix(kind))
            column[0].errorbar(radii, counted, error, fmt="o", color=color, markersize=4)
            column[1].errorbar(
                *(radii, analytic / counted, analytic * error / counted**2), color=color, fmt="o-"
            )
        column[0].set(xscale="log", yscale="log", title=f"{kind} by log M")
        column[0].legend(fontsize=8, frameon=False)
        column[1].axhline(1, color="k", linewidth=0.8)
        column[1].set(ylim=(0.6, 1.6), xlabel="R [Mpc/h]")
    axes[0, 0].set_ylabel("ΔΣ [h Msun/pc²]: lines analytic, points counted")
    axes[1, 0].set_ylabel("analytic / counted")
    figure.savefig(path, dpi=130)


def main() -> None:
    """Print the tables and draw the figure."""
    mock = stacks(catalogs.mock_universe(seed=0, boxsize=200.0, log_mpeak_min=12.0))
    show(mock)
    draw(mock, Path(__file__).parents[1] / "images" / "analytic_lensing.png")
    for snapshot in sys.argv[1:]:
        box = catalogs.read(snapshot, particles=True)
        show(stacks(replace(box, cosmology=replace(box.cosmology, **ABACUS))))


if __name__ == "__main__":
    main()
