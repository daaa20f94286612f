"""Masks: what their numbers and colours mean, how their files are read, and what is wrong with them."""
