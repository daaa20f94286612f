"""From the text of a file to a typed, frozen architecture, without TensorFlow."""
