"""What is measured of TabCorr, PyPI `tabcorr`, in a Python that has it.

python -m benchmarks.tables.tabcorr_peer HALOS.npz BINS REPEATS
"""

import json
import statistics
import sys
import time
import warnings

import numpy as np


def measure(halos, bins, repeats):
    """Seconds of the table of wp, milliseconds of a prediction of n and wp, one sample."""
    from halotools.empirical_models import PrebuiltHodModelFactory
    from halotools.mock_observables import wp
    from tabcorr import TabCorr

    catalog = _catalog(halos)
    began = time.perf_counter()
    table = TabCorr.tabulate(
        catalog,
        wp,
        halos["rp_edges"],
        float(halos["pi_max"]),
        Num_ptcl_requirement=1,
        prim_haloprop_key="halo_mvir",
        prim_haloprop_bins=bins,
        redshift_space_distortions=False,
        sats_per_prim_haloprop=1e-13,
    )
    tabulated = time.perf_counter() - began
    model = PrebuiltHodModelFactory("zheng07", threshold=-20, redshift=0.0)
    table.predict(model)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        table.predict(model)
        times.append(time.perf_counter() - began)
    return {"table_s": tabulated, "value_ms": 1e3 * statistics.median(times), "bins": bins}


def _catalog(halos):
    from astropy.cosmology import Planck15
    from halotools.sim_manager import UserSuppliedHaloCatalog

    positions, n = halos["positions"], len(halos["positions"])
    columns = dict(zip(("halo_x", "halo_y", "halo_z"), positions.T, strict=True))
    columns |= {name: np.zeros(n) for name in ("halo_vx", "halo_vy", "halo_vz")}
    mass = 10.0 ** halos["log_mpeak"]
    return UserSuppliedHaloCatalog(
        redshift=0.0,
        Lbox=float(halos["boxsize"]),
        particle_mass=1e8,
        cosmology=Planck15,
        simname="mock",
        halo_finder="none",
        version_name="none",
        halo_mvir=mass,
        halo_rvir=0.2 * (mass / 1e12) ** (1 / 3),
        halo_nfw_conc=np.full(n, 8.0),
        halo_id=np.arange(n),
        halo_hostid=np.arange(n),
        halo_upid=np.full(n, -1),
        **columns,
    )


def main():
    warnings.simplefilter("ignore")
    try:
        measured = measure(np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    except Exception as error:  # whatever a foreign code raises is a reason to report
        measured = {"missing": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
