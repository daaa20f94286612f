"""Files that are wrong in one way each: `check` finds it, says it once, in words, with a cure that works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.errors import UserError

pytestmark = pytest.mark.fast

CLASSIFICATION: dict[str, Any] = {
    "task": "classification",
    "input": {"shape": [28, 28, 1]},
    "layers": [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}],
    "data": {"source": "digits"},
}
SEGMENTATION: dict[str, Any] = {
    "task": "segmentation",
    "input": {"shape": [64, 64, 1]},
    "layers": [
        {
            "type": "ResNetV2Backbone",
            "stackwise_filters": [4, 8],
            "stackwise_blocks": [2, 2],
            "stackwise_strides": [1, 2],
            "name": "backbone",
        },
        {"type": "UpSampling2D", "size": 8},
        {"type": "Conv2D", "filters": "num_classes", "kernel_size": 1, "activation": "softmax"},
    ],
    "data": {"source": "scenes"},
}
DETECTION: dict[str, Any] = {
    "task": "detection",
    "input": {"shape": [64, 64, 1]},
    "layers": [
        {"type": "Conv2D", "filters": 64, "kernel_size": 3, "strides": 8, "padding": "same", "name": "sides"},
        {
            "type": "Conv2D",
            "filters": "num_classes",
            "kernel_size": 3,
            "strides": 8,
            "padding": "same",
            "inputs": "input",
            "name": "scores",
        },
        {"type": "Concatenate", "inputs": ["sides", "scores"]},
        {"type": "DetectionHead"},
    ],
    "data": {"source": "scenes"},
}
LEVELS = 'use one of "backbone.P2", "backbone.P3"'
KEYS_OF_FLATTEN = 'use one of "type", "trainable", "inputs", "name", "repeat", "silence"'
LOSS_WEIGHTS = 'training: "loss_weights" must be an array, and it is {"a": 1, "b": 0.1}'
WEIGHTS = "training.initial_weights names a run, or a .keras file, to begin with the weights of"
SHAPE = (
    'input: "shape" must be [height, width, channels]: integers from 1 to 65536; null for a free height or width, '
    "and it is [null, 8, 8, 1]"
)
NOT_THERE = "there is no layer"


def findings(folder: Path, content: dict[str, Any], *changes: str) -> list[tuple[str, str | None]]:
    """Give message and hint of every error."""
    file = folder / "file.json"
    file.write_text(json.dumps(content))
    try:
        found = examine(str(file), changes)[1].diagnostics
    except UserError as error:
        found = error.diagnostics
    return [(each.message, each.hint) for each in found if each.severity == "error"]


@pytest.mark.parametrize("content", [CLASSIFICATION, SEGMENTATION, DETECTION])
def test_what_the_mistakes_are_made_in_is_right(tmp_path: Path, content: dict[str, Any]) -> None:
    """Every mistake below would be found for another reason."""
    assert findings(tmp_path, content) == []


@pytest.mark.parametrize(
    ("content", "change", "message", "hint"),
    [
        (CLASSIFICATION, "training.profile=[1]", 'training: "profile" must be an array of 2, and it is [1]', None),
        (CLASSIFICATION, "training.profile=[]", 'training: "profile" must be an array of 2, and it is []', None),
        (
            CLASSIFICATION,
            "training.profile=[1,2,3]",
            'training: "profile" must be an array of at most 2, and it is [1, 2, 3]',
            None,
        ),
        (
            CLASSIFICATION,
            'training.optimizer={"type":"AdamW","exclude_from_weight_decay":[""]}',
            'training: "optimizer.exclude_from_weight_decay[0]" must be a string that is not empty, and it is ""',
            None,
        ),
        (
            CLASSIFICATION,
            'training.metrics=[{"type":"AUC","name":"A B"}]',
            'training: "metrics[0].name" must be a small letter, then small letters, digits and _, and it is "A B"',
            None,
        ),
        (
            CLASSIFICATION,
            'training.loss={"type":"SparseCategoricalCrossentropy","class_weights":[0,0,0,0,0,0,0,0,0,0]}',
            "training: SparseCategoricalCrossentropy weighs every class with 0, and nothing would be learned",
            "give at least one class a weight above 0",
        ),
        (
            CLASSIFICATION,
            "training.optimizer=Adma",
            'training: "optimizer": there is no optimizer "Adma"',
            'did you mean "Adam"?',
        ),
        (CLASSIFICATION, "layers[0].from=x", 'layers[0] Flatten: there is no key "from"', 'did you mean "inputs"?'),
        (CLASSIFICATION, "layers[0].x=1", 'layers[0] Flatten: there is no key "x"', KEYS_OF_FLATTEN),
        (CLASSIFICATION, 'training.loss_weights={"a":1,"b":0.1}', LOSS_WEIGHTS, "write [1, 0.1]"),
        (CLASSIFICATION, "training.weights=x", 'training: there is no key "weights"', WEIGHTS),
        (CLASSIFICATION, "input.shape=[null,8,8,1]", SHAPE, "write [8, 8, 1]: the batch is no part of it"),
        (
            CLASSIFICATION,
            "data.source=mnist",
            'data: there is no source "mnist"',
            'write {"source": "tfds", "name": "mnist"}',
        ),
        (
            CLASSIFICATION,
            'layers[0]={"type":"Dropout","rate":50}',
            'layers[0] Dropout: "rate" must be less than 1.0, and it is 50',
            "it is a share of 1: write 0.5",
        ),
        (
            CLASSIFICATION,
            'layers[0]={"type":"Conv2D","filters":4,"kernel_size":"3x3"}',
            'layers[0] Conv2D: "kernel_size" must be an integer of at least 1, or [height, width] of two, and it is "3x3"',
            "write [3, 3]",
        ),
        (
            SEGMENTATION,
            'training.loss={"type":"Tversky","alpha":0,"beta":0}',
            'training: "loss": with alpha and beta both 0 no mistake counts, and nothing would be learned',
            "give one more than 0",
        ),
        (
            SEGMENTATION,
            'training.loss={"type":"Sum","losses":["Dice"],"weights":[0]}',
            'training: "loss": every loss has the weight 0',
            "give one of them more",
        ),
        (
            SEGMENTATION,
            'training.loss={"type":"Sum","losses":["Dice"],"weights":[1,2]}',
            'training: "loss": the losses that are added are 1, and the weights 2',
            "give each loss one",
        ),
        (
            DETECTION,
            'prediction={"score_treshold":0.5}',
            'prediction: there is no key "score_treshold"',
            'did you mean "score_threshold"?',
        ),
        (
            DETECTION,
            'data={"source":"table","path":"x.csv","box":["a","b"]}',
            'data: "box" must be an array of at least 4, and it is ["a", "b"]',
            None,
        ),
        (
            DETECTION,
            "layers[3].reg_max=17",
            "layers[3] DetectionHead: its maps have 6 channels for classes, and the data has 10",
            'join a map of 68 channels for the boxes with one of "filters": "num_classes"',
        ),
        (
            DETECTION,
            'layers[2].inputs=["scores","sides"]',
            "layers[2] Concatenate: its maps have 10 and 64 channels, and DetectionHead takes the first 64 for the boxes",
            "put the boxes' map first, then that of the classes",
        ),
        (
            DETECTION,
            'data={"source":"voc","path":"voc","classes":["cat","cat"]}',
            'data: "classes" must name each class once, none of them empty, and it is ["cat", "cat"]',
            None,
        ),
        (
            DETECTION,
            'data={"source":"voc","path":"voc","first_pixel":2}',
            'data: "first_pixel" must be 0 or 1, and it is 2',
            None,
        ),
        # A backbone that is wrong has levels that nobody knows; taking one is no second mistake.
        (
            SEGMENTATION,
            "layers[0].stackwise_blocks=[1,2]",
            'layers[0] ResNetV2Backbone: "stackwise_blocks[0]" must be at least 2, and it is 1',
            None,
        ),
        (
            SEGMENTATION,
            "layers[1].inputs=backbone.P9",
            f'layers[1] UpSampling2D: {NOT_THERE} "backbone.P9" above it',
            LEVELS,
        ),
        (
            SEGMENTATION,
            "layers[1].inputs=backbone.p3",
            f'layers[1] UpSampling2D: {NOT_THERE} "backbone.p3" above it',
            'did you mean "backbone.P3"?',
        ),
        (SEGMENTATION, 'outputs=["backbone.P9"]', f'outputs: {NOT_THERE} "backbone.P9"', LEVELS),
    ],
)
def test_a_mistake(tmp_path: Path, content: dict[str, Any], change: str, message: str, hint: str | None) -> None:
    """A user would read words of the validator, one mistake as two, or a cure that is none."""
    assert findings(tmp_path, content, change) == [(message, hint)]


def test_levels_of_a_backbone_that_is_wrong(tmp_path: Path) -> None:
    """A mistake in a backbone would be told as one in every layer that takes a level of it."""
    changes = ("layers[0].block_type=blok", "layers[1].inputs=backbone.P3", 'outputs=["conv2d_1","backbone.P2"]')
    assert findings(tmp_path, SEGMENTATION, *changes) == [
        (
            'layers[0] ResNetV2Backbone: "block_type" must be "basic_block" or "block", and it is "blok"',
            'did you mean "block"?',
        )
    ]


def test_a_nul_character(tmp_path: Path) -> None:
    """A path that no system takes would end in a traceback when it is opened."""
    content = CLASSIFICATION | {"data": {"source": "folder", "path": "a\0b"}}
    message = "a NUL character in a string"
    assert findings(tmp_path, content) == [(message, "leave it out: no name and no path has one")]


@pytest.mark.parametrize(
    ("content", "what", "hint"),
    [
        ({"class_name": "Functional", "config": {}}, "Keras's own file of a network", "write its layers as"),
        ({"cells": [], "metadata": {}, "nbformat": 4}, "a notebook", "name an architecture file"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, content: dict[str, Any], what: str, hint: str) -> None:
    """Nine errors would tell of a file that is only the wrong one."""
    ((message, cure),) = findings(tmp_path, content)
    assert message == f"the file is {what}, and no architecture file"
    assert (cure or "").startswith(hint)
