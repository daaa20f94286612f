"""`data.augmentation`: random changes to the pictures of training, with Keras's and KerasCV's names and fields.

They stand in the data section, not among the layers, so that masks and boxes change with their pictures. What a field
may hold is said once, by the layer of the same name where there is one; `value_range` is left out, as pictures are
whole numbers from 0 to 255 here, and `seed`, as the training has one.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from cnnkeras.layers import LAYERS
from cnnkeras.layers.fields import Count, Natural
from cnnkeras.layers.named import OneOf
from cnnkeras.layers.ranges import AffineInterpolation, Between, Factor, FillMode
from cnnkeras.spec.label import Label

ALL_LABELS: tuple[Label, ...] = ("class", "mask", "boxes")
Share = Annotated[float, Field(ge=0, le=1)]


class Augmentation(BaseModel):
    """What every augmentation may say: in which share of the pictures, and in how many last epochs it rests."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    # The labels that it can change along with the picture, or need not change.
    labels: ClassVar[tuple[Label, ...]] = ALL_LABELS
    # The numbers of channels that it takes; none are all.
    channels: ClassVar[tuple[int, ...]] = ()

    type: str
    rate: Share = 1.0
    except_last_epochs: Natural = 0


class Movement(Augmentation):
    """Moves pixels, and masks and boxes with them. Those that stand together are computed as one movement."""


class Warp(Movement):
    """A movement that may look beyond the picture's borders.

    `fill_mode` is Keras's: "reflect" if left out. With boxes it is "constant": a mirrored object would have none.
    """

    fill_mode: FillMode | None = None
    interpolation: AffineInterpolation = "bilinear"
    fill_value: Annotated[float, Field(ge=0, le=255)] = 0.0


class RandomCrop(Movement):
    """A piece of `height`×`width` of the network's input, brought back to its size."""

    type: Literal["RandomCrop"]
    height: Count
    width: Count


class RandomCropAndResize(Movement):
    """A piece of some share of the area and some ratio of width to height, brought back to size (KerasCV)."""

    type: Literal["RandomCropAndResize"]
    crop_area_factor: Annotated[Factor, Between(0, 1, above=True)]
    aspect_ratio_factor: Annotated[Factor, Between(0, 10, above=True)] = (0.75, 1.3333333333333333)


class Mosaic(Movement):
    """Four pictures around a point, which lies within `offset` of the height and the width (KerasCV; YOLOv4, 2020).

    What is moved right after it, as by RandomZoom, sees all four.
    """

    labels = ("mask", "boxes")

    type: Literal["Mosaic"]
    offset: Annotated[Factor, Between(0, 1)] = (0.25, 0.75)


class MixUp(Augmentation):
    """Two pictures shone through each other, with the labels of both (Zhang et al. 2018)."""

    labels = ("class", "boxes")

    type: Literal["MixUp"]
    alpha: Annotated[float, Field(gt=0, le=100)] = 0.2


class CutMix(Augmentation):
    """A rectangle of another picture, with its share of the label, or with its mask (Yun et al. 2019)."""

    labels = ("class", "mask")

    type: Literal["CutMix"]
    factor: Annotated[Factor, Between(0, 1)] = 1.0


class RandAugment(Augmentation):
    """`num_ops` of eleven changes of strength up to `factor`, drawn for every picture (Cubuk et al. 2019)."""

    channels = (3,)

    type: Literal["RandAugment"]
    num_ops: Annotated[int, Field(ge=1, le=11)] = 2
    factor: Share = 0.5
    interpolation: AffineInterpolation = "bilinear"


def _like_layer(name: str, base: type[Augmentation]) -> type[Augmentation]:
    """Make the augmentation that has a layer's fields."""
    layer = LAYERS[name]
    own = {"trainable", "seed", "value_range", *base.model_fields} - {"type"}
    fields: dict[str, Any] = {key: (field.annotation, field) for key, field in layer.model_fields.items()}
    chosen = {key: field for key, field in fields.items() if key not in own}
    made: type[Augmentation] = create_model(
        f"{name}Augmentation", __base__=base, __doc__=layer.__doc__, __module__=__name__, **chosen
    )
    made.channels = (1, 3) if name == "RandomGrayscale" else getattr(layer, "channels", ())
    return made


_MOVEMENTS = ("RandomFlip",)
_WARPS = ("RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear", "RandomPerspective")
# Changes to the numbers of a picture, which leave everything where it is.
COLORS = (
    "RandomBrightness", "RandomContrast", "RandomColorJitter", "RandomHue", "RandomSaturation",
    "RandomColorDegeneration", "RandomGrayscale", "RandomSharpness", "RandomGaussianBlur", "RandomPosterization",
    "RandomInvert", "Solarization", "RandomErasing",
)  # fmt: skip

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    **{name: _like_layer(name, Movement) for name in _MOVEMENTS},
    **{name: _like_layer(name, Warp) for name in _WARPS},
    "RandomCrop": RandomCrop,
    "RandomCropAndResize": RandomCropAndResize,
    **{name: _like_layer(name, Augmentation) for name in COLORS},
    "MixUp": MixUp,
    "CutMix": CutMix,
    "Mosaic": Mosaic,
    "RandAugment": RandAugment,
}

AnyAugmentation = Annotated[Augmentation, OneOf("augmentation", AUGMENTATIONS)]
