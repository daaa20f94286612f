"""A convolutional network is a JSON file: checked, trained, inspected and served."""

from cnnkeras.kernels import prefer_onednn

# TensorFlow asks while it is imported, and every way to it leads through here.
prefer_onednn()
