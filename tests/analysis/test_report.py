"""The tables of `check`: on a terminal, in a pipe, in eighty columns, for one file and for many."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.analysis.report import human, plain_table, print_table, summary
from cnnkeras.errors import Diagnostic
from tests.analysis.conftest import SHIPPED, Check, shipped

pytestmark = pytest.mark.fast

PLAIN = """\
layer                type              output    parameters     MACs    memory  field
conv2d_1             Conv2D            28×28×6          156  117.6 k  18.82 kB    5×5
average_pooling2d_1  AveragePooling2D  14×14×6            0        0  4.704 kB    6×6
conv2d_2             Conv2D            10×10×16       2,416    240 k    6.4 kB  14×14
average_pooling2d_2  AveragePooling2D  5×5×16             0        0    1.6 kB  16×16
flatten_1            Flatten           400                0        0    1.6 kB  28×28
dense_1              Dense             120           48,120     48 k     480 B  28×28
dense_2              Dense             84            10,164  10.08 k     336 B  28×28
dense_3              Dense             10               850      840      40 B  28×28

61,706 parameters, 416.5 k multiply-accumulates and 33.98 kB of activations a picture; the output sees 28×28
"""


def lenet5() -> Analysis:
    """Analyse a shipped network."""
    return analyse(shipped(next(path for path in SHIPPED if path.stem == "lenet5")))


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_in_a_pipe_it_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file would be full of escape codes, or its names cut off."""
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    print_table(lenet5(), stream)
    assert stream.getvalue() == PLAIN


def test_on_a_terminal_it_is_coloured_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal would show other figures than the pipe, cut them off, or wrap their lines."""
    for name, value in (("COLUMNS", "80"), ("TERM", "xterm-256color"), ("NO_COLOR", "1")):
        monkeypatch.setenv(name, value)
    stream = Terminal()
    print_table(lenet5(), stream)
    text = stream.getvalue()
    assert "\x1b[" in text
    for figure in ("61,706 parameters", "48,120", "117.6 k", "18.82 kB", "28×28×6", "average_pooling2d_1"):
        assert figure in text


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_table_fits_eighty_columns(path: object) -> None:
    """A table would wrap in the terminal that most people have."""
    analysis = analyse(shipped(path))  # type: ignore[arg-type]
    assert max(map(len, plain_table(analysis, 80).split("\n"))) <= 80


def test_a_wide_terminal_cuts_nothing() -> None:
    """Names would be cut where there is room for them."""
    assert "…" not in plain_table(lenet5(), 120)


def test_the_unknown_is_a_question_mark(check: Check) -> None:
    """A figure that can't be known would be shown as zero."""
    analysis = check({"type": "Conv2D", "filters": 4, "kernel_size": 99}, {"type": "Permute", "dims": [2, 1, 3], "inputs": "input"},
                     {"type": "Dense", "units": "num_classes"})  # fmt: skip
    assert plain_table(analysis, 100).split("\n")[1:] == [
        "conv2d_1   Conv2D   ?                 ?     ?         ?      ?",
        "permute_1  Permute  28×28×1           0     0  3.136 kB      ?",
        "dense_1    Dense    28×28×?           ?     ?         ?      ?",
    ]


def test_a_type_can_not_command_the_terminal(check: Check) -> None:
    """A file from somewhere could colour, clear or retitle the user's terminal, or end in a traceback."""
    analysis = check({"type": "\x1b[31m[/red]\n"})
    stream = Terminal()
    print_table(analysis, stream)
    for text in (stream.getvalue(), plain_table(analysis)):
        assert "\x1b[31m" not in text
        assert "[31m[/red]" in text


def test_frozen_parameters_are_told_apart(check: Check) -> None:
    """A user would take weights that are never trained for trained ones."""
    stream = io.StringIO()
    print_table(check({"type": "BatchNormalization"}, shape=(4, 4, 8)), stream)
    assert stream.getvalue().split("\n")[-2].startswith("32 parameters (16 trained), 0 multiply-accumulates")


def test_a_folder_is_a_line_a_file() -> None:
    """A folder's check would print hundreds of lines, or hide which file is wrong."""
    analysis = lenet5()
    error = Diagnostic("shape", "error", "b.json", 1, 1, "", "wrong")
    warning = replace(error, severity="warning")
    bad = replace(
        analysis, diagnostics=(error, warning, warning), totals=analysis.totals._replace(parameters=None, macs=7)
    )
    good = replace(analysis, diagnostics=())
    assert summary([("nets/a.json", good), ("b.json", bad), ("none.json", None)]) == "\n".join(
        [
            "nets/a.json  61,706 parameters  416.5 k MACs  ok",
            "b.json            ? parameters        7 MACs  1 error, 2 warnings",
            "none.json                                     can't be read",
        ]
    )
    assert summary([]) == ""


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (15_470_264_320, "15.47 G"),
        (999_999, "1 M"),
        (10**18, "1000 P"),
        (None, "?"),
    ],
)
def test_large_figures(figure: int | None, text: str) -> None:
    """The published 15.47 G of VGG16 would not be recognised."""
    assert human(figure) == text
