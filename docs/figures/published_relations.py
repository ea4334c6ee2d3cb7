"""The published stellar-to-halo mass relations over each other.

Run as `python docs/figures/published_relations.py`; writes docs/images/published_relations.png.
"""

from pathlib import Path

import numpy as np

from halograd.observations import relations
from halograd.report import style

IMAGE = Path(__file__).resolve().parents[1] / "images" / "published_relations.png"
H = 0.7


@style.styled
def draw() -> None:
    """Write the image."""
    figure = style.new_figure(style.WIDTH, 4.6)
    axes = figure.subplots()
    log_mass = np.linspace(10.8, 14.4, 400)
    for relation in (relations.load(name, h=H) for name in relations.names()):
        ratio = relation.log_mstar(log_mass) - (log_mass - np.log10(H))
        axes.plot(log_mass, ratio, label=relation.label)
    axes.set(
        xlabel=r"$\log_{10}\, M\ \ [h^{-1}M_\odot]$",
        ylabel=r"$\log_{10}\, M_*/M$",
        xlim=log_mass[[0, -1]],
    )
    axes.legend(loc="lower center")
    style.save_png(figure, IMAGE)


if __name__ == "__main__":
    draw()
