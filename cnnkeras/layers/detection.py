"""Detection heads: what makes rows of boxes and scores of the maps in front of them. They hold no weights."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from cnnkeras.layers.base import KerasLayer, Layer, LayerProblem, Shape, Weights, product, require_map, show
from cnnkeras.layers.fields import Count, Positive
from cnnkeras.layers.reach import Extent, Reach

SIDES = 4


class BoxHead(Layer):
    """What the heads share: rows, one for each place of the maps, the first map's first, row by row."""

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - whatever the maps are
        """Give nothing: rows of a list are no places of a map."""
        return Extent.UNKNOWN


class DetectionHead(BoxHead):
    """An anchor-free head, as YOLOv8's: for every place `4 · reg_max + classes` numbers.

    Takes one map for each level, or several, of `4 · reg_max + classes` channels: for the left, top, right and bottom
    side of a box the logits of its distance from the place, in 0 to reg_max − 1 strides (Li et al., "Generalized
    focal loss", arXiv:2006.04388), then the logits of the classes. To those it adds the logit of the probability that
    a class is at a place, for `expected_objects` in a picture: an untrained network then finds about as many, and its
    first steps are not lost on unlearning the others (Lin et al., arXiv:1708.02002, section 4.1).
    """

    arity: ClassVar[tuple[int, int | None]] = (1, None)

    type: Literal["DetectionHead"]
    reg_max: Count = 16
    expected_objects: Positive = 5.0

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(places, 4 · reg_max + classes)`."""
        channels = {require_map(shape, self.type)[2] for shape in inputs}
        if len(channels) > 1:
            raise LayerProblem(
                f"its maps have {' and '.join(map(str, sorted(map(str, channels))))} channels",
                hint=f"give every level {SIDES}·reg_max + classes channels",
                field="inputs",
            )
        given = channels.pop()
        if given is not None and given <= SIDES * self.reg_max:
            raise LayerProblem(
                f"its maps have {given} channels, and the boxes alone take 4·{self.reg_max}",
                hint="join the boxes' map and the classes' map with Concatenate, in this order",
            )
        places = [product(shape[:2]) for shape in inputs]
        known = [count for count in places if count is not None]
        return sum(known) if len(known) == len(places) else None, given

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count what it adds to each level's classes; it is set once and not trained."""
        channels = inputs[0][-1]
        return None if channels is None else Weights(0, len(inputs) * (channels - SIDES * self.reg_max))

    def keras_layer(self) -> KerasLayer:
        """Give ours."""
        return KerasLayer(
            "cnnkeras>DetectionHead", {"reg_max": self.reg_max, "expected_objects": self.expected_objects}
        )


class GridHead(BoxHead):
    """The head of the first YOLO (Redmon et al. 2016, arXiv:1506.02640): one grid, `boxes` in each of its cells.

    Takes a map of `5 · boxes + classes` channels. A cell's numbers are, for each box, its centre within the cell and
    its width and height as shares of the picture, all between 0 and 1, and a confidence; then the classes. On a map
    of one cell it locates the one object of a picture. `no_object_weight` and `box_weight` are the paper's λ.
    """

    type: Literal["GridHead"]
    boxes: Count = 2
    box_weight: Positive = 5.0
    no_object_weight: Positive = 0.5

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(cells, 5 · boxes + classes)`."""
        height, width, channels = require_map(inputs[0], self.type)
        if channels is not None and channels <= 5 * self.boxes:
            raise LayerProblem(
                f"its {show(inputs[0])} map has no channels for classes behind 5·{self.boxes} for boxes",
                hint="give it 5·boxes + classes channels",
                field="boxes" if "boxes" in self.model_fields_set else None,
            )
        return product((height, width)), channels

    def keras_layer(self) -> KerasLayer:
        """Give ours; the other fields are the loss's."""
        return KerasLayer("cnnkeras>GridHead", {})


class PadToMultiple(Layer):
    """A map with zeros added below and on the right, until both sides are multiples of `multiple`.

    In front of a network that halves and doubles, any picture then fits, and places stay where they are.
    """

    type: Literal["PadToMultiple"]
    multiple: Count

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the sides rounded up."""
        height, width, channels = require_map(inputs[0], self.type)
        return self._rounded(height), self._rounded(width), channels

    def _rounded(self, side: Any) -> Any:
        return None if side is None else -(-side // self.multiple) * self.multiple

    def keras_layer(self) -> KerasLayer:
        """Give ours."""
        return KerasLayer("cnnkeras>PadToMultiple", {"multiple": self.multiple})


class LastChannels(Layer):
    """The last `channels` of a map. Output `(height, width, channels)`.

    For blocks that go on with a part of a map and keep all of it, as the cross-stage partial ones do.
    """

    type: Literal["LastChannels"]
    channels: Count

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the map with so many channels."""
        height, width, given = require_map(inputs[0], self.type)
        if given is not None and given < self.channels:
            raise LayerProblem(
                f"its {show(inputs[0])} map has no {self.channels} channels",
                hint=f"use {given} channels at most",
                field="channels",
            )
        return height, width, self.channels

    def keras_layer(self) -> KerasLayer:
        """Give ours."""
        return KerasLayer("cnnkeras>LastChannels", {"channels": self.channels})
