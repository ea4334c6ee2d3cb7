import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from halograd.report import style


def test_dodged_points_stay_nearest_to_their_bin():
    for spacing in (1.05, 1.2, 2.0):
        x = 0.1 * spacing ** np.arange(8)
        rows = np.array([style.dodge(x, row, 4) for row in range(4)])
        assert (np.diff(rows, axis=0) > 0).all()
        assert (rows[-1, :-1] < rows[0, 1:]).all()
        np.testing.assert_allclose(np.sqrt(rows[0] * rows[-1]), x)
    np.testing.assert_array_equal(style.dodge(x, 0, 1), x)


def test_steps_have_whole_ticks():
    figure = Figure(figsize=(3, 2))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 3], [0, 1])
    style.whole_numbers(axes)
    ticks = axes.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
