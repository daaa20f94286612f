"""How history.csv calls its columns."""

VALIDATION = "val_"
RATE = "learning_rate"
# What it says of an epoch beside its measures.
NO_MEASURES = (RATE, "seconds", "images_per_second")
# Figures whose largest is so many times the smallest are drawn on a logarithmic scale.
LOGARITHMIC = 20
