"""TensorFlow Datasets behind one seam: where its data lies, how it is opened, what the parts are."""
