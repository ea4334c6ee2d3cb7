"""Colossus with our parameters, leaving no trace in its global state or in the home folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from colossus.cosmology import cosmology as colossus

from halograd.errors import CatalogError
from halograd.theory.cosmology import Cosmology


@contextmanager
def colossus_cosmology(cosmology: Cosmology) -> Iterator[colossus.Cosmology]:
    """Make `cosmology` the current one of colossus for the length of a `with` block.

    The mass function, bias and concentration of colossus read a global current cosmology. The
    one a user had set (or none) is put back at the end, also after an error, and persistence is
    off so that no cache file is written.

    Raises:
        CatalogError: Where omega_b, sigma8 or n_s is missing, which the power spectrum needs.
    """
    missing = [name for name in ("omega_b", "sigma8", "n_s") if getattr(cosmology, name) is None]
    if missing:
        raise CatalogError(
            f"a mock universe needs {', '.join(missing)} in its cosmology; give "
            "Cosmology(omega_m=, h=, omega_b=, sigma8=, n_s=)"
        )
    before = colossus.current_cosmo
    try:
        current = _build(cosmology)
        colossus.setCurrent(current)
        yield current
    finally:
        colossus.setCurrent(before)


def _build(cosmology: Cosmology) -> colossus.Cosmology:
    return colossus.Cosmology(
        name="halograd",
        flat=True,
        relspecies=False,
        H0=100 * cosmology.h,
        Om0=cosmology.omega_m,
        Ob0=cosmology.omega_b,
        sigma8=cosmology.sigma8,
        ns=cosmology.n_s,
        persistence="",
    )
