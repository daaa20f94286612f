"""From an architecture to a keras.Model, and the Keras layers that Keras lacks.

Importing this package makes Keras load saved models with these layers: nothing has to be named by hand.
"""

from __future__ import annotations

from cnnkeras.model.builder import build_model as build_model
