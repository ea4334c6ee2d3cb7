import numpy as np
import pytest

from halograd.kernels import kernel
from halograd.sham.reranking import labels, rerank
from halograd.sham.schechter import Schechter

LABEL = np.arange(8.0, 14.0, 0.01)
OPTIONS = {"compare": (9.0, 12.0), "steps": 40, "tolerance": 1e-6}


@pytest.mark.parametrize("sigma", [0.0, 0.01, 0.1, 0.3])
@pytest.mark.parametrize("name", ["triweight", "normal"])
def test_a_power_law_shifts_by_its_closed_form(name, sigma):
    """n(>s) = e^(−βs) comes back from μ = s − ln⟨e^(βσu)⟩/β; for a normal that is s − βσ²/2."""
    slope = 2.5
    beta = slope * np.log(10)
    found = rerank(LABEL, -slope * LABEL, np.full_like(LABEL, sigma), kernel(name), **OPTIONS)
    u, weight = kernel(name).nodes(60)
    shift = np.log(weight @ np.exp(beta * sigma * u)) / beta
    inner = (LABEL > 10) & (LABEL < 12)
    np.testing.assert_allclose((LABEL - found.mean)[inner], shift, atol=1e-5)
    if name == "normal":
        assert shift == pytest.approx(beta * sigma**2 / 2, abs=1e-9)
    assert found.misfit <= 1e-6
    assert found.steps < 40


def test_stops_at_the_number_of_steps():
    found = rerank(
        LABEL, -2.0 * LABEL, np.full_like(LABEL, 0.2), kernel("normal"),
        compare=(9.0, 12.0), steps=1, tolerance=0.0,
    )  # fmt: skip
    assert found.steps == 1
    assert found.misfit > 0.1


def test_scatter_that_reverses_masses_is_counted():
    """Where μ + uσ is not monotone in s, every halo above m counts once."""
    sigma = np.where(LABEL < 11, 0.4, 0.05)
    found = rerank(LABEL, -1.0 * LABEL, sigma, kernel("normal"), **OPTIONS | {"steps": 3})
    assert np.isfinite(found.mean).all()
    fine = np.arange(8.0, 14.0, 0.001)
    u, fine_sigma = np.linspace(-6, 6, 241), np.where(fine < 11, 0.4, 0.05)
    weight = np.exp(-u * u / 2) / np.exp(-u * u / 2).sum()
    number = 10.0**-fine - np.append(10.0 ** -fine[1:], 0.0)
    above = (weight * ((fine[:, None] + u * fine_sigma[:, None]) > 11.2)).sum(axis=1) @ number
    first = rerank(
        LABEL, -1.0 * LABEL, sigma, kernel("normal"),
        compare=(11.195, 11.205), steps=1, tolerance=0.0,
    )  # fmt: skip
    assert first.misfit == pytest.approx(abs(np.log10(above) + 11.2), abs=0.01)


def test_labels_go_on_as_a_power_law():
    smf = Schechter()
    label, log_above = labels(smf, 9.0, 12.2, 0.01)
    inside = label <= 12.2
    want = smf.log_cumulative_density(label[inside])
    np.testing.assert_allclose(log_above[inside], want, rtol=2e-6)
    np.testing.assert_allclose(np.diff(log_above[~inside], 2), 0.0, atol=1e-9)
    assert log_above[inside][-1] - log_above[-1] == pytest.approx(3.0, abs=0.5)
