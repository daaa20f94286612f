"""The lints: what is allowed in an architecture and probably not meant. docs/lints.md says why, and what to do.

To add one: a function from the network to its findings, a line in `LINTS`, a section in docs/lints.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cnnkeras.analysis.lints import field, graph, outputs, picture, training, weights, windows
from cnnkeras.analysis.lints.finding import Finding
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.walk import block_notes
from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.spec.document import Path

LINTS: Mapping[str, Callable[[Network], Iterator[Finding]]] = {
    "channels-first": picture.channels_first,
    "scaled-twice": picture.scaled_twice,
    "unread-border": windows.unread_border,
    "stride-over-kernel": windows.stride_over_kernel,
    "even-kernel": windows.even_kernel,
    "padding-only": windows.padding_only,
    "pooling-one": windows.pooling_one,
    "uneven-overlap": windows.uneven_overlap,
    "linear-pair": weights.linear_pair,
    "bias-before-normalization": weights.bias_before_normalization,
    "heavy-dense": weights.heavy_dense,
    "small-receptive-field": field.small_receptive_field,
    "softmax-inside": graph.softmax_inside,
    "output-dropout": graph.output_dropout,
    "bent-output": outputs.bent_output,
    "overlap-of-all": training.overlap_of_all,
    "unused-layer": graph.unused_layer,
    "unused-block": graph.unused_block,
}


def lint(network: Network) -> list[Diagnostic]:
    """Run every lint that the file does not silence; a silence of a lint that there is not is an error."""
    spoken = {code: find for code, find in LINTS.items() if code not in network.architecture.silence}
    found = [
        _diagnostic(network, code, finding)
        for code, find in spoken.items()
        for finding in find(network)
        if finding.node is None or code not in finding.node.silence
    ]
    return [*_unknown_silences(network), *found]


def _diagnostic(network: Network, code: str, finding: Finding) -> Diagnostic:
    notes = () if finding.node is None else block_notes(finding.node)
    document = network.architecture.document
    return document.diagnostic(code, finding.path, finding.message, finding.hint, notes, severity="warning")


def _unknown_silences(network: Network) -> Iterator[Diagnostic]:
    architecture = network.architecture
    places: list[tuple[str, Path, tuple[str, ...]]] = [("silence", (), architecture.silence)]
    places += [(node.label, node.path, node.node.silence) for node in network.nodes.values() if node.node.silence]
    for label, path, codes in places:
        for index, code in enumerate(codes):
            if code not in LINTS:
                message = f'{label}: there is no lint "{code}"'
                yield architecture.document.diagnostic(
                    "silence", (*path, "silence", index), message, suggest(code, LINTS)
                )
