"""For each lint a file that it warns of, and the whole warning."""

from __future__ import annotations

from typing import NamedTuple


def text_of(layers: tuple[str, ...], shape: str, sections: str = "") -> str:
    """Write a file as people do, a layer a line: the first one on line 5."""
    lines = ",\n".join(f"    {{{layer}}}" for layer in layers)
    return (
        f'{{\n  "task": "classification",\n  "input": {{"shape": {shape}}},\n  "layers": [\n{lines}\n  ]{sections}\n}}'
    )


class Case(NamedTuple):
    layers: tuple[str, ...]
    shape: str
    sections: str
    found: str


CASES = {
    "scaled-twice": Case(
        (
            '"type": "Rescaling", "scale": 0.00392',
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:5:36: warning[scaled-twice]: layers[0] Rescaling: the picture comes as 0 to 1 already ("range" of the input): scaled again, all of it is nearly 0
   5 |     {"type": "Rescaling", "scale": 0.00392},
     |                                    ^
     = help: leave it out, or write "range": [0, 255] in the input
""",
    ),
    "unread-border": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu", "strides": 3',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[7, 7, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:89: warning[unread-border]: layers[0] Conv2D: the last 1 row and 1 column of its 7×7 input are never read: (7 − 3)/3 + 1 is no integer
   5 |     {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu", "strides": 3},
     |                                                                                         ^
     = help: use padding "same", or a kernel and strides that fit
""",
    ),
    "stride-over-kernel": Case(
        (
            '"type": "MaxPooling2D", "pool_size": 2, "strides": [3, 2]',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[8, 8, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:57: warning[stride-over-kernel]: layers[0] MaxPooling2D: strides 3×2 are longer than its pool 2×2: 1 row between its windows is never read
   5 |     {"type": "MaxPooling2D", "pool_size": 2, "strides": [3, 2]},
     |                                                         ^
     = help: use strides of at most the pool_size
""",
    ),
    "even-kernel": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": [3, 4], "padding": "reflect"',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[8, 8, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:53: warning[even-kernel]: layers[0] Conv2D: the even kernel 3×4 with padding "reflect" pads 1 before and 2 after, which shifts the map by half a pixel
   5 |     {"type": "Conv2D", "filters": 4, "kernel_size": [3, 4], "padding": "reflect"},
     |                                                     ^
     = help: use an odd kernel_size: 3×3 or 3×5
""",
    ),
    "padding-only": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu", "padding": {"amount": [[0, 0], [3, 1]]}',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[8, 8, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:89: warning[padding-only]: layers[0] Conv2D: its padding of 3 is as wide as its kernel, so that the outermost columns of its output see nothing of its input
   5 | …D", "filters": 4, "kernel_size": 3, "activation": "relu", "padding": {"amount": [[0, 0], [3, 1]]}},
     |                                                                       ^
     = help: pad at most 2
""",
    ),
    "pooling-one": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 8, "activation": "relu"',
            '"type": "MaxPooling2D", "padding": "same"',
            '"type": "Flatten"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:6:5: warning[pooling-one]: layers[1] MaxPooling2D: pools a 1×1 map, which changes nothing
   6 |     {"type": "MaxPooling2D", "padding": "same"},
     |     ^
     = help: remove it, or shrink the map less before it
""",
    ),
    "uneven-overlap": Case(
        (
            '"type": "Conv2DTranspose", "filters": 4, "kernel_size": 3, "strides": 2, "activation": "relu"',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[8, 8, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:62: warning[uneven-overlap]: layers[0] Conv2DTranspose: kernel 3×3 is no multiple of its strides 2×2: its copies overlap unevenly, which draws a checkerboard
   5 |     {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 3, "strides": 2, "activation": "relu"},
     |                                                              ^
     = help: use a kernel_size of 4×4, or UpSampling2D and a Conv2D
""",
    ),
    "linear-pair": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3',
            '"type": "BatchNormalization"',
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[4, 4, 1]",
        ', "silence": ["bias-before-normalization", "heavy-dense"]',
        """
file.json:5:5: warning[linear-pair]: layers[0] Conv2D: nothing nonlinear stands between it and layers[3] Dense: the two are one linear layer
   5 |     {"type": "Conv2D", "filters": 4, "kernel_size": 3},
     |     ^
     = help: give it an activation, as in "activation": "relu", or leave one of them out
""",
    ),
    "bias-before-normalization": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3',
            '"type": "BatchNormalization"',
            '"type": "ReLU"',
            '"type": "GlobalMaxPooling2D"',
        ),
        "[8, 8, 1]",
        ', "silence": ["small-receptive-field"]',
        """
file.json:5:5: warning[bias-before-normalization]: layers[0] Conv2D: its bias does nothing: layers[1] BatchNormalization takes it off again with the mean
   5 |     {"type": "Conv2D", "filters": 4, "kernel_size": 3},
     |     ^
     = help: set "use_bias" to false
""",
    ),
    "heavy-dense": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"',
            '"type": "Flatten"',
            '"type": "Dropout", "rate": 0.5',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:8:5: warning[heavy-dense]: layers[3] Dense: holds 1,450 of the network's 1,490 parameters (97%)
   8 |     {"type": "Dense", "units": 10, "activation": "softmax"}
     |     ^
     = help: shrink the map before layers[1] Flatten, or put GlobalAveragePooling2D in its place
""",
    ),
    "small-receptive-field": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"',
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"',
            '"type": "GlobalAveragePooling2D"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[12, 6, 1]",
        "",
        """
file.json:7:5: warning[small-receptive-field]: layers[2] GlobalAveragePooling2D: what it pools sees 5×5 of the 12×6 picture: no feature sees the whole
   7 |     {"type": "GlobalAveragePooling2D"},
     |     ^
     = help: add layers, strides or a dilation before it, or use a smaller picture
""",
    ),
    "softmax-inside": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 16, "activation": "softmax"',
            '"type": "Dropout", "rate": 0.5',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:6:50: warning[softmax-inside]: layers[1] Dense: its softmax is not the last: layers[3] Dense works on numbers that are nearly all zero
   6 |     {"type": "Dense", "units": 16, "activation": "softmax"},
     |                                                  ^
     = help: use "relu" here, and softmax at the output only
""",
    ),
    "output-dropout": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
            '"type": "Dropout", "rate": 0.5',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:7:5: warning[output-dropout]: layers[2] Dropout: zeroes some of the network's answers in training
   7 |     {"type": "Dropout", "rate": 0.5}
     |     ^
     = help: put it before the last Dense or convolution
""",
    ),
    "channels-first": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[3, 32, 32]",
        "",
        """
file.json:3:22: warning[channels-first]: input: 3 pixels high, 32 wide, with 32 channels
   3 |   "input": {"shape": [3, 32, 32]},
     |                      ^
     = help: the shape is [height, width, channels]: did you mean [32, 32, 3]?
""",
    ),
    "overlap-of-all": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        ',\n  "training": {"loss": {"type": "Sum", "losses": ["KLDivergence", "Dice"]}}',
        """
file.json:8:67: warning[overlap-of-all]: training: Dice counts all classes together, so that a rare one counts for nearly nothing
   8 |   "training": {"loss": {"type": "Sum", "losses": ["KLDivergence", "Dice"]}}
     |                                                                   ^
     = help: give it "axis": [0]: the mean of the classes' own figures
""",
    ),
    "bent-output": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "relu"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:6:50: warning[bent-output]: layers[1] Dense: the loss makes probabilities of what relu has bent
   6 |     {"type": "Dense", "units": 10, "activation": "relu"}
     |                                                  ^
     = help: use "softmax", or "linear", at the output
""",
    ),
    "unused-layer": Case(
        (
            '"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu", "name": "side"',
            '"type": "Flatten", "inputs": "input"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        "",
        """
file.json:5:5: warning[unused-layer]: layers[0] Conv2D: nothing takes its output, so it is no part of the network
   5 |     {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu", "name": "side"},
     |     ^
     = help: name it in a later layer's "inputs" or in "outputs" ("side"), or remove it
""",
    ),
    "unused-block": Case(
        (
            '"type": "Flatten"',
            '"type": "Dense", "units": 10, "activation": "softmax"',
        ),
        "[8, 8, 1]",
        ',\n  "blocks": {"unit": {"layers": [{"type": "ReLU"}]}}',
        """
file.json:8:22: warning[unused-block]: blocks.unit: no layer uses it
   8 |   "blocks": {"unit": {"layers": [{"type": "ReLU"}]}}
     |                      ^
     = help: use it, as in {"type": "unit"}, or remove it
""",
    ),
}
