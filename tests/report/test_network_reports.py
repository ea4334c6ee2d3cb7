import numpy as np
import pytest

from halograd.network_training.history import TrainingHistory
from halograd.report import figures, write_training_report
from halograd.report.network_reports import last_rms


@pytest.mark.parametrize("n_step", [1, 2, 700])
def test_the_figure_draws_every_finite_step(n_step):
    values = 10.0 ** np.random.default_rng(0).uniform(-8, -2, (n_step, 3))
    values[n_step // 2 + 1 :: 7] = np.nan
    above, below = figures.training_figure(TrainingHistory(values)).axes
    assert [axes.get_xscale() + axes.get_yscale() for axes in (above, below)] == ["loglog"] * 2
    dots, line = above.lines
    np.testing.assert_allclose(dots.get_ydata(), np.sqrt(values[:, 1]))
    assert np.isfinite(line.get_xydata()).all()
    finite = np.sqrt(values[np.isfinite(values[:, 1]), 1])
    assert finite.min() <= line.get_ydata().min()
    assert line.get_ydata().max() <= finite.max() * (1 + 1e-12)


def test_the_last_numbers_are_of_the_last_steps():
    values = np.full((600, 3), 1.0)
    values[100:] = [1.0, 4e-6, 1e-2]
    values[300] = np.nan
    wanted = {"misfit": 2e-3, "gradient": 0.1}
    assert last_rms(TrainingHistory(values)) == pytest.approx(wanted)


def test_the_report_is_one_page(tmp_path):
    history = TrainingHistory(10.0 ** np.random.default_rng(0).uniform(-8, -2, (50, 3)))
    numbers = {"n_draw": 2000, "n_usable": 1500, "skipped": 0}
    page = write_training_report(
        tmp_path, title="A <training>", history=history, **numbers, summary={"seed": 4}
    )
    text = page.read_text(encoding="utf-8")
    assert "A &lt;training&gt;" in text
    assert "1,500 problems in 50 steps" in text
    assert (tmp_path / "figures" / "training.png").exists()
