"""What is said of other libraries' errors."""

from __future__ import annotations

import pytest

from cnnkeras.errors import first_line

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
