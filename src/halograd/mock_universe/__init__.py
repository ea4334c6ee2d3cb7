"""A universe in seconds: halos, subhalos and matter from a seed, without any download."""

from halograd.mock_universe.mock_universe import mock_universe

__all__ = ["mock_universe"]
