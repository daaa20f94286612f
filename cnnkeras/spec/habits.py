"""What people write who come from elsewhere, where the nearest name would lead them astray."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping

from cnnkeras.errors import suggest

_ACTIVATION = 'write {{"type": "Activation", "activation": "{0}"}}, or "activation": "{0}" in the layer before'

# Names of layers, in lower case: PyTorch's, old Keras's, and Keras's that have no place here.
LAYERS: Mapping[str, str] = {
    "linear": 'did you mean "Dense"?',
    "fullyconnected": 'did you mean "Dense"?',
    "convtranspose2d": 'did you mean "Conv2DTranspose"?',
    "deconvolution2d": 'did you mean "Conv2DTranspose"?',
    "convolution2d": 'did you mean "Conv2D"?',
    "maxpool2d": 'did you mean "MaxPooling2D"?',
    "avgpool2d": 'did you mean "AveragePooling2D"?',
    "adaptiveavgpool2d": 'did you mean "GlobalAveragePooling2D"?',
    "adaptivemaxpool2d": 'did you mean "GlobalMaxPooling2D"?',
    "batchnorm2d": 'did you mean "BatchNormalization"?',
    "batchnorm": 'did you mean "BatchNormalization"?',
    "layernorm": 'did you mean "LayerNormalization"?',
    "groupnorm": 'did you mean "GroupNormalization"?',
    "upsample": 'did you mean "UpSampling2D"?',
    "dropout2d": 'did you mean "SpatialDropout2D"?',
    "merge": 'use "Add", "Multiply" or "Concatenate"',
    "concat": 'did you mean "Concatenate"?',
    "input": 'the picture\'s shape stands in "input", beside "layers"',
    "inputlayer": 'the picture\'s shape stands in "input", beside "layers"',
    "randomcrop": 'use "RandomTranslation": Keras\'s RandomCrop leaves the picture uncropped once it is trained',
    **{name: _ACTIVATION.format(name) for name in ("gelu", "sigmoid", "tanh", "silu", "swish", "mish", "selu")},
}

_IN_OPTIMIZER = "it belongs in the optimizer"
_WEIGHTS = "training.initial_weights names a run, or a .keras file, to begin with the weights of"

# Keys of the training and data sections.
KEYS: Mapping[str, str] = {
    **dict.fromkeys(("learning_rate", "lr"), f'{_IN_OPTIMIZER}: "learning_rate" (training.optimizer.learning_rate=…)'),
    **dict.fromkeys(("weight_decay", "decay"), f'{_IN_OPTIMIZER}: "weight_decay"'),
    **dict.fromkeys(("ema", "use_ema"), f'{_IN_OPTIMIZER}: "use_ema": true'),
    **dict.fromkeys(("clipnorm", "gradient_clip", "clip", "grad_clip"), f'{_IN_OPTIMIZER}: "global_clipnorm"'),
    "momentum": "SGD, RMSprop and BatchNormalization have one",
    **dict.fromkeys(("warmup", "warmup_epochs"), 'the learning rate\'s "CosineDecay" has "warmup_steps"'),
    "class_weight": 'a crossentropy has "class_weights", and the data section "balance"',
    "steps_per_epoch": 'an epoch is all pictures, once; "epochs" says how many there are',
    "callbacks": 'each has a key of its own, as "early_stopping" and "reduce_learning_rate"',
    **dict.fromkeys(("mixup", "cutmix", "mosaic"), 'it is one of "augmentation" in the data section'),
    **dict.fromkeys(("weights", "pretrained", "pretrained_weights", "init_from", "transfer"), _WEIGHTS),
    **dict.fromkeys(("in_channels", "in_features"), "leave it out: it follows from the layer before"),
    "from_logits": "leave it out: it follows from the activation of the last layer",
    "label_smoothing": '"CategoricalCrossentropy" has it, for labels that are class numbers, too',
    "validation_split": "it belongs to the data: see its source",
    "input_shape": '"input": {"shape": […]} has it, beside "layers"',
    "batch_input_shape": '"input": {"shape": […]} has it, beside "layers"',
}


# Keys at the top of files of other kinds, and what they are.
FOREIGN_FILES: Mapping[str, tuple[str, str]] = {
    "class_name": ("Keras's own file of a network", 'write its layers as docs/format.md says: {"type": "Conv2D", …}'),
    "nbformat": ("a notebook", "name an architecture file, such as architectures/lenet5.json"),
}


def foreign_file(content: Mapping[str, object]) -> tuple[str, str] | None:
    """Say that a file is none of ours, and what to do; None where it may be."""
    kind = next((key for key in FOREIGN_FILES if key in content), None)
    if kind is None or "layers" in content:
        return None
    what, hint = FOREIGN_FILES[kind]
    return f"the file is {what}, and no architecture file", hint


# Keys of other libraries, where a layer has the other one.
RENAMED: Mapping[str, str] = {
    **dict.fromkeys(("from", "input", "input_layers", "inbound_nodes"), "inputs"),
    **dict.fromkeys(("p", "dropout"), "rate"),
    **dict.fromkeys(("out_channels", "num_filters", "channels"), "filters"),
    **dict.fromkeys(("out_features", "neurons", "size"), "units"),
    "dilation": "dilation_rate",
    "bias": "use_bias",
    "times": "repeat",
}
# Words that stand for another one of the words that there are.
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("float16", "half", "fp16", "f16", "16"), "mixed_float16"),
    **dict.fromkeys(("bfloat16", "bf16"), "mixed_bfloat16"),
    **dict.fromkeys(("fp32", "f32", "float", "single", "full", "32"), "float32"),
}


def suggest_word(word: str, allowed: Iterable[str]) -> str | None:
    """Say which word was meant."""
    words = list(allowed)
    meant = WORDS.get(word.casefold())
    return f'did you mean "{meant}"?' if meant in words else suggest(word, words)


def suggest_layer(name: str, allowed: Iterable[str]) -> str | None:
    """Say which layer was meant."""
    plain = name.rpartition(".")[2]
    names = list(allowed)
    if plain != name and plain in names:
        return f'did you mean "{plain}"?'
    return LAYERS.get(plain.casefold()) or suggest(plain, names)


def suggest_key(name: str, allowed: Iterable[str]) -> str | None:
    """Say which key was meant."""
    keys = list(allowed)
    renamed = RENAMED.get(name)
    return KEYS.get(name) or (f'did you mean "{renamed}"?' if renamed in keys else suggest(name, keys))


_NUMBER = re.compile(r"[-+]?(\d+(?:[.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE)
# A comma that may stand for a point, or between thousands.
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
# Whole numbers up to it are shown without a point.
LARGEST = 1e15
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


def suggest_value(value: object, wanted: str) -> str | None:
    """Say how a number, or true and false, is written, where it stands there as a word; `wanted` is what must be."""
    if isinstance(value, float) and wanted == "an integer" and value.is_integer() and abs(value) < LARGEST:
        return f"write {int(value)}"
    if not isinstance(value, str):
        return None
    word = value.strip().casefold()
    if wanted == "true or false" and word in (*_YES, *_NO):
        return f"write {'true' if word in _YES else 'false'}"
    if wanted not in {"an integer", "a number"} or not _NUMBER.fullmatch(word):
        return None
    number = float(word.replace(",", "."))
    is_none = wanted == "an integer" and not (number.is_integer() and abs(number) < LARGEST)
    if _THOUSANDS.fullmatch(word) or not math.isfinite(number) or is_none:
        return None
    right = json.dumps(int(number) if number.is_integer() and abs(number) < LARGEST else number)
    return f"write {right}{', with a point' if ',' in word else ', without quotes' if right == word else ''}"
