"""One file a figure: each takes plain values and gives a matplotlib figure."""
