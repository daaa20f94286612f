"""Holds a server's answers to the golden ones."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.errors import RunError
from cnnkeras.serving.box_pairs import paired
from cnnkeras.serving.comparison import difference
from cnnkeras.serving.golden import Answers, Golden, GoldenSet
from cnnkeras.serving.server.client import Client, Names, Target
from cnnkeras.serving.verification import Compared


def check_signatures(client: Client, target: Target, golden: GoldenSet) -> None:
    """Raise RunError where the server has other signatures, inputs or outputs than the export."""
    found = client.signatures()
    for signature, name in golden.inputs.items():
        if signature not in found:
            raise target.another(f"it has no signature {signature}")
        inputs, outputs = found[signature]
        if list(inputs) != [name]:
            raise target.another(f"its {signature} takes {_listed(inputs)}, and the export's {name}")
        if dict(outputs) != dict(golden.outputs[signature]):
            expected = _listed(golden.outputs[signature])
            raise target.another(f"its {signature} gives {_listed(outputs)}, and the export's {expected}")


def check_answers(client: Client, target: Target, golden: GoldenSet) -> Iterator[Compared]:
    """Ask every golden request. Raises RunError where an answer is not the network's."""
    for each in golden.requests:
        try:
            answered = client.answer(each.request, golden.outputs[each.request.signature])
        except (KeyError, TypeError, ValueError) as failure:
            message = f"its answer to {each.name} is of another form"
            raise target.another(message) from failure
        yield from _compare(target, client.protocol, each, answered)


def _compare(target: Target, protocol: str, golden: Golden, answered: Answers) -> Iterator[Compared]:
    own, given = paired(golden.answers, answered)
    for output, expected in own.items():
        off = difference(expected, given[output])
        if not off.fits:
            raise RunError(
                f"the server at {target.address} answers otherwise than the network: {output} of {golden.name}, "
                f"by {protocol}, {off}",
                hint=(
                    f"it has other weights, or was changed: let it serve {target.export}, which is proved by: "
                    "python run.py export RUN --verify"
                ),
            )
        yield Compared(golden.request.signature, output, len(golden.request.value), off)


def _listed(names: Names) -> str:
    return ", ".join(sorted(names))
