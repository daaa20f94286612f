"""The convolution written out, one output pixel at a time."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.explain import explain
from cnnkeras.analysis.explain.picture import pad, read_picture, write_convolution
from cnnkeras.errors import UserError
from cnnkeras.layers.base import LayerProblem
from cnnkeras.layers.convolution import Conv2D
from tests.analysis.conftest import Load, content

pytestmark = pytest.mark.fast

PICTURE = "1 1 1 0 0/0 1 1 1 0/0 0 1 1 1/0 0 1 1 0/0 1 1 0 0"
KERNEL = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
FIXED = {"type": "Conv2D", "filters": 1, "kernel_size": 3, "use_bias": False, "kernel_initializer": KERNEL}

WRITTEN = """\
layers[0] Conv2D "conv2d_1": 5×5×1 → 3×3×1
    height, width    ⌊(5 − 3)/1⌋ + 1 = 3
    parameters       3·3·1·1 = 9
    MACs             3·3·1·(3·3·1) = 81
    receptive field  1 + (3−1)·1 = 3

layers[0] Conv2D, one pixel of its output at a time

picture 5×5
1 1 1 0 0
0 1 1 1 0
0 0 1 1 1
0 0 1 1 0
0 1 1 0 0

kernel 3×3
1 0 1
0 1 0
1 0 1

[0, 0]  1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 0·0 + 1·1 = 4
[0, 1]  1·1 + 1·0 + 0·1 + 1·0 + 1·1 + 1·0 + 0·1 + 1·0 + 1·1 = 3
[0, 2]  1·1 + 0·0 + 0·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 1·1 = 4
[1, 0]  0·1 + 1·0 + 1·1 + 0·0 + 0·1 + 1·0 + 0·1 + 0·0 + 1·1 = 2
[1, 1]  1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 1·0 + 1·1 = 4
[1, 2]  1·1 + 1·0 + 0·1 + 1·0 + 1·1 + 1·0 + 1·1 + 1·0 + 0·1 = 3
[2, 0]  0·1 + 0·0 + 1·1 + 0·0 + 0·1 + 1·0 + 0·1 + 1·0 + 1·1 = 2
[2, 1]  0·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 1·1 + 1·0 + 0·1 = 3
[2, 2]  1·1 + 1·0 + 1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 0·0 + 0·1 = 4

result 3×3
4 3 4
2 4 3
2 3 4"""


def explained(load: Load, *layers: Any, layer: str | None = None, picture: str | None = None) -> str:
    """Explain a file with these layers on a 5×5 input."""
    architecture = load(content(*layers, shape=(5, 5, 1))).architecture
    assert architecture is not None
    return explain(architecture, analyse(architecture), layer, picture)


def result(text: str) -> list[str]:
    """Give the rows of the result."""
    return text.split("\nresult ")[1].split("\n")[1:]


@pytest.mark.parametrize("picture", [PICTURE, None, PICTURE.replace("/", "\n"), f" {PICTURE} ".replace(" ", "  ")])
def test_the_example_of_the_board(load: Load, picture: str | None) -> None:
    """A student could not follow the convolution of the textbook, pixel by pixel."""
    assert explained(load, FIXED, layer="conv2d_1", picture=picture) == WRITTEN


def test_the_only_fixed_kernel_needs_no_name(load: Load) -> None:
    """A user would have to look the layer's name up first."""
    text = explained(load, FIXED, {"type": "Flatten"})
    assert WRITTEN.split("\n\n", 1)[1] in text
    assert "together: 9 parameters, 81 MACs\n\nlayers[0] Conv2D, one pixel" in text


@pytest.mark.parametrize(
    ("mode", "rows"),
    [
        ("reflect", "5 4 5 6 5/2 1 2 3 2/5 4 5 6 5/8 7 8 9 8/5 4 5 6 5"),
        ("symmetric", "1 1 2 3 3/1 1 2 3 3/4 4 5 6 6/7 7 8 9 9/7 7 8 9 9"),
        ("replicate", "1 1 2 3 3/1 1 2 3 3/4 4 5 6 6/7 7 8 9 9/7 7 8 9 9"),
        ("zeros", "0 0 0 0 0/0 1 2 3 0/0 4 5 6 0/0 7 8 9 0/0 0 0 0 0"),
    ],
)
def test_padding_is_written_out(load: Load, mode: str, rows: str) -> None:
    """A mirror would show other numbers than the network computes with."""
    picture = "1 2 3/4 5 6/7 8 9"
    assert pad(read_picture(picture), ((1, 1), (1, 1)), mode) == read_picture(rows)  # type: ignore[arg-type]
    layer = {**FIXED, "padding": "same" if mode == "zeros" else mode}
    text = explained(load, layer, picture=picture)
    assert f"padded to 5×5 ({mode})\n" + rows.replace("/", "\n") in text


def test_wide_mirrors() -> None:
    """A mirror of more than one pixel would come out in the wrong order."""
    row = read_picture("1 2 3")
    amounts = ((0, 0), (2, 2))
    assert pad(row, amounts, "reflect") == [[3, 2, 1, 2, 3, 2, 1]]
    assert pad(row, amounts, "symmetric") == [[2, 1, 1, 2, 3, 3, 2]]
    assert pad(row, amounts, "replicate") == [[1, 1, 1, 2, 3, 3, 3]]


def test_strides_dilation_and_real_numbers(load: Load) -> None:
    """Strides or dilation would be ignored, or a minus be read as a difference."""
    strided = explained(load, {**FIXED, "strides": 2}, picture=PICTURE)
    assert result(strided) == ["4 4", "2 4"]
    dilated = {"type": "Conv2D", "filters": 1, "kernel_size": [1, 2], "dilation_rate": [1, 2], "use_bias": False,
               "kernel_initializer": "difference_x"}  # fmt: skip
    text = explained(load, dilated, picture="1 2 3.5/-1 0 1")
    assert "[0, 0]  1·(−1) + 3.5·1 = 2.5" in text
    assert "[1, 0]  (−1)·(−1) + 1·1 = 2" in text
    assert result(text) == ["2.5", "  2"]


def test_filters_by_name_and_four_dimensional_numbers(load: Load) -> None:
    """A classical filter by name, or numbers in Keras's own form, could not be looked at."""
    mean = explained(load, {**FIXED, "kernel_initializer": "mean"}, picture="1 2 3/4 5 6/7 8 9")
    assert result(mean) == ["5"]
    keras = [[[[2.0]], [[0.0]]], [[[0.0]], [[0.0]]]]
    assert result(explained(load, {**FIXED, "kernel_size": 2, "kernel_initializer": keras}, picture="1 2/3 4")) == ["2"]
    depthwise = {"type": "DepthwiseConv2D", "kernel_size": 3, "depthwise_initializer": "sobel_x", "activation": "relu"}
    text = explained(load, depthwise, picture="1 2 3/4 5 6/7 8 9")
    assert "DepthwiseConv2D, one pixel of its output at a time (without its bias and relu)" in text
    assert result(text) == ["8"]


def test_a_large_kernel_has_a_picture_it_fits(load: Load) -> None:
    """Without a picture, a large kernel would end in an error about one that nobody gave."""
    layer = {**FIXED, "kernel_size": 5, "kernel_initializer": "mean", "strides": 2}
    assert len(result(explained(load, layer))) == 3


def test_nothing_is_drawn_for_learned_or_many_kernels(load: Load) -> None:
    """A network of fixed filters would fill the terminal with sums that nobody asked for."""
    learned = {"type": "Conv2D", "filters": 1, "kernel_size": 3}
    assert "one pixel" not in explained(load, learned)
    assert "one pixel" not in explained(load, FIXED, {**FIXED, "inputs": "input"})
    huge = {**FIXED, "kernel_size": 999, "kernel_initializer": "mean", "padding": "same"}
    assert "one pixel" not in explained(load, huge)
    assert "one pixel" in explained(load, FIXED, {**FIXED, "inputs": "input"}, layer="1")


LEARNED = {"type": "Conv2D", "filters": 1, "kernel_size": 3}
HOW = '     = help: write rows with / between them, as in --picture "1 1 0/0 1 1/0 0 1"'
WRONG = [
    ("1 2/3", ["1:5: error[picture]: --picture: row 1 has 2 numbers, and row 2 has 1", "   1 | 1 2/3", "     |     ^", HOW]),
    ("1 2\n3 x", ['2:3: error[picture]: --picture: "x" is no number', "   2 | 3 x", "     |   ^", HOW]),
    ("1 nan", ["1:3: error[picture]: --picture: nan is no number for a blackboard: at most 1000000000",
               "   1 | 1 nan", "     |   ^", HOW]),
    (" / ", ["1:1: error[picture]: --picture: the picture has no numbers", "   1 |  / ", "     | ^", HOW]),
    ("1/" * 65 + "1", ["1:1: error[picture]: --picture: the picture is 66×1, and at most 64 a side fit on the board",
                       "   1 | " + "1/" * 49 + "1…", "     | ^", HOW]),
]  # fmt: skip


@pytest.mark.parametrize(("picture", "lines"), WRONG)
def test_a_wrong_picture(picture: str, lines: list[str]) -> None:
    """A mistyped picture would end in a traceback."""
    with pytest.raises(UserError) as error:
        read_picture(picture)
    assert str(error.value) == "\n".join([f"command line:{lines[0]}", *lines[1:]])


@pytest.mark.parametrize(
    ("layers", "layer", "picture", "text"),
    [
        (
            [FIXED],
            None,
            "1 2/3 4",
            "--picture: layers[0] Conv2D: kernel 3×3 does not fit its 2×2 input\nhelp: give a larger picture",
        ),
        (
            [LEARNED],
            "0",
            PICTURE,
            '--picture: layers[0] Conv2D has no fixed kernel to write out\nhelp: give the numbers, as in "kernel_initializer": [[1, 0], [0, 1]]',
        ),
        (
            [LEARNED, {"type": "Flatten"}],
            None,
            PICTURE,
            '--picture: the layers have no fixed kernel to write out\nhelp: give the numbers, as in "kernel_initializer": [[1, 0], [0, 1]]',
        ),
        (
            [FIXED, FIXED],
            None,
            PICTURE,
            "--picture: there are 2 layers with a fixed kernel\nhelp: name one of conv2d_1, conv2d_2",
        ),
    ],
)
def test_a_picture_that_can_not_be_used(
    load: Load, layers: list[Any], layer: str | None, picture: str, text: str
) -> None:
    """A picture would be ignored without a word, or end in a traceback."""
    with pytest.raises(UserError) as error:
        explained(load, *layers, layer=layer, picture=picture)
    assert str(error.value) == f"command line: error[picture]: {text}".replace("\nhelp", "\n     = help")


def test_a_window_that_does_not_fit_is_the_callers_to_report() -> None:
    """The board would be empty where a kernel is larger than the picture."""
    layer = Conv2D.model_validate({**FIXED, "kernel_size": (3, 3), "kernel_initializer": "mean"})
    with pytest.raises(LayerProblem, match="kernel 3×3 does not fit its 1×2 input"):
        write_convolution(layer, [[1.0] * 3] * 3, [[1.0, 2.0]])
