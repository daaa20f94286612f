"""Everything that can be known of an architecture without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cnnkeras.analysis.lints import lint
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.receptive_field import PIXEL, ReceptiveField, measure
from cnnkeras.analysis.results import Analysis, NodeAnalysis, Totals
from cnnkeras.analysis.walk import diagnose, walked
from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import INPUT, Architecture

__all__ = ["Analysis", "NodeAnalysis", "Totals", "analyse"]


def analyse(architecture: Architecture, diagnostics: Sequence[Diagnostic] = ()) -> Analysis:
    """Derive every layer's shape and figures, check the head against the task, and run the lints.

    Never raises for a mistake of the user's: what is wrong stands in `diagnostics`, with those given.
    """
    walk = walked(architecture)
    network = Network(architecture, walk.nodes)
    found = _once([*walk.found, *_check_head(network), *lint(network)])
    totals = _totals(network)
    in_order = sorted([*diagnostics, *found], key=architecture.document.order)
    return Analysis(tuple(walk.nodes.values()), totals, tuple(in_order))


def _totals(network: Network) -> Totals:
    # Layers that lead to no output are not in the Keras model either.
    nodes = [node for node in network.nodes.values() if node.name in network.architecture.needed]
    return Totals(
        _sum(node.parameters for node in nodes),
        _sum(node.trainable_parameters for node in nodes),
        _sum(node.macs for node in nodes),
        _sum(node.activation_memory for node in nodes),
        _main_field(network),
    )


def _main_field(network: Network) -> ReceptiveField | None:
    if network.architecture.outputs[0] == INPUT:
        return measure(PIXEL, network.architecture.input.shape)
    return network.main.receptive_field if network.main else None


def _sum(figures: Iterable[int | None]) -> int | None:
    """Add up; None where one is unknown."""
    total = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _check_head(network: Network) -> list[Diagnostic]:
    """Ask the task whether every output is what it can learn from the data."""
    architecture, found = network.architecture, []
    for output in map(network.nodes.get, architecture.outputs):
        if architecture.task is not None and output is not None and output.output_shape is not None:
            problem = architecture.task.check_output(output.output_shape, architecture.num_classes)
            found += [diagnose(architecture, output.node, problem)] if problem else []
    return found


def _once(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Say once what holds for many layers that are written out from one entry of the file."""
    places: dict[tuple[object, ...], list[Diagnostic]] = {}
    for diagnostic in found:
        places.setdefault((diagnostic.code, diagnostic.path, diagnostic.file), []).append(diagnostic)
    return [_counted(same[0], len(same) - 1) for same in places.values()]


def _counted(diagnostic: Diagnostic, others: int) -> Diagnostic:
    if not others:
        return diagnostic
    layers = "1 more layer" if others == 1 else f"{others} more layers"
    return replace(diagnostic, notes=(*diagnostic.notes, f"and the same in {layers} written out from this entry"))
