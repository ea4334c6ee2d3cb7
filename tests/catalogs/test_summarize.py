import json

import numpy as np
import pytest

from halograd.catalogs import BOLSHOI_PLANCK, HaloCatalog, Particles, summarize


def catalog(log_mpeak, **more):
    return HaloCatalog(
        positions=np.full((len(log_mpeak), 3), 2.0),
        log_mpeak=log_mpeak,
        boxsize=10.0,
        redshift=0.25,
        **more,
    )


def test_numbers():
    summary = summarize(
        catalog(
            [11.2, 11.5, 12.0, 12.7],
            is_satellite=[False, True, False, False],
            host_index=[0, -1, 2, 3],
            cosmology=BOLSHOI_PLANCK,
            particles=Particles(np.ones((2, 3)), 3e12, 10.0),
            extra={"vmax": np.ones(4, np.float32)},
            provenance={"source": "here"},
        )
    )
    assert summary["n_halo"] == 4
    assert summary["satellite_fraction"] == 0.25
    assert (summary["log_mass_min"], summary["log_mass_max"]) == (11.2, 12.7)
    assert summary["mean_separation"] == pytest.approx((1000 / 4) ** (1 / 3))
    assert summary["cumulative_mass_function"] == [
        {"log_mass": 11.5, "n_halo": 3, "density": 3e-3, "satellite_fraction": 1 / 3},
        {"log_mass": 12.0, "n_halo": 2, "density": 2e-3, "satellite_fraction": 0.0},
        {"log_mass": 12.5, "n_halo": 1, "density": 1e-3, "satellite_fraction": 0.0},
    ]
    assert summary["n_hostless"] == 1
    assert summary["turnover_mass"] is None
    assert (summary["n_particle"], summary["particle_fraction"]) == (2, 1.0)
    assert summary["particle_matter_density"] == pytest.approx(6e9)
    assert summary["cosmology"]["omega_m"] == BOLSHOI_PLANCK.omega_m
    assert summary["extra"] == {"vmax": "float32"}
    assert summary["provenance"] == {"source": "here"}


@pytest.mark.parametrize("masses", [[], [12.1], [12.0, 12.0]])
def test_json_can_hold_it_for_any_number_of_halos(masses):
    summary = summarize(catalog(np.array(masses)))
    assert json.loads(json.dumps(summary)) == summary
    assert summary["n_halo"] == len(masses)
