"""What a reader should know of the measurements, as sentences."""

from halograd.inference import DataVector
from halograd.registries import STATISTICS


def data_notes(data: DataVector | None) -> tuple[str, ...]:
    """References, stellar masses and h of the measurements, and how their covariance was made."""
    if data is None:
        return ()
    notes = [f"{_heading(key)}: {text}" for key, text in data.notes.items()]
    if data.n_realisation is not None:
        notes.append(
            f"The covariance was estimated from {data.n_realisation} realisations: χ² takes the "
            "inverse unbiased by the factor of Hartlap et al. 2007, and errors of parameters take "
            "the factor of Percival et al. 2022."
        )
    return tuple(notes)


def _heading(key: str) -> str:
    """`wp: imf` as Data of wp, stellar initial mass function."""
    statistic, _, what = key.rpartition(": ")
    symbol = STATISTICS[statistic].style.text if statistic in STATISTICS else statistic
    subject = f"Data of {symbol}" if statistic else "Data"
    return f"{subject}, {'stellar initial mass function' if what == 'imf' else what}"
