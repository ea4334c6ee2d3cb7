"""The stellar masses over which networks are trained and used."""

__all__ = ["MASS_RANGE", "labelled_range"]

MASS_RANGE = (9.0, 12.0)
_MARGIN_BELOW, _MARGIN_ABOVE = 0.5, 0.2


def labelled_range(mass_range: tuple[float, float]) -> tuple[float, float]:
    """The masses all of whose galaxies must have a label, log10 Msun."""
    return mass_range[0] - _MARGIN_BELOW, mass_range[1] + _MARGIN_ABOVE
