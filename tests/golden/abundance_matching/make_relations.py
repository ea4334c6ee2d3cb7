"""Writes relations.csv with the PyPI package AbundanceMatching; see README.md."""

import csv
from pathlib import Path

import numpy as np
from AbundanceMatching import LF_SCATTER_MULT, AbundanceFunction

LOG_N = np.linspace(np.log10(250.0**-3), -2.0, 16)  # from one object in a (250 Mpc/h)^3 box
SETTINGS = [(10, 0.005), (40, 0.005), (10, 0.001)]  # repeat, sm_step
SCATTER_DEX = [0.1, 0.2, 0.3]


def stellar_mass_function():
    """Schechter in log10 M*, faint end first; scatter in dex."""
    m = np.arange(6.0, 12.8001, 0.02)
    y = 10 ** (m - 10.85)
    phi = np.log(10) * 10**-2.3 * y ** (1 - 1.06) * np.exp(-y)
    return AbundanceFunction(m, phi, (6.0, 12.8), nbin=2000, faint_end_first=True), 1.0


def luminosity_function():
    """Schechter in magnitudes, bright end first; scatter in magnitudes, 2.5 per dex."""
    mag = np.arange(-25.4, -9.9999, 0.05)
    y = 10 ** (-0.4 * (mag + 20.44))
    phi = 0.4 * np.log(10) * 1.49e-2 * y ** (1 - 1.05) * np.exp(-y)
    return AbundanceFunction(mag, phi, (-25.4, -10.0), nbin=2000), LF_SCATTER_MULT


def rows():
    """One row for each function, scatter, setting and number density."""
    for name, build in [("smf", stellar_mass_function), ("lf", luminosity_function)]:
        function, per_dex = build()
        for log_n, x in zip(LOG_N, function.match(10**LOG_N), strict=True):
            yield name, 0.0, 0, 0.0, log_n, x
        for dex in SCATTER_DEX:
            for repeat, sm_step in SETTINGS:
                function.deconvolute(dex * per_dex, repeat, sm_step, return_remainder=False)
                mean = function.match(10**LOG_N, dex * per_dex, do_add_scatter=False)
                for log_n, x in zip(LOG_N, mean, strict=True):
                    yield name, dex, repeat, sm_step, log_n, x


with Path(__file__).with_name("relations.csv").open("w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["function", "scatter_dex", "repeat", "sm_step", "log_n", "mean"])
    table.writerows([*row[:4], f"{row[4]:.6f}", f"{row[5]:.6f}"] for row in rows())
