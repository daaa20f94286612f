"""A `.keras` file: for whoever goes on with the network in Keras, its scaling inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from cnnkeras.serving.engines.engine import Engine, Run
from cnnkeras.serving.engines.network import IMAGES, PortableNetwork
from cnnkeras.serving.inference import OUTPUTS, float32_copy


class KerasFile(Engine):
    """A Keras model in float32. Loading it needs cnnkeras's layers: `import cnnkeras.model.registry` first."""

    ending = ".keras"

    def write(self, network: PortableNetwork, file: Path, calibration: Sequence[np.ndarray]) -> None:  # noqa: ARG002
        """Put the scaling before the network, and save both."""
        section = network.architecture.input
        low, high = section.range
        mean, std = np.asarray(section.mean or 0.0), np.asarray(section.std or 1.0)
        # The same factor and offset as in preparation's `scale`, which computes them of the same four.
        scaling = keras.layers.Rescaling(((high - low) / 255 / std).tolist(), ((low - mean) / std).tolist())
        images = keras.Input(section.shape, name=IMAGES)
        outputs = float32_copy(network.model)(scaling(images))
        main = outputs[0] if isinstance(outputs, list | tuple) else outputs
        keras.Model(images, main, name=network.model.name).save(file)

    def open(self, file: Path) -> Run:
        """Load it with Keras."""
        model = keras.models.load_model(file)
        return lambda images: {OUTPUTS: np.asarray(model(images, training=False))}
