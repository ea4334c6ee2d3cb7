"""Pair counts, value and full gradient, beside other codes in the same run."""
