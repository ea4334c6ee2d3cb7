"""The command line: argument parsing only; `halograd.runs` does the work."""

from halograd.cli.app import app, main

__all__ = ["app", "main"]
