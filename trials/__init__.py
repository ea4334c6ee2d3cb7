"""Trials of what halograd promises under faults: kills at any moment, and hostile input."""
