"""Abundance matching: the network, the exact solver, deconvolution and the published network."""
