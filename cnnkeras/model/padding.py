"""What gives Keras's own windowed layers every padding of ours.

A mixin before the Keras class: it pads, and Keras's layer goes on with "valid". So weights, activations, mixed
precision and everything that later versions of Keras add stay Keras's.
"""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers.base import Dimension
from cnnkeras.layers.padding import (
    KERAS_WORDS,
    WORDS,
    ExplicitPadding,
    PaddingWord,
    Slide,
    amounts,
    check_mirror,
    extent,
    mode_of,
    same_amount,
)
from cnnkeras.layers.reach import Pair
from cnnkeras.model.backend import mirror_pad
from cnnkeras.model.mirror import Amounts


def read_padding(padding: Any) -> PaddingWord | ExplicitPadding:
    """Read the argument `padding`, also as a saved model's JSON has it. Raises ValueError."""
    if isinstance(padding, dict):
        return ExplicitPadding(**{**padding, "amount": _tuples(padding.get("amount"))})
    if padding in WORDS:
        return padding  # type: ignore[no-any-return]  # the test above has settled it
    words = ", ".join(f'"{word}"' for word in WORDS)
    raise ValueError(f'padding must be one of {words}, or {{"mode": …, "amount": …}}, and it is {padding!r}')


def _tuples(value: Any) -> Any:
    return tuple(_tuples(member) for member in value) if isinstance(value, list | tuple) else value


class Padded:
    """The padding of a windowed layer, before Keras's layer in the order of base classes.

    Args:
        padding: "valid", "same", "reflect", "symmetric", "replicate", or `{"mode": …, "amount": …}` with a mode of
            "zeros", "reflect", "symmetric", "replicate" and an amount of ((top, bottom), (left, right)).
        **options: what the Keras layer takes.

    """

    # What "zeros" puts around the map: a value that changes no result of the window.
    blank = 0.0
    # Whether training may use kernels that write in place. XLA has none: `for_xla` says that it compiles the network.
    in_place = True

    def __init__(self, *positional: Any, padding: Any = "valid", **options: Any) -> None:
        wanted = read_padding(padding)
        word = wanted if wanted in KERAS_WORDS else "valid"
        super().__init__(*positional, padding=word, **options)  # type: ignore[call-arg]  # Keras's layer comes next
        self.window_padding = wanted
        if self._is_same():
            self.padding = "same"
        if self._pads() and self.data_format != "channels_last":
            raise ValueError(f'padding {padding!r} needs data_format "channels_last"')

    # Keras's own attributes, which the layer after this class brings.
    data_format: str
    padding: str

    def slide(self) -> Slide:
        """Give the window's size, strides and dilation."""
        raise NotImplementedError

    def _is_same(self) -> bool:
        """Say whether the zeros asked for are those of "same", which no kernel has to copy a map for."""
        padding, slide = self.window_padding, self.slide()
        if not isinstance(padding, ExplicitPadding) or padding.mode != "zeros" or slide.strides != (1, 1):
            return False
        same = tuple(same_amount(1, slide.kernel[side], 1, slide.dilation[side]) for side in (0, 1))
        return padding.amount == same

    def _pads(self) -> bool:
        return self.padding == "valid" and self.window_padding != "valid"

    def _known_amounts(self, sides: tuple[Dimension, ...]) -> list[Pair | None]:
        """Give the amounts along both sides, None where they depend on a size that the data will tell."""
        slide = self.slide()
        known = [amounts(self.window_padding, slide, sides[side], side) for side in (0, 1)]
        for size, amount in zip(sides, known, strict=True):
            if size is not None and amount is not None:
                check_mirror(self.window_padding, size, amount)
        return known

    def _amounts(self, x: Any) -> Amounts:
        vertical, horizontal = (
            amount if amount is not None else self._amount_in_graph(keras.ops.shape(x)[side + 1], side)
            for side, amount in enumerate(self._known_amounts(tuple(x.shape[1:3])))
        )
        return vertical, horizontal

    def _amount_in_graph(self, size: Any, side: int) -> tuple[Any, Any]:
        """Do the arithmetic of `same_amount` on a tensor."""
        slide = self.slide()
        stride = slide.strides[side]
        span = (-(-size // stride) - 1) * stride + extent(slide.kernel[side], slide.dilation[side])
        total = keras.ops.maximum(span - size, 0)
        return total // 2, total - total // 2

    def pad(self, x: Any) -> Any:
        """Give the map with its padding around it."""
        if not self._pads():
            return x
        padding = self._amounts(x)
        if all(isinstance(number, int) and number == 0 for amount in padding for number in amount):
            return x
        mode = mode_of(self.window_padding)
        if mode == "zeros":
            return keras.ops.pad(x, ((0, 0), *padding, (0, 0)), constant_values=self.blank)
        return mirror_pad(x, mode, padding, self.in_place)

    def call(self, inputs: Any) -> Any:
        """Pad, and do what Keras's layer does."""
        return super().call(self.pad(inputs))  # type: ignore[misc]  # Keras's layer comes after this class

    def compute_output_shape(self, input_shape: tuple[Dimension, ...]) -> tuple[Dimension, ...]:
        """Give the output's shape, batch and channels included. Raises ValueError where the window does not fit."""
        if self._pads():
            batch, *sides, channels = input_shape
            known = self._known_amounts(tuple(sides))
            # An unknown side stays unknown.
            input_shape = (batch, *(_sum(side, amount) for side, amount in zip(sides, known, strict=True)), channels)
        return super().compute_output_shape(input_shape)  # type: ignore[misc, no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Give what makes the same layer again."""
        padding = self.window_padding
        written = padding.model_dump() if isinstance(padding, ExplicitPadding) else padding
        return {**super().get_config(), "padding": written}  # type: ignore[misc]


def _sum(side: Dimension, amount: Pair | None) -> Dimension:
    return None if side is None or amount is None else side + sum(amount)


def for_xla(model: Any) -> None:
    """Tell the padded layers of a network that XLA compiles its training."""
    for layer in model.layers:
        if isinstance(layer, Padded):
            layer.in_place = False
