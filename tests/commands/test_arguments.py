"""What is said of a command line that can't be read."""

from __future__ import annotations

import pytest

from cnnkeras.commands.arguments import parse

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("words", "change"),
    [
        (["--epochs", "3"], "training.epochs=3"),
        (["--batch-size=64"], "training.batch_size=64"),
        (["--lr", "0.1"], "training.optimizer.learning_rate=0.1"),
        (["--precision"], "training.precision=…"),
        (["--nothing"], None),
    ],
)
def test_an_option_that_is_a_key_of_the_file(
    words: list[str], change: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who comes from other tools would not learn how an epoch more is written here."""
    with pytest.raises(SystemExit) as caught:
        parse(["file.json", *words])
    assert caught.value.code == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "help: " in line]
    assert told == ([f"     = help: what stands in the file is changed by {change}"] if change else [])
