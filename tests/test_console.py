"""The console of tables."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cnnkeras.console import COLUMN, plain_console, print_grid

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("to_stderr", [False, True])
def test_a_line_is_whole_where_no_terminal_reads_it(to_stderr: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A name would be folded in a pipe, or [one] in brackets be taken for markup and vanish."""
    line = "layers [red] " * 30
    plain_console(to_stderr).print(line)
    out, err = capsys.readouterr()
    assert (err, out)[not to_stderr] == f"{line}\n"
    assert (out, err)[not to_stderr] == ""


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_long_name_is_cut_on_a_terminal_alone(is_terminal: bool) -> None:
    """The figures would not be seen on a terminal; a program that reads the table would miss the name."""
    text, name = io.StringIO(), "n" * 50
    console = Console(file=text, width=200, force_terminal=is_terminal, color_system=None)
    print_grid(console, [("name", "left"), ("figure", "right")], [[name, "1"], ["a\nb", "2"]])
    shown = f"{name[: COLUMN - 1]}…" if is_terminal else name
    assert [line.split() for line in text.getvalue().splitlines()] == [
        ["name", "figure"],
        [shown, "1"],
        ["a", "b", "2"],
        [],
    ]
