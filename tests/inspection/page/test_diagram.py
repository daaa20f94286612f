"""The network's rows, columns, lanes and blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.inspection.page.diagram.drawing import Drawing, Line
from cnnkeras.inspection.page.diagram.folding import VISIBLE
from cnnkeras.inspection.page.diagram.network import draw

pytestmark = pytest.mark.fast
ARCHITECTURES = sorted(str(file) for file in Path("architectures").glob("*.json"))
CONV: dict[str, Any] = {"type": "Conv2D", "filters": 1, "kernel_size": 1}


def drawing_of(file: str) -> Drawing:
    architecture, analysis = examine(file)
    return draw(architecture, analysis)


def written(folder: Path, content: str) -> Drawing:
    """Lay out a network whose layers (and blocks) are written as JSON."""
    file = folder / "file.json"
    file.write_text(f'{{"task": "segmentation", "input": {{"shape": [8, 8, 1]}}, {content}}}')
    return drawing_of(str(file))


def places(drawing: Drawing) -> dict[str, tuple[int, int]]:
    return {box.title: (box.row, box.column) for box in drawing.boxes}


def every(drawing: Drawing) -> list[Drawing]:
    """Give a drawing and all inside it."""
    return [drawing, *(inner for box in drawing.boxes if box.inside for inner in every(box.inside))]


@pytest.mark.parametrize("file", ARCHITECTURES)
def test_every_layer_of_every_architecture_is_drawn_once(file: str) -> None:
    """A layer would be missing in the report, or stand there twice."""
    _, analysis = examine(file)
    boxes = [box for drawing in every(drawing_of(file)) for box in drawing.boxes]
    assert sorted(box.name for box in boxes if box.layer) == sorted(node.name for node in analysis.nodes)


@pytest.mark.parametrize("file", ARCHITECTURES)
def test_lines_lead_downwards_and_boxes_have_places_of_their_own(file: str) -> None:
    """Boxes would cover each other, or lines run backwards through them."""
    for drawing in every(drawing_of(file)):
        rows = {box.name: box.row for box in drawing.boxes}
        assert len({(box.row, box.column) for box in drawing.boxes}) == len(drawing.boxes)
        for line in drawing.lines:
            assert line.source is None or line.target is None or rows[line.source] < rows[line.target]
        assert any(line.target is None for line in drawing.lines)


@pytest.mark.parametrize("file", ARCHITECTURES)
def test_lines_beside_each_other_have_lanes_of_their_own(file: str) -> None:
    """Two skips would be drawn on one another, and nobody could tell where they end."""
    for drawing in every(drawing_of(file)):
        rows = {box.name: box.row for box in drawing.boxes} | {None: -1}
        spans: dict[int, list[tuple[int, int, str | None]]] = {}
        for line in drawing.lines:
            if line.lane is not None:
                end = drawing.rows if line.target is None else rows[line.target]
                spans.setdefault(line.lane, []).append((rows[line.source], end, line.source))
        for lane in spans.values():
            for start, end, source in lane:
                assert all(source == other or first >= end or last <= start for first, last, other in lane)


@pytest.mark.parametrize("file", ARCHITECTURES)
def test_what_is_open_at_first_can_be_overlooked(file: str) -> None:
    """The report of a deep network would begin with metres of boxes."""

    def shown(drawing: Drawing) -> int:
        return sum(1 + (shown(box.inside) if box.inside and box.inside.is_open else 0) for box in drawing.boxes)

    drawing = drawing_of(file)
    assert shown(drawing) <= max(VISIBLE, len(drawing.boxes))


def test_the_skips_of_a_u_net_lie_in_each_other() -> None:
    """The skips would cross."""
    lines = [line for line in drawing_of("architectures/unet_scenes.json").lines if line.lane is not None]
    assert [(line.source, line.target, line.lane) for line in lines] == [
        ("encoder3_2", "up3", 0),
        ("encoder2_2", "up2", 1),
        ("encoder1", "up_1", 2),
    ]


def test_uses_of_one_block_are_put_together() -> None:
    """ResNet-56 would be a column of 27 blocks."""
    boxes = {box.title: box for box in drawing_of("architectures/resnet56.json").boxes}
    stacks = [box.inside.block for box in boxes.values() if box.inside and box.inside.block.startswith("= ")]
    assert stacks == ["= 9 × same_size", "= 8 × same_size", "= 8 × same_size"]
    inner = next(box.inside for box in boxes.values() if box.inside and box.inside.block == "= 9 × same_size")
    assert [box.title for box in inner.boxes] == [f"same_size_{number}" for number in range(1, 10)]


def test_branches_stand_beside_each_other(tmp_path: Path) -> None:
    """Parallel layers would look like a chain."""
    conv = '"type": "Conv2D", "filters": 1, "kernel_size": 1'
    drawing = written(
        tmp_path,
        f'"layers": [{{{conv}, "name": "a"}}, {{{conv}, "name": "short"}}, {{{conv}, "name": "b", "inputs": "a"}}, '
        f'{{{conv}, "name": "c"}}, {{"type": "Add", "name": "sum", "inputs": ["short", "c"]}}]',
    )
    # The longer way goes straight down.
    assert places(drawing) == {"a": (0, 0), "b": (1, 0), "short": (1, 1), "c": (2, 0), "sum": (3, 0)}
    # Nothing stands below the short one, so that its line needs no lane.
    assert Line("short", "sum") in drawing.lines


def test_blocks_that_give_to_outside_on_their_way_stay_single(tmp_path: Path) -> None:
    """A line from the middle of several blocks would seem to come from their end."""
    drawing = written(
        tmp_path,
        '"blocks": {"pair": {"layers": [{"type": "ReLU"}, {"type": "ReLU"}]}}, "layers": ['
        '{"type": "pair", "name": "p", "repeat": 3}, {"type": "pair", "name": "q"}, '
        '{"type": "Add", "inputs": ["p_1", "q"]}]',
    )
    assert list(places(drawing)) == ["p_1", "p_2", "p_3", "q", "add_1"]
    assert Line("p_1", "add_1", 0) in drawing.lines


def test_a_block_begins_with_what_it_takes_and_ends_with_what_it_gives(tmp_path: Path) -> None:
    """The inside of a block would hang in the air, or its shortcut be missing."""
    drawing = written(
        tmp_path,
        '"blocks": {"residual": {"layers": [{"type": "ReLU", "name": "main"}, '
        '{"type": "Add", "inputs": ["input", "main"]}]}}, "layers": [{"type": "residual", "name": "r"}]',
    )
    (box,) = drawing.boxes
    assert box.inside is not None
    assert set(box.inside.lines) == {
        Line(None, "r_main"),
        Line(None, "r_add_1", 0),
        Line("r_main", "r_add_1"),
        Line("r_add_1", None),
    }
    assert drawing.lines == (Line(None, "r"), Line("r", None))
