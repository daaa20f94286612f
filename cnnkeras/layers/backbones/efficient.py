"""EfficientNetV2 (Tan and Le, arXiv:2104.00298)."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.layers.backbones.backbone import Backbone, Coefficient, Counts, Depths, Strides, check_lengths
from cnnkeras.layers.backbones.tally import Tally
from cnnkeras.layers.fields import Count, Rate

STACKWISE = (
    "stackwise_kernel_sizes", "stackwise_num_repeats", "stackwise_input_filters", "stackwise_output_filters",
    "stackwise_expansion_ratios", "stackwise_squeeze_and_excite_ratios", "stackwise_strides", "stackwise_conv_types",
)  # fmt: skip
TOP_FILTERS = 1280


class EfficientNetV2Backbone(Backbone):
    """Inverted bottlenecks, in the first stacks with a full convolution in place of the depthwise one ("fused").

    A level ends where a stack with strides begins: P1 is the map before the first of them. The deepest is the last
    convolution's, with 1,280 filters times the width.
    """

    type: Literal["EfficientNetV2Backbone"]
    stackwise_kernel_sizes: Counts
    stackwise_num_repeats: Depths
    stackwise_input_filters: Counts
    stackwise_output_filters: Counts
    stackwise_expansion_ratios: Counts
    stackwise_squeeze_and_excite_ratios: tuple[Annotated[float, Field(ge=0, le=1)], ...]
    stackwise_strides: Strides
    stackwise_conv_types: tuple[Literal["fused", "unfused"], ...]
    width_coefficient: Coefficient = 1.0
    depth_coefficient: Coefficient = 1.0
    skip_connection_dropout: Rate = 0.2
    depth_divisor: Count = 8
    min_depth: Count = 8
    activation: Literal["swish", "silu", "relu", "gelu", "mish"] = "swish"

    @property
    def level_names(self) -> tuple[str, ...]:
        """Give P1 and one more for every stack with strides."""
        return tuple(f"P{number + 1}" for number in range(1 + sum(stride > 1 for stride in self.stackwise_strides)))

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem, the stacks and the last convolution."""
        check_lengths(self, *STACKWISE)
        tally.convolution(self._filters(self.stackwise_input_filters[0]), 3, 2, normalized=True)
        for stack, stride in enumerate(self.stackwise_strides):
            if stride > 1:
                tally.level(len(tally.levels) + 1)
            incoming = self._filters(self.stackwise_input_filters[stack])
            for block in range(ceil(self.depth_coefficient * self.stackwise_num_repeats[stack])):
                self._block(tally, stack, incoming, stride if block == 0 else 1)
                incoming = tally.channels
        tally.convolution(self._filters(TOP_FILTERS), normalized=True)
        tally.level(len(tally.levels) + 1)

    def _block(self, tally: Tally, stack: int, incoming: int, strides: int) -> None:
        kernel, expansion = self.stackwise_kernel_sizes[stack], self.stackwise_expansion_ratios[stack]
        ratio = self.stackwise_squeeze_and_excite_ratios[stack]
        fused = self.stackwise_conv_types[stack] == "fused"
        if expansion != 1:
            tally.convolution(incoming * expansion, kernel if fused else 1, strides if fused else 1, normalized=True)
        if not fused:
            tally.depthwise(kernel, strides)
        if ratio > 0:
            tally.gate(max(1, int(incoming * ratio)))
        tally.convolution(
            self._filters(self.stackwise_output_filters[stack]), 1 if expansion != 1 else kernel, normalized=True
        )

    def _filters(self, filters: int) -> int:
        """Give the filters times the width, rounded to the divisor."""
        scaled = int(filters * self.width_coefficient + self.depth_divisor / 2)
        return max(self.min_depth, scaled // self.depth_divisor * self.depth_divisor)
