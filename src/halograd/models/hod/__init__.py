"""Halo occupation: expected numbers of central and satellite galaxies by the mass of the host."""
