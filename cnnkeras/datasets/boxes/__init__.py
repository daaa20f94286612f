"""Boxes: how annotations write them, what is wrong with them, and the parts that they become."""
