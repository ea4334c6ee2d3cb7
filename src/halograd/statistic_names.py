"""The statistics of a data vector by name, in their order."""

SYMBOLS = {"n": "n", "wp": "wp", "delta_sigma": "ΔΣ", "xi": "ξ", "multipoles": "ξ_ℓ"}
"""As text shows them."""

NAMES = tuple(SYMBOLS)
"""As configurations, files and results name them."""
