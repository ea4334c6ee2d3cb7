import numpy as np

from halograd.inference import DataVector, Observables
from halograd.report.data_notes import data_notes

LAYOUT = Observables(n=[(10.0, 11.0)])


def test_notes_of_the_measurements_are_sentences():
    notes = {"reference": "A 2020", "wp: imf": "Chabrier", "delta_sigma: h": "0.7"}
    data = DataVector(LAYOUT, [1.0], np.eye(1), notes=notes, n_realisation=50)
    assert data_notes(data)[:3] == (
        "Data, reference: A 2020",
        "Data of wp, stellar initial mass function: Chabrier",
        "Data of ΔΣ, h: 0.7",
    )
    assert "50 realisations" in data_notes(data)[3]
    assert data_notes(DataVector(LAYOUT, [1.0], np.eye(1))) == ()
    assert data_notes(None) == ()
