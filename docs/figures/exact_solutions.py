"""Where eq. (1) has a solution: the misfit of the exact relation over scatter and bright-end slope.

Run as `python docs/figures/exact_solutions.py`; writes docs/images/exact_solutions.png and prints
the table of docs/science.md.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np

from halograd import sham

mpl.use("Agg")
import matplotlib.pyplot as plt

KNEES = np.linspace(10.5, 11.5, 11)
SIGMAS = np.array([0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6])
MASSES = np.linspace(9.0, 12.0, 121)
SHMF = sham.bolshoi_planck()


Array = jax.Array | np.ndarray


@jax.jit
def misfit(knee: Array, alpha: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Worst and rms misfit on an independent grid, and what the solver says of itself."""
    smf, scatter = sham.Schechter(-2.3, knee, alpha), sham.Scatter(low, high)
    relation = sham.exact_relation(smf, scatter, SHMF)
    returned = sham.smf_from_relation(MASSES, relation, scatter, SHMF)
    error = jnp.log10(returned) - smf.log_density(MASSES)
    return jnp.max(jnp.abs(error)), jnp.sqrt(jnp.mean(error**2)), relation.converged


def survey(alpha: float, pairs: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Worst misfit, and whether the SMF is met; prints a row for each scatter. (n_pair, n_knee)"""
    results = [[misfit(knee, alpha, *pair) for knee in KNEES] for pair in pairs]
    worst, rms, converged = np.moveaxis(np.array(results, dtype=float), -1, 0)
    met = (worst <= 0.01) & (rms <= 0.002)
    print(f"alpha {alpha}: status differs in {int((met != converged).sum())} of {met.size}")
    for (low, high), row, ok in zip(pairs, worst, met, strict=True):
        marked = (f"{w:.0e}{'' if k else '!'}" for w, k in zip(row, ok, strict=True))
        print(f"{low:.2f} {high:.2f}", *marked)
    return worst, met


def main() -> None:
    """Print the tables and draw the figure."""
    equal, high_only = [(s, s) for s in SIGMAS], [(0.3, s) for s in SIGMAS]
    panels = [("σ everywhere [dex]", equal), ("σ_hi [dex], with σ_lo = 0.3", high_only)]
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True, layout="constrained")
    for axis, (label, pairs) in zip(axes, panels, strict=True):
        worst, met = survey(-1.06, pairs)
        image = axis.pcolormesh(
            SIGMAS, KNEES, np.log10(worst.T), cmap="viridis_r", vmin=-5, vmax=-1, shading="nearest"
        )
        axis.contour(SIGMAS, KNEES, met.T, levels=[0.5], colors="k", linewidths=1)
        axis.set_xlabel(label)
    axes[0].set_ylabel("log10 M* of the knee")
    steepness = axes[1].secondary_yaxis("right")
    ticks = np.array([10.6, 10.8, 11.0, 11.2, 11.4])
    steepness.set_yticks(ticks, [f"{-0.06 - 10 ** (12 - t):.0f}" for t in ticks])
    steepness.set_ylabel("d log φ / d log m at m = 12")
    figure.colorbar(image, ax=axes, label="log10 of the worst misfit [dex]")
    figure.savefig(Path(__file__).parents[1] / "images" / "exact_solutions.png", dpi=110)
    for alpha in (-1.4, -0.6):
        survey(alpha, equal)


if __name__ == "__main__":
    with jax.enable_x64(True):
        main()
