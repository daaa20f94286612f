"""Backbones that KerasCV builds, from numbers alone: what comes out of them, derived without TensorFlow."""
