"""Published measurements of galaxies and published relations, with their sources."""

from halograd.observations import relations
from halograd.observations.load import load
from halograd.observations.observation import Observation
from halograd.observations.published_table import names, published_table

__all__ = ["Observation", "load", "names", "published_table", "relations"]
