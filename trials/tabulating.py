"""Fill a table of pair counts, and save it: python -m trials.tabulating FOLDER."""

import sys
from pathlib import Path

import numpy as np

from halograd import catalogs, inference, models


def main() -> None:
    """Go on with the table in the folder, or begin it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    halos = catalogs.mock_universe(seed=1, boxsize=60.0, log_mpeak_min=11.0, grid=32)
    observables = inference.Observables(
        n=[(10.0, 10.5), (10.5, 11.0)],
        wp=[(10.0, 10.5), (10.5, 11.0)],
        rp_edges=[0.2, 0.6, 2.0, 6.0, 18.0],
        pi_max=25.0,
    )
    predictor = inference.Predictor(halos, models.SmhmModel(), observables)
    table = inference.tabulate(predictor, n_draw=30, checkpoint=folder / "counts.hdf5")
    vector = table(predictor.model.space.defaults).vector
    np.savez(folder / "prediction.npz", vector=np.asarray(vector))


if __name__ == "__main__":
    main()
