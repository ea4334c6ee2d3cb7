"""The closed form of pairs on a smooth profile, of real space, served wp in redshift space too."""

import numpy as np
import pytest

from halograd import inference
from halograd.pairs import ProjectedPairs
from halograd.predict.profile_pairs import _separations


@pytest.mark.parametrize("redshift_space", [False, True])
def test_closed_forms_are_of_real_space(redshift_space):
    bins = {"rp_edges": [0.1, 1.0, 10.0], "pi_max": 20.0}
    wp = inference.Observables(wp=["all"], **bins, redshift_space=redshift_space)["wp"]
    pairs = ProjectedPairs(np.ones((2, 3)), 50.0, **bins)
    found = _separations(pairs.geometry, wp, widest=5.0)
    assert (found is None) == redshift_space
