"""Tracers: the places in halos where galaxies may be, for models of halo occupation."""

from halograd.tracers.nfw_points import nfw_points
from halograd.tracers.particle_ranks import particle_ranks
from halograd.tracers.tracers import Tracers, from_particles, from_subhalos

__all__ = ["Tracers", "from_particles", "from_subhalos", "nfw_points", "particle_ranks"]
