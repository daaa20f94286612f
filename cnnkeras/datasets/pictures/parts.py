"""From pictures with their classes to the parts of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnkeras.datasets.pictures.policy import Picture, Verification, file_names
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
    parts: Mapping[str, Sequence[Picture]],
    class_names: Sequence[str],
    keys: tuple[str | int, ...],
    notes: Sequence[str],
    decoded: bool = False,
) -> Data:
    """Make the data of these pictures; `decoded` says that each has been decoded before.

    Raises SourceProblem where a class has nothing to train on.
    """
    labels = {part: [picture.label for picture in pictures] for part, pictures in parts.items()}
    said = class_notes(labels, class_names, keys)
    everything = [picture for pictures in parts.values() for picture in pictures]
    verification = None if decoded else Verification(everything, keys)
    made = {part: _part(part, pictures, len(class_names), verification) for part, pictures in parts.items()}
    return Data(made, tuple(class_names), (*notes, *said))


def class_notes(
    labels: Mapping[str, Sequence[int]], class_names: Sequence[str], keys: tuple[str | int, ...]
) -> list[str]:
    """Say which classes validation and test lack. Raises SourceProblem where train lacks any."""
    missing = {
        part: [name for index, name in enumerate(class_names) if index not in there]
        for part, there in ((part, set(some)) for part, some in labels.items())
    }
    if missing["train"]:
        message = f"there is nothing to train {_classes(missing['train'])} on"
        raise SourceProblem(keys, message, "give each class some examples in train, or take the class away")
    return [
        f"data: {part} has nothing of {_classes(names)}"
        for part, names in missing.items()
        if names and len(names) < len(class_names)
    ]


def _classes(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:10])
    more = f" and {len(names) - 10:,} more" if len(names) > 10 else ""
    return f"{'class' if len(names) == 1 else 'the classes'} {shown}{more}"


def _part(name: str, pictures: Sequence[Picture], num_classes: int, verification: Verification | None) -> Part:
    labels = [picture.label for picture in pictures]

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        from cnnkeras.datasets.pictures.decoding import decode

        data = tf.data.Dataset.from_tensor_slices((file_names(pictures), tf.constant(labels, tf.int64)))
        return data.map(
            lambda file, label: {"image": decode(tf.io.read_file(file)), "label": label},
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        )

    return Part(name, len(labels), examples, num_classes, verification.find if verification else None)
