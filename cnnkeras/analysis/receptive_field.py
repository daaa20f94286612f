"""Receptive fields: which pixels of the picture one output position reads, exactly, through branches.

The arithmetic of windows is in Araujo, Norris and Sim, "Computing receptive fields of convolutional neural
networks", Distill 2019. Upsampling makes it periodic: neighbouring outputs may read fields of different sizes,
and after `period` outputs the pattern starts again, `advance` pixels further on. So an axis is kept as one period.

Coordinates count pixels of the picture from 0 and go on into the padding, below zero and beyond the last pixel, as
if every map went on there; what a mirror shows in the padding counts as padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import gcd, lcm
from typing import NamedTuple

from cnnkeras.layers.base import Dimension, Shape
from cnnkeras.layers.reach import POINTWISE, Extent, Reach, Spread, Window

# First and last pixel, both included.
Span = tuple[int, int]

# Longer than any network's; beyond it the field is reported as unknown.
LONGEST_PERIOD = 128


class AxisField(NamedTuple):
    """One axis: output `turns·period + phase` reads `spans[phase]`, moved on by `turns·advance` pixels.

    A span is None where an output reads no pixel at all, between the spread pixels of a transposed convolution.
    """

    advance: int
    spans: tuple[Span | None, ...]

    @property
    def period(self) -> int:
        """Give after how many outputs the pattern starts again."""
        return len(self.spans)

    @property
    def constant(self) -> bool:
        """Tell whether every output reads the same pixels."""
        return self.advance == 0 and self.period == 1

    def at(self, position: int) -> Span | None:
        """Give the first and the last pixel that one output reads."""
        turns, phase = divmod(position, self.period)
        span = self.spans[phase]
        return span and (span[0] + turns * self.advance, span[1] + turns * self.advance)


class Field(NamedTuple):
    """Both axes of a node."""

    height: AxisField
    width: AxisField

    @property
    def constant(self) -> bool:
        """Tell whether every output reads the same pixels."""
        return self.height.constant and self.width.constant


class ReceptiveField(NamedTuple):
    """What is reported: [height, width] pairs, in pixels of the picture.

    `size` is the largest field of any output, `stride` how far the next output's field lies, `start` where the
    first output's field begins.
    """

    size: tuple[int, int]
    stride: tuple[int | float, int | float]
    start: tuple[int, int]


PIXEL = Field(AxisField(1, ((0, 0),)), AxisField(1, ((0, 0),)))


def follow(fields: Sequence[Field], reach: Reach, inputs: Sequence[Shape], picture: Shape) -> Field | None:
    """Give a layer's field from its inputs' fields, or None where it is undefined or unknown."""
    merged = _merge(fields, inputs, picture)
    if merged is None or reach is Extent.UNKNOWN:
        # Whatever is done with outputs that all read the same pixels reads those pixels.
        return merged if merged and merged.constant else None
    if reach == POINTWISE:
        return merged
    axes = [_follow_axis(merged[side], reach, side, inputs[0], picture) for side in (0, 1)]
    return Field(axes[0], axes[1]) if axes[0] and axes[1] else None


def measure(field: Field, shape: Shape) -> ReceptiveField | None:
    """Give the figures to report for an output of `shape`, or None where no output reads any pixel."""
    sides = [_measure_axis(field[side], _positions(shape, side)) for side in (0, 1)]
    if sides[0] is None or sides[1] is None:
        return None
    size, stride, start = zip(*sides, strict=True)
    return ReceptiveField(size, stride, start)


def _measure_axis(axis: AxisField, positions: Dimension) -> tuple[int, int | float, int] | None:
    # A map smaller than one period does not have all its phases.
    spans = [span for span in axis.spans[:positions] if span]
    if not spans:
        return None
    whole_steps = axis.advance % axis.period == 0
    stride = axis.advance // axis.period if whole_steps else axis.advance / axis.period
    return max(last - first + 1 for first, last in spans), stride, spans[0][0]


def _positions(shape: Shape, side: int) -> Dimension:
    """Give how many output positions there are along a side; a vector has one."""
    return shape[side] if len(shape) == 3 else 1


def _follow_axis(axis: AxisField, reach: Reach, side: int, shape: Shape, picture: Shape) -> AxisField | None:
    if isinstance(reach, Window):
        return _window(axis, reach.kernel[side], reach.strides[side], reach.dilation[side], reach.before[side])
    if isinstance(reach, Spread):
        return _spread(axis, reach.kernel[side], reach.strides[side], reach.dilation[side], reach.before[side])
    return _whole(axis, _positions(shape, side), picture[side])


@lru_cache(maxsize=64)  # height and width are mostly alike
def _window(axis: AxisField, kernel: int, stride: int, dilation: int, before: int) -> AxisField:
    """Let every output read `kernel` of the axis's positions, `dilation` apart."""
    period = axis.period // gcd(axis.period, stride)
    spans = (_taps(axis, output * stride - before, kernel, dilation) for output in range(period))
    return AxisField(axis.advance * stride * period // axis.period, tuple(spans))


@lru_cache(maxsize=64)
def _spread(axis: AxisField, kernel: int, stride: int, dilation: int, before: int) -> AxisField | None:
    """Let every output read the positions that are written to it: `output + before = position·stride + j·dilation`."""
    period = axis.period * stride
    if period > LONGEST_PERIOD:
        return None
    divisor = gcd(stride, dilation)
    spans: list[Span | None] = []
    for output in range(period):
        place = output + before
        # The smallest j for which `place − j·dilation` is a multiple of the stride.
        j = place // divisor * pow(dilation // divisor, -1, stride // divisor) % (stride // divisor)
        if place % divisor or j >= kernel:
            spans.append(None)
            continue
        taps = (kernel - 1 - j) // (stride // divisor) + 1
        step = dilation // divisor
        last = (place - j * dilation) // stride
        spans.append(_taps(axis, last - (taps - 1) * step, taps, step))
    return _simplified(AxisField(axis.advance, tuple(spans)))


def _taps(axis: AxisField, first: int, taps: int, step: int) -> Span | None:
    """Give the span of the positions `first`, `first + step`, … read together."""
    # Within one cycle of phases any may reach furthest; every later cycle lies further on.
    cycle = axis.period // gcd(axis.period, step)
    ends = (*range(min(taps, cycle)), *range(max(taps - cycle, 0), taps))
    return _hull([axis.at(first + tap * step) for tap in ends])


def _hull(spans: Sequence[Span | None]) -> Span | None:
    """Give the span from the first to the last pixel of all."""
    there = [span for span in spans if span]
    return (min(first for first, _ in there), max(last for _, last in there)) if there else None


def _simplified(axis: AxisField) -> AxisField:
    """Write an axis whose outputs all read the same pixels with period 1."""
    if axis.advance == 0 and len(set(axis.spans)) == 1:
        return AxisField(0, axis.spans[:1])
    return axis


def _whole(axis: AxisField, positions: Dimension, picture: Dimension) -> AxisField | None:
    """Let every output read all positions; what lies in the padding is cut off."""
    if axis.constant:
        return axis
    if positions is None or picture is None:
        return None
    # The first and the last period reach furthest.
    period = min(axis.period, positions)
    span = _hull([axis.at(position) for position in (*range(period), *range(positions - period, positions))])
    return AxisField(0, ((max(span[0], 0), min(span[1], picture - 1)),)) if span else None


def _merge(fields: Sequence[Field], inputs: Sequence[Shape], picture: Shape) -> Field | None:
    """Join the inputs of one layer: every output reads what any of them reads."""
    if len(fields) == 1:
        return fields[0]
    sides = [
        _merge_axis([field[side] for field in fields], [_positions(shape, side) for shape in inputs], picture[side])
        for side in (0, 1)
    ]
    return Field(sides[0], sides[1]) if sides[0] and sides[1] else None


def _merge_axis(axes: Sequence[AxisField], positions: Sequence[Dimension], picture: Dimension) -> AxisField | None:
    """Join axes; None where their strides differ, since then no two outputs read alike."""
    if any(axis.constant for axis in axes) or len(set(positions)) > 1:
        return _merge_broadcast(axes, positions, picture)
    period = lcm(*(axis.period for axis in axes))
    strides = {axis.advance * (period // axis.period) for axis in axes}
    if len(strides) > 1 or period > LONGEST_PERIOD:
        return None
    return AxisField(strides.pop(), tuple(_hull([axis.at(output) for axis in axes]) for output in range(period)))


def _merge_broadcast(axes: Sequence[AxisField], positions: Sequence[Dimension], picture: Dimension) -> AxisField | None:
    """Join axes of which some are the same for every output, as the gate of a squeeze-and-excitation block is.

    Defined where these read all that the others read.
    """
    wholes = [_whole(axis, count, picture) for axis, count in zip(axes, positions, strict=True)]
    same = [whole for axis, whole, count in zip(axes, wholes, positions, strict=True) if axis.constant or count == 1]
    span = _hull([whole.spans[0] for whole in same if whole])
    everything = _hull([whole.spans[0] for whole in wholes if whole])
    return AxisField(0, (span,)) if None not in wholes and span == everything else None
