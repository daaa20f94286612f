"""From the trained network to the server: a SavedModel that TF Serving runs as it is, and the proof of it."""
