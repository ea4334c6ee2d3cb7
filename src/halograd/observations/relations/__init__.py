"""Published stellar-to-halo mass relations, to lay over a fitted one."""

from dataclasses import replace

from halograd import _checks
from halograd.errors import DataError
from halograd.observations.observation import hubble_parameter
from halograd.observations.relations.behroozi2013 import BEHROOZI2013
from halograd.observations.relations.behroozi2019 import BEHROOZI2019
from halograd.observations.relations.leauthaud2012 import LEAUTHAUD2012
from halograd.observations.relations.moster2018 import MOSTER2018
from halograd.observations.relations.relation import Relation

__all__ = ["Relation", "load", "names"]

_RELATIONS = {
    relation.name: relation for relation in (BEHROOZI2013, BEHROOZI2019, LEAUTHAUD2012, MOSTER2018)
}


def names() -> tuple[str, ...]:
    """The published relations there are, sorted."""
    return tuple(sorted(_RELATIONS))


def load(name: str, h: float | None = None) -> Relation:
    """A published relation, with stellar masses for the wanted h.

    Args:
        name: One of `names()`.
        h: H0 / (100 km/s/Mpc) for which stellar masses are wanted, M* going as h^-2; that of the
            paper where left out.

    Raises:
        DataError: For an unknown name, the nearest being named, or an impossible `h`.
    """
    if name not in _RELATIONS:
        hint = _checks.nearest(name, names())
        raise DataError(f"no published relation {name!r}{hint}; there are {', '.join(names())}")
    return replace(_RELATIONS[name], mstar_h=None if h is None else hubble_parameter(h))
