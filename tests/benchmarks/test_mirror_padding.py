"""The ratios of mirror padding, on made-up times: nothing here is timed."""

from __future__ import annotations

import pytest

from benchmarks import mirror_padding
from benchmarks.steps import NETWORKS
from cnnkeras.analysis.analysis import analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.load import load_architecture


def test_a_ratio_is_taken_within_a_turn() -> None:
    """A busy moment would be taken for the price of a padding."""
    turns = [{"same": (1.0, 1.0), "reflect": (1.1, 1.2)}, {"same": (4.0, 1.0), "reflect": (4.4, 1.2)}]
    found = mirror_padding.figures("reflect", turns)
    assert found == pytest.approx({"seconds": 2.75, "ratio": 1.1, "processor_ratio": 1.2})
    (row,) = mirror_padding.rows({"float32": {"reflect": found}})
    assert row == ["float32", "reflect", "2750.0", "1.10", "1.20"]


@pytest.mark.parametrize("padding", mirror_padding.PADDINGS)
def test_the_networks_file_has_the_paddings_place(padding: str) -> None:
    """All paddings would be the same net, and cost nothing."""
    change = f"{mirror_padding.PADDING}={padding}"
    loaded = load_architecture(NETWORKS / f"{mirror_padding.NETWORK}.json", [change], REGISTRY).architecture
    assert loaded is not None
    convolutions = [node for node in loaded.nodes if node.type == "Conv2D"]
    assert [node.layer.padding for node in convolutions] == [padding] * 6
    # By hand: sides of 64, 32 and 16, of which zeros spare 2 in 3n, with a 3 and two to four thousand products a pixel.
    by_hand = {64: 3 * 32 + 32 * 32, 32: 32 * 64 + 64 * 64, 16: 64 * 128 + 128 * 128}
    every = sum((3 * side) ** 2 * work for side, work in by_hand.items())
    spared = sum((3 * side - 2) ** 2 * work for side, work in by_hand.items())
    assert mirror_padding.multiplications(analyse(loaded)) == pytest.approx(every / spared)
