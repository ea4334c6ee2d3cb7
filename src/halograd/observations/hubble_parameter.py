"""h, as a caller gives it."""

from halograd import _checks
from halograd.errors import DataError


def hubble_parameter(h: float) -> float:
    """`h` = H0 / (100 km/s/Mpc), checked.

    Raises:
        DataError: For what no universe has, as for H0 itself.
    """
    value = float(_checks.finite("h", h, DataError))
    if not 0.1 < value < 10:
        raise DataError(f"h is H0 / (100 km/s/Mpc), such as 0.7; got {value:g}")
    return value
