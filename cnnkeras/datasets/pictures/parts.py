"""From pictures with their classes to the parts of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.policy import Picture, Verification, encoded, reader
from cnnkeras.datasets.pictures.shared import apart
from cnnkeras.datasets.pictures.splitting import Shares, split
from cnnkeras.datasets.source import PARTS, Data, Part, SourceProblem

if TYPE_CHECKING:
    import tensorflow as tf


def held_out(given: Mapping[str, Sequence[Picture]], shares: Shares | None, seed: int) -> dict[str, list[Picture]]:
    """Give all three parts: those that are there, and what they lack held out of train.

    Raises SourceProblem where the file wants a share for a part that the data has.
    """
    lacking = lacking_shares(given, shares)
    by_name = {picture.name: picture for picture in given["train"]}
    classes: dict[int, list[str]] = {}
    for name, picture in by_name.items():
        classes.setdefault(picture.label, []).append(name)
    made = {part: [by_name[name] for name in names] for part, names in split(classes, lacking, seed).items()}
    parts = {part: [*made.get(part, given.get(part, ()))] for part in PARTS}
    return {part: sorted(pictures, key=lambda picture: picture.name) for part, pictures in parts.items()}


def lacking_shares(given: Mapping[str, object], shares: Shares | None) -> dict[str, float]:
    """Give the shares of the parts that the data lacks."""
    for part in shares.model_fields_set if shares else ():
        if part in given:
            message = f'"split" wants a share for {part}, and the data has a {part} part of its own'
            raise SourceProblem(("split", part), message, "leave it out")
    wanted = shares or Shares()
    return {part: getattr(wanted, part) for part in ("validation", "test") if part not in given}


def picture_data(
    parts: Mapping[str, Sequence[Picture]], class_names: Sequence[str], findings: Findings, total: int
) -> Data:
    """Make the data of these pictures; `findings` is what was found wrong with `total` of them.

    Raises SourceProblem where a class has nothing to train on, or two parts share a picture, and the policy for
    that is "error".
    """
    parts = apart(parts, findings)
    labels = {part: [picture.label for picture in pictures] for part, pictures in parts.items()}
    check_classes(labels, class_names, findings)
    everything = [picture for pictures in parts.values() for picture in pictures]
    decoded_before = findings.wanted("truncated") != "error"
    verification = None if decoded_before else Verification(everything, findings.keys)
    made = {part: _part(part, pictures, len(class_names), verification) for part, pictures in parts.items()}
    formats = Counter(picture.format for picture in everything)
    return Data(made, tuple(class_names), tuple(findings.notes(total)), tuple(findings.problems), formats)


def check_classes(labels: Mapping[str, Sequence[int]], class_names: Sequence[str], findings: Findings) -> None:
    """Find the classes that a part lacks. Raises SourceProblem where the policy for that is "error"."""
    missing = {
        part: [name for index, name in enumerate(class_names) if index not in there]
        for part, there in ((part, set(some)) for part, some in labels.items())
    }
    for part, names in missing.items():
        if not names or (part != "train" and len(names) == len(class_names)):
            continue  # a part without anything is told elsewhere
        code = "class_not_trained" if part == "train" else "class_not_measured"
        policies = [findings.add(code, f'"{name}"', f"is missing from {part}") for name in names]
        if "error" in policies:
            lacks = f"there is nothing to train {_classes(names)} on"
            message = lacks if part == "train" else f"{part} has nothing of {_classes(names)}"
            hint = f"give each class some examples in {part}, or take the class away"
            raise SourceProblem(findings.keys, message, hint)


def _classes(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:10])
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return f"{'class' if len(names) == 1 else 'the classes'} {shown}{more}"


def _part(name: str, pictures: Sequence[Picture], num_classes: int, verification: Verification | None) -> Part:
    labels = [picture.label for picture in pictures]

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        read = reader(pictures)
        data = tf.data.Dataset.zip(encoded(pictures), tf.data.Dataset.from_tensor_slices(tf.constant(labels, tf.int64)))
        return data.map(
            lambda given, label: {"image": read(*given), "label": label},
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    return Part(name, len(labels), examples, num_classes, verification.find if verification else None)
