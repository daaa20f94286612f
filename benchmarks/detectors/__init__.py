"""The contestants of `benchmarks/detection.py`, a process each."""
