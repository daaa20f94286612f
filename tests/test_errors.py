"""What is shown around a place in a file, and what is said of other libraries' errors."""

from __future__ import annotations

import pytest

from cnnkeras.errors import EXCERPT_WIDTH, excerpt, first_line

pytestmark = pytest.mark.fast

GRAPH = """Graph execution error:

Detected at node add defined at (most recent call last):
  File "/tmp/train.py", line 16, in <module>

<stack traces unavailable>
corrupted record at 0
\t [[{{node add}}]]
\t [[IteratorGetNext]] [Op:__inference_step_363]"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("one\ntwo", "one"),
        ("\n  \n  one \n", "one"),
        ("", "ValueError"),
        (" \n", "ValueError"),
        (GRAPH, "corrupted record at 0"),
        ("{{function_node __wrapped__Next}} corrupted record at 0 [Op:Next] name: ", "corrupted record at 0"),
        ("File is not a zip file", "File is not a zip file"),
        ("x" * 400, "x" * 300),
    ],
)
def test_an_error_is_told_in_one_line(said: str, line: str) -> None:
    """A user would read pages of TensorFlow's places, or an IndexError where a library says nothing."""
    assert first_line(ValueError(said)) == line


@pytest.mark.parametrize("before", ["", "first line\n"])
@pytest.mark.parametrize("after", ["", "\n", "\r\nlast line"])
@pytest.mark.parametrize("length", [1, 99, 100, 101, 150, 250, 400])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.8, 1.0])
def test_an_excerpt_says_where_it_is_cut(length: int, share: float, before: str, after: str) -> None:
    """The middle of a minified file would look like the whole line, or the caret stand beside its place."""
    line = "".join(chr(0x4E00 + number) for number in range(length))
    place = round(share * (length - 1))
    text, caret = excerpt(before + line + after, len(before), len(before) + place)
    assert text[caret] == line[place]
    whole = text.strip("…")
    first = line.index(whole)
    assert text == "…" * (first > 0) + whole + "…" * (first + len(whole) < length)
    assert len(text) == min(length, EXCERPT_WIDTH)
