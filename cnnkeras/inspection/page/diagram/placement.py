"""Where boxes and lines lie: rows by what is computed first, columns by what follows what, lanes round the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cnnkeras.inspection.page.diagram.drawing import Line


def rows_of(names: Iterable[str], lines: Sequence[Line]) -> dict[str, int]:
    """Put each box below everything that it takes. The names come in the order of computation."""
    sources = defaultdict(list)
    for line in lines:
        if line.source is not None and line.target is not None:
            sources[line.target].append(line.source)
    rows: dict[str, int] = {}
    for name in names:
        rows[name] = 1 + max((rows[source] for source in sources[name]), default=-1)
    return rows


def columns_of(rows: Mapping[str, int], lines: Sequence[Line]) -> dict[str, int]:
    """Put each box below the first that it takes, the longest way straight down; others beside it."""
    heights = _heights(rows, lines)
    columns: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for name in sorted(rows, key=lambda name: (rows[name], -heights[name])):
        above = [columns[line.source] for line in lines if line.target == name and line.source is not None]
        column = min(above, default=0)
        while (rows[name], column) in taken:
            column += 1
        taken.add((rows[name], column))
        columns[name] = column
    return columns


def _heights(rows: Mapping[str, int], lines: Sequence[Line]) -> dict[str, int]:
    heights = dict.fromkeys(rows, 0)
    below = defaultdict(list)
    for line in lines:
        if line.source is not None and line.target is not None:
            below[line.source].append(line.target)
    for name in sorted(rows, key=lambda name: -rows[name]):
        heights[name] = max((heights[target] + 1 for target in below[name]), default=0)
    return heights


def with_lanes(lines: Sequence[Line], rows: Mapping[str, int], columns: Mapping[str, int]) -> tuple[Line, ...]:
    """Lead lines round the boxes between their ends; the lines of one box share a lane, short ones run inside."""
    filled = {(rows[name], columns[name]) for name in rows}
    last = 1 + max(rows.values(), default=-1)

    def span(line: Line) -> tuple[int, int]:
        return -1 if line.source is None else rows[line.source], last if line.target is None else rows[line.target]

    def is_free(line: Line) -> bool:
        start, end = span(line)
        column = columns.get(line.source or "", columns.get(line.target or "", 0))
        return all((row, column) not in filled for row in range(start + 1, end))

    spans: dict[str | None, tuple[int, int]] = {}
    for line in lines:
        if not is_free(line):
            start, end = span(line)
            spans[line.source] = (start, max(end, spans.get(line.source, (0, 0))[1]))
    lanes = _lanes(spans)
    return tuple(line if is_free(line) else replace(line, lane=lanes[line.source]) for line in lines)


def _lanes(spans: Mapping[str | None, tuple[int, int]]) -> dict[str | None, int]:
    lanes: dict[str | None, int] = {}
    for source, (start, end) in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[1])):
        taken = {lane for other, lane in lanes.items() if spans[other][0] < end and start < spans[other][1]}
        lanes[source] = next(lane for lane in range(len(taken) + 1) if lane not in taken)
    return lanes
