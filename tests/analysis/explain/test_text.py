"""What `explain` prints, as a whole."""

from __future__ import annotations

import pytest

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.explain import explain
from cnnkeras.errors import UserError
from tests.analysis.conftest import SHIPPED, Load, content, shipped

pytestmark = pytest.mark.fast

BOARD = """\
layers[0] Conv2D "conv2d_1": 28×28×3 → 28×28×10
    height, width    ⌊(28 + 2·2 − 5)/1⌋ + 1 = 28
    parameters       (5·5·3 + 1)·10 = 760
    MACs             28·28·10·(5·5·3) = 588,000
    receptive field  1 + (5−1)·1 = 5
    start            0 − 2·1 = −2

layers[1] MaxPooling2D "max_pooling2d_1": 28×28×10 → 14×14×10
    height, width    ⌊(28 − 2)/2⌋ + 1 = 14
    receptive field  5 + (2−1)·1 = 6
    stride           1·2 = 2

layers[2] BatchNormalization "norm": 14×14×10 → 14×14×10
    parameters       4·10 = 40
    trainable        2·10 = 20
    receptive field  6

layers[3] UpSampling2D "up_sampling2d_1": 14×14×10 → 28×42×10
    height                   14·2 = 28
    width                    14·3 = 42
    receptive field, height  6 + (⌈2/2⌉ − 1)·2 = 6
    receptive field, width   6 + (⌈3/3⌉ − 1)·2 = 6
    stride, height           2/2 = 1
    stride, width            2/3 = 2/3

layers[4] Permute "permute_1": 28×42×10 → 42×28×10
    receptive field  undefined: its paths disagree in stride, or it can't be derived

layers[5] Flatten "flatten_1": 14×14×10 → 1960
    takes norm
    units            14·14·10 = 1,960
    receptive field  every output sees the same 28×28 pixels

layers[6] Dense "dense_1": 1960 → ?
    parameters       unknown
    MACs             unknown
    receptive field  every output sees the same 28×28 pixels

together: unknown parameters, unknown MACs"""


def test_the_board(load: Load) -> None:
    """A teacher would find the formulas of the textbook in another form, or a figure without its formula."""
    layers = [
        {"type": "Conv2D", "filters": 10, "kernel_size": 5, "padding": "same"},
        {"type": "MaxPooling2D"},
        {"type": "BatchNormalization", "name": "norm"},
        {"type": "UpSampling2D", "size": [2, 3]},
        {"type": "Permute", "dims": [2, 1, 3]},
        {"type": "Flatten", "inputs": "norm"},
        {"type": "Dense", "units": "num_classes"},
    ]
    architecture = load(content(*layers, shape=(28, 28, 3))).architecture
    assert architecture is not None
    assert explain(architecture, analyse(architecture)) == BOARD


def test_three_small_kernels(load: Load) -> None:
    """A student would not see the field grow from 3 to 5 to 7."""
    layer = {"type": "Conv2D", "filters": 8, "kernel_size": 3, "activation": "relu", "repeat": 3}
    architecture = load(content(layer)).architecture
    assert architecture is not None
    text = explain(architecture, analyse(architecture), "layers[0]")
    grown = [line.split("  ")[-1] for line in text.split("\n") if "receptive field" in line]
    assert grown == ["1 + (3−1)·1 = 3", "3 + (3−1)·1 = 5", "5 + (3−1)·1 = 7"]


def test_a_block_and_a_type_mean_all_their_layers() -> None:
    """Who wants to see one residual block would have to know the names of its eleven layers."""
    architecture = shipped(next(path for path in SHIPPED if path.stem == "resnet56"))
    analysis = analyse(architecture)
    text = explain(architecture, analysis, "same_size_2")
    assert text.count("\n\n") + 1 == 7
    # Of a sum it is said what is added.
    assert "    takes same_size_2_main_main_batch_normalization_1, same_size_1_re_lu_1\n" in text
    assert explain(architecture, analysis, "Add").count('Add "') == 27
    uses = {use.name for node in architecture.nodes for use in node.scope if use.block == "residual"}
    assert explain(architecture, analysis, "residual").count(' ReLU "') == len(uses)


@pytest.mark.parametrize("layer", ["conv2d_2", "2", "layers[2]"])
def test_one_layer(layer: str) -> None:
    """A user who asks for one layer would get none, another, or all."""
    architecture = shipped(next(path for path in SHIPPED if path.stem == "lenet5"))
    text = explain(architecture, analyse(architecture), layer)
    assert text == "\n".join(
        [
            'layers[2] Conv2D "conv2d_2": 14×14×6 → 10×10×16',
            "    height, width    ⌊(14 − 5)/1⌋ + 1 = 10",
            "    parameters       (5·5·6 + 1)·16 = 2,416",
            "    MACs             10·10·16·(5·5·6) = 240,000",
            "    receptive field  6 + (5−1)·2 = 14",
        ]
    )


def test_behind_an_upsampling_the_field_grows_by_less() -> None:
    """A formula that does not hold there would be shown for a decoder's convolution."""
    architecture = shipped(next(path for path in SHIPPED if path.stem == "unet"))
    text = explain(architecture, analyse(architecture), "convolutions_4_conv2d_1")
    assert ", as neighbours are made from the same pixels" in text


@pytest.mark.parametrize(
    ("layer", "hint"),
    [
        ("conv2d_3", 'did you mean "conv2d_2"?'),
        ("99", "the last one is 7"),
        ("99999999999999999999", "the last one is 7"),
    ],
)
def test_a_layer_that_there_is_not(layer: str, hint: str) -> None:
    """A mistyped layer would end in a traceback."""
    architecture = shipped(next(path for path in SHIPPED if path.stem == "lenet5"))
    with pytest.raises(UserError) as error:
        explain(architecture, analyse(architecture), layer)
    assert str(error.value) == f'command line: error[layer]: there is no layer "{layer}"\n     = help: {hint}'
