"""The console of tables."""

from __future__ import annotations

import pytest

from cnnkeras.console import plain_console

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("to_stderr", [False, True])
def test_a_line_is_whole_where_no_terminal_reads_it(to_stderr: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A name would be folded in a pipe, or [one] in brackets be taken for markup and vanish."""
    line = "layers [red] " * 30
    plain_console(to_stderr).print(line)
    out, err = capsys.readouterr()
    assert (err, out)[not to_stderr] == f"{line}\n"
    assert (out, err)[not to_stderr] == ""
