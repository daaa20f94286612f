"""The pages that people open: report.html of a run, and several runs side by side. Needs no TensorFlow."""
