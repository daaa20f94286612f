"""Random changes to where things are in a picture. In training only; after it, each gives what it gets.

Of Keras's, these are left out: RandomCrop gives the whole picture after training, of another shape; MixUp and
CutMix would have to mix the labels too; RandAugment and AugMix draw once, when the graph is traced.
"""

from __future__ import annotations

from typing import Annotated, Literal

from cnnkeras.layers.base import LayerProblem, Shape, Unchanged, require_map, show
from cnnkeras.layers.fields import Finite, Natural
from cnnkeras.layers.ranges import AffineInterpolation, Between, Factor, FillMode, ValueRange


class Augmentation(Unchanged):
    """What the random layers share."""

    seed: Natural | None = None

    @property
    def needs_float32(self) -> bool:
        """Tell so: most have no kernel for 16 bits."""
        return True

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        require_map(inputs[0], self.type)
        return inputs[0]


class RandomFlip(Augmentation):
    """Left and right, or top and bottom, exchanged in half of the pictures."""

    type: Literal["RandomFlip"]
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical"


class RandomRotation(Augmentation):
    """A turn by `factor` of a full circle at most."""

    type: Literal["RandomRotation"]
    factor: Annotated[Factor, Between(-1, 1)]
    fill_mode: FillMode = "reflect"
    interpolation: AffineInterpolation = "bilinear"
    fill_value: Finite = 0.0


class RandomTranslation(Augmentation):
    """A shift by fractions of the height and the width."""

    type: Literal["RandomTranslation"]
    height_factor: Annotated[Factor, Between(-1, 1)]
    width_factor: Annotated[Factor, Between(-1, 1)]
    fill_mode: FillMode = "reflect"
    interpolation: AffineInterpolation = "bilinear"
    fill_value: Finite = 0.0


class RandomZoom(Augmentation):
    """Smaller by a positive fraction, larger by a negative one; without `width_factor` both sides alike."""

    type: Literal["RandomZoom"]
    height_factor: Annotated[Factor, Between(-1, 1, above=True)]
    width_factor: Annotated[Factor, Between(-1, 1, above=True)] | None = None
    fill_mode: FillMode = "reflect"
    interpolation: AffineInterpolation = "bilinear"
    fill_value: Finite = 0.0


class RandomShear(Augmentation):
    """A slant along the width and the height."""

    type: Literal["RandomShear"]
    x_factor: Annotated[Factor, Between(0, 1, pair_only=True)] = 0.0
    y_factor: Annotated[Factor, Between(0, 1, pair_only=True)] = 0.0
    interpolation: AffineInterpolation = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Finite = 0.0


class RandomPerspective(Augmentation):
    """The picture as seen from a side, in a fraction `factor` of them."""

    type: Literal["RandomPerspective"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0
    scale: Annotated[Factor, Between(0, 1)] = 1.0
    interpolation: AffineInterpolation = "bilinear"
    fill_value: Finite = 0.0

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the picture's. Raises LayerProblem for a line of pixels, which has no corners to move."""
        height, width, _ = require_map(inputs[0], "RandomPerspective")
        if height == 1 or width == 1:
            raise LayerProblem(
                f"needs a picture of at least 2×2, and its input is {show(inputs[0])}", hint="leave the layer out"
            )
        return super().output_shape(*inputs)


class RandomElasticTransform(Augmentation):
    """The picture as if on rubber (Simard et al. 2003)."""

    type: Literal["RandomElasticTransform"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0
    scale: Annotated[Factor, Between(0, 1)] = 1.0
    interpolation: AffineInterpolation = "bilinear"
    fill_mode: FillMode = "reflect"
    fill_value: Finite = 0.0
    value_range: ValueRange = (0, 255)

    @property
    def joins_batch(self) -> bool:
        """Tell that Keras draws how strong it is once for the batch."""
        return True


class RandomErasing(Augmentation):
    """A rectangle painted over (Zhong et al. 2020)."""

    type: Literal["RandomErasing"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0
    scale: Annotated[Factor, Between(0, 1)] = (0.02, 0.33)
    fill_value: Finite | None = None
    value_range: ValueRange = (0, 255)
