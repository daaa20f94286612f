"""Which blocks of a drawing come folded."""

from __future__ import annotations

from dataclasses import replace

from cnnkeras.inspection.page.diagram.drawing import Drawing, Placed

# Beyond so many visible boxes, blocks come folded.
VISIBLE = 24


def unfold(drawing: Drawing) -> Drawing:
    """Fold every block, then unfold, from the outside and from the top, as many as leave the drawing readable."""
    shown = len(drawing.boxes)
    opened: set[str] = set()
    level = [box for box in drawing.boxes if box.inside]
    while level:
        deeper: list[Placed] = []
        for box in level:
            assert box.inside is not None
            if shown + len(box.inside.boxes) <= VISIBLE:
                shown += len(box.inside.boxes)
                opened.add(box.name)
                deeper += [inner for inner in box.inside.boxes if inner.inside]
        level = deeper
    return _folded(drawing, opened)


def _folded(drawing: Drawing, opened: set[str]) -> Drawing:
    boxes = [
        replace(box, inside=replace(_folded(box.inside, opened), is_open=box.name in opened)) if box.inside else box
        for box in drawing.boxes
    ]
    return replace(drawing, boxes=tuple(boxes))
