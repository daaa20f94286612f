"""The contestants of `benchmarks.segmentation`, and what they share."""
