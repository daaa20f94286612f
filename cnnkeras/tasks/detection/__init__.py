"""Boxes: what is where. `Detection` is the task; the files beside it import TensorFlow where they compute."""
