"""Measurements side by side, in one run: `python -m benchmarks.check`, `python -m benchmarks.training`."""
