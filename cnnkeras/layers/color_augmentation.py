"""Random changes to the colours of a picture. In training only; after it, each gives what it gets."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnkeras.layers.augmentation import Augmentation
from cnnkeras.layers.base import LayerProblem, Shape, require_map, show
from cnnkeras.layers.ranges import Between, Factor, OddPair, ValueRange


class ColorAugmentation(Augmentation):
    """What the random layers for colours share; `channels` are the numbers of channels that Keras takes."""

    channels: ClassVar[tuple[int, ...]] = ()

    value_range: ValueRange = (0, 255)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape. Raises LayerProblem where it has no colours."""
        check_channels(inputs[0], self.type, self.channels)
        return inputs[0]


def check_channels(shape: Shape, layer: str, allowed: tuple[int, ...]) -> None:
    """Raise LayerProblem where the number of channels is none of those allowed."""
    channels = require_map(shape, layer)[2]
    if allowed and channels is not None and channels not in allowed:
        raise LayerProblem(
            f"needs {' or '.join(map(str, allowed))} channels, and its input is {show(shape)}",
            hint="put it before the first convolution, on colour pictures, or use RandomBrightness or RandomContrast",
        )


class RandomBrightness(ColorAugmentation):
    """All numbers raised or lowered by a fraction of the range."""

    type: Literal["RandomBrightness"]
    factor: Annotated[Factor, Between(-1, 1)]


class RandomContrast(ColorAugmentation):
    """Distances from the mean stretched or shrunk."""

    type: Literal["RandomContrast"]
    factor: Annotated[Factor, Between(0, 1)]


class RandomColorJitter(ColorAugmentation):
    """Brightness, contrast, saturation and hue, each as far as it is given."""

    type: Literal["RandomColorJitter"]
    channels = (3,)
    brightness_factor: Annotated[Factor, Between(-1, 1)] | None = None
    contrast_factor: Annotated[Factor, Between(0, 1)] | None = None
    saturation_factor: Annotated[Factor, Between(0, 1)] | None = None
    hue_factor: Annotated[Factor, Between(0, 1)] | None = None


class RandomColorDegeneration(ColorAugmentation):
    """Towards grey."""

    type: Literal["RandomColorDegeneration"]
    channels = (3,)
    factor: Annotated[Factor, Between(0, 1)]


class RandomHue(ColorAugmentation):
    """All colours turned."""

    type: Literal["RandomHue"]
    channels = (3,)
    factor: Annotated[Factor, Between(0, 1)]


class RandomSaturation(ColorAugmentation):
    """Colours made stronger or weaker."""

    type: Literal["RandomSaturation"]
    channels = (3,)
    factor: Annotated[Factor, Between(0, 1)]


class RandomSharpness(ColorAugmentation):
    """Towards a smoothed picture, or away from it."""

    type: Literal["RandomSharpness"]
    factor: Annotated[Factor, Between(0, 1)]


class RandomPosterization(ColorAugmentation):
    """Fewer bits for each number, `factor` of 8 at most."""

    type: Literal["RandomPosterization"]
    factor: Annotated[Factor, Between(1, 8, whole=True)]


class RandomInvert(ColorAugmentation):
    """The negative of the picture, with a probability of `factor`."""

    type: Literal["RandomInvert"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0


class RandomGaussianBlur(ColorAugmentation):
    """A Gaussian over the picture, with a probability of `factor`."""

    type: Literal["RandomGaussianBlur"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0
    kernel_size: OddPair = 3
    sigma: Annotated[Factor, Between(0, 1)] = 1.0

    @property
    def joins_batch(self) -> bool:
        """Tell that Keras draws how strong it is once for the batch."""
        return True


class Solarization(ColorAugmentation):
    """Numbers above a threshold inverted."""

    type: Literal["Solarization"]
    addition_factor: Annotated[Factor, Between(0, 1)] = 0.0
    threshold_factor: Annotated[Factor, Between(0, 1)] = 0.0


class RandomGrayscale(Augmentation):
    """Grey, with a probability of `factor`; all channels stay."""

    type: Literal["RandomGrayscale"]
    factor: Annotated[float, Field(ge=0, le=1)] = 0.5

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape. Raises LayerProblem where it has no colours."""
        check_channels(inputs[0], "RandomGrayscale", (1, 3))
        return inputs[0]
