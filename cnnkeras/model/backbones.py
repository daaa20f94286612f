"""KerasCV's backbones as a Keras layer: the only place that imports KerasCV, and only where one is built.

KerasCV 0.9.0 builds the layers; they are then taken one by one, with ours in the place of those that fall short:

- Its BatchNormalization is Keras's, which is not fused, and under a mixed precision policy parts of its blocks have
  no policy of their own and crash.
- Its Lambda layers don't load again from a file.
- Blocks that are layers of layers hide the layers that matter; what they compute is written out.
"""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.model.activation import Activation
from cnnkeras.model.convolution import Conv2D
from cnnkeras.model.normalization import BatchNormalization

# The key of a backbone's own output, beside those of its levels.
WHOLE = "whole"
# What stands in the place of Keras's layers.
_OURS: dict[str, Any] = {
    "BatchNormalization": BatchNormalization,
    "Conv2D": Conv2D,
    "Lambda": Activation,
    "Activation": Activation,
}


@keras.saving.register_keras_serializable(package="cnnkeras")
class Backbone(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """A backbone built from numbers. Takes maps `(batch, height, width, channels)`.

    Gives its deepest map; with `levels` a dictionary of the maps that they name, "P2" and so on, and the deepest
    one as "whole". What no wanted level needs is not built.

    Args:
        backbone: the name of KerasCV's class.
        fields: its arguments.
        levels: the levels that are wanted beside the deepest map.

    """

    def __init__(
        self, backbone: str, fields: dict[str, Any], levels: list[str] | tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.backbone = backbone
        self.fields = {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
        self.levels = list(levels)

    def build(self, input_shape: Any) -> None:
        """Build the layers, for maps of this size."""
        made = _keras_cv_backbone(self.backbone, self.fields, tuple(input_shape[1:]))
        # KerasCV names no levels of VGG16's.
        places = made.pyramid_level_inputs or {f"P{block}": f"block{block}_pool" for block in range(1, 6)}
        outputs = {name: made.get_layer(places[name]).output for name in self.levels}
        deepest = max(places, key=lambda name: int(name[1:]))
        if deepest in outputs:
            # The last map has been through the last normalization, where there is one: so every weight is trained.
            outputs[deepest] = made.output
        written_out = _write_out(keras.Model(made.input, {**outputs, WHOLE: made.output}))
        replacement = _Replacement(self.dtype_policy)
        self.network = keras.models.clone_model(written_out, clone_function=replacement, call_function=_call)
        self.network.trainable = self.trainable
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Give the deepest map, or the dictionary of maps."""
        outputs = self.network(inputs, training=training)
        return outputs if self.levels else outputs[WHOLE]

    def get_config(self) -> dict[str, Any]:
        """Give the numbers that it is built from."""
        return {**super().get_config(), "backbone": self.backbone, "fields": self.fields, "levels": self.levels}


def _keras_cv_backbone(name: str, fields: dict[str, Any], shape: tuple[int | None, ...]) -> Any:
    """Have KerasCV build a backbone. Imported here: it takes two seconds, and most networks have none."""
    import keras_cv

    if name == "VGG16Backbone":
        fields = {**fields, "include_top": False}
    return getattr(keras_cv.models, name)(**fields, input_shape=shape)


def _write_out(model: Any) -> Any:
    """Give the same network with layers of layers replaced by what they compute."""
    while any(_is_block(layer) for layer in model.layers):
        model = keras.models.clone_model(model, clone_function=lambda operation: operation, call_function=_open)
    return model


def _is_block(operation: Any) -> bool:
    return isinstance(operation, keras.layers.Layer) and any(operation._flatten_layers(include_self=False))


def _open(operation: Any, *inputs: Any, **arguments: Any) -> Any:
    return operation.call(*inputs, **arguments) if _is_block(operation) else _call(operation, *inputs, **arguments)


def _call(operation: Any, *inputs: Any, **arguments: Any) -> Any:
    # Sequential models put it in front of each of their layers.
    if type(operation).__name__ == "ConvertToTensor":
        return inputs[0]
    # A Lambda was asked for a mask; what stands in its place takes none.
    return operation(*inputs, **{name: value for name, value in arguments.items() if value is not None})


class _Replacement:
    """Makes for every layer of KerasCV's the one that stands in our network, numbered, with our dtype policy."""

    def __init__(self, policy: Any) -> None:
        self.policy = policy
        self.count = 0

    def __call__(self, operation: Any) -> Any:
        if not isinstance(operation, keras.layers.Layer) or isinstance(operation, keras.layers.InputLayer):
            return operation
        self.count += 1
        name, config = type(operation).__name__, operation.get_config()
        # KerasCV has no Lambdas but SiLU's.
        given: dict[str, Any] = {"activation": "silu"} if name == "Lambda" else config
        # Its own names count all layers made in this process.
        stem = "".join(character if character.isalnum() else "_" for character in operation.name).strip("_")
        made = _OURS.get(name, type(operation))
        return made.from_config({**given, "dtype": self.policy, "name": f"{self.count}_{stem}"})
