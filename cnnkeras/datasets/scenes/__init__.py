"""Pictures of several digits on a textured canvas, whose masks and boxes are known because they are drawn."""
