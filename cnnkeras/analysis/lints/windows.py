"""Lints of windows: what a kernel or a pool reads, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.analysis.window_side import WindowSide
from cnnkeras.layers.base import Shape, show
from cnnkeras.layers.borders import ZeroPadding2D
from cnnkeras.layers.padding import ExplicitPadding
from cnnkeras.layers.pooling import GlobalPooling, Pooling
from cnnkeras.layers.transposed import Conv2DTranspose

LINES = ("row", "column")


def unread_border(network: Network) -> Iterator[Finding]:
    """Find strides that leave the last rows or columns of a map unread: what is there can't be learned from."""
    for node, layer, sides in network.windows:
        source = network.before(node)
        # A kernel smaller than its stride leaves pixels out everywhere, which is another lint.
        unread = {side: _unread(side, source) for side in sides if side.kernel >= side.stride}
        short = [side for side in unread if unread[side] > 0]
        if short:
            lines = " and ".join(_count(unread[side], LINES[side.side]) for side in short)
            message = (
                f"the last {lines} of its {show(_size(node))} input {_be(sum(unread.values()))} never read: "
                f"{short[0].quotient()} + 1 is no integer"
            )
            yield at(node, message, f'use padding "same", or a {layer.window_word} and strides that fit', "strides")


def _unread(side: WindowSide, source: NodeAnalysis | None) -> int:
    """Count the pixels behind the last window that are no padding, neither its own nor a ZeroPadding2D's."""
    layer = source.node.layer if source is not None else None
    zeros = layer.padding[side.side][1] if isinstance(layer, ZeroPadding2D) else 0
    return max(side.left_over - side.after - zeros, 0)


def _size(node: NodeAnalysis) -> Shape:
    shape = node.input_shapes[0] if node.input_shapes else None
    return () if shape is None else shape[:2]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def stride_over_kernel(network: Network) -> Iterator[Finding]:
    """Find strides longer than the kernel: pixels between the windows are never read.

    A kernel of one pixel is left alone: it subsamples and is meant to, as in ResNet's shortcuts.
    """
    for node, layer, _ in network.windows:
        slide = layer.window_size()
        over = [side for side in (0, 1) if 1 < slide.extent(side) < slide.strides[side]]
        if over:
            gap = slide.strides[over[0]] - slide.extent(over[0])
            message = (
                f"strides {show(slide.strides)} are longer than its {layer.window_word} {show(slide.kernel)}: "
                f"{_count(gap, LINES[over[0]])} between its windows {_be(gap)} never read"
            )
            yield at(node, message, f"use strides of at most the {layer.window_field}", "strides")


def even_kernel(network: Network) -> Iterator[Finding]:
    """Find even kernels that are padded more on one side: each shifts the map by half a pixel."""
    for node, layer, sides in network.windows:
        if isinstance(layer.padding, ExplicitPadding):
            continue
        # Windows that do not overlap reach over the end at most, which shifts nothing.
        uneven = [side for side in sides if side.before != side.after and side.kernel > side.stride]
        shifted = [side for side in uneven if side.extent % 2 == 0]
        if shifted:
            kernel = layer.window_size().kernel
            message = (
                f'the even {layer.window_word} {show(kernel)} with padding "{layer.padding}" pads {shifted[0].before} '
                f"before and {shifted[0].after} after, which shifts the map by half a pixel"
            )
            yield at(node, message, f"use an odd {layer.window_field}: {_odd(kernel)}", layer.window_field)


def _odd(kernel: tuple[int, int]) -> str:
    smaller, larger = (show(tuple(side + (side + 1) % 2 * step for side in kernel)) for step in (-1, 1))
    return f"{smaller} or {larger}"


def padding_only(network: Network) -> Iterator[Finding]:
    """Find windows that lie in the padding as a whole: what comes out there does not depend on the picture."""
    for node, layer, sides in network.windows:
        widest = {side: max(side.before, side.after - side.left_over) for side in sides}
        outside = [side for side in sides if widest[side] >= side.extent]
        if outside:
            message = (
                f"its padding of {widest[outside[0]]} is as wide as its {layer.window_word}, "
                f"so that the outermost {LINES[outside[0].side]}s of its output see nothing of its input"
            )
            yield at(node, message, f"pad at most {outside[0].extent - 1}", "padding")


def pooling_one(network: Network) -> Iterator[Finding]:
    """Find pools of a map of one pixel: nothing is left to pool, and the map got there too early."""
    for node in network.nodes.values():
        if isinstance(node.node.layer, Pooling | GlobalPooling) and _size(node) == (1, 1):
            cure = "use Flatten" if isinstance(node.node.layer, GlobalPooling) else "remove it"
            yield at(node, "pools a 1×1 map, which changes nothing", f"{cure}, or shrink the map less before it")


def uneven_overlap(network: Network) -> Iterator[Finding]:
    """Find transposed convolutions whose kernels overlap unevenly: they draw checkerboards.

    Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
    """
    for node in network.nodes.values():
        layer = node.node.layer
        if not isinstance(layer, Conv2DTranspose) or node.output_shape is None:
            continue
        pairs = list(zip(layer.kernel_size, layer.strides, strict=True))
        if any(kernel % stride for kernel, stride in pairs):
            message = (
                f"kernel {show(layer.kernel_size)} is no multiple of its strides {show(layer.strides)}: "
                "its copies overlap unevenly, which draws a checkerboard"
            )
            cure = show(tuple(stride * -(-kernel // stride) for kernel, stride in pairs))
            yield at(node, message, f"use a kernel_size of {cure}, or UpSampling2D and a Conv2D", "kernel_size")
