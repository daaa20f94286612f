"""From pictures with their classes to the parts of the data."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkeras.datasets.pictures.defects import DEFECTS
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.holding import HeldOut, held_out
from cnnkeras.datasets.pictures.policy import Picture, Verification, encoded, reader, usable
from cnnkeras.datasets.pictures.shared import apart
from cnnkeras.datasets.pictures.splitting import Shares
from cnnkeras.datasets.source import Data, Part, SourceProblem
from cnnkeras.errors import first_of

if TYPE_CHECKING:
    import tensorflow as tf


def lacking_shares(given: Mapping[str, object], shares: Shares | None) -> dict[str, float]:
    """Give the shares of the parts that the data lacks."""
    for part in shares.model_fields_set if shares else ():
        if part in given:
            message = f'"split" wants a share for {part}, and the data has a {part} part of its own'
            raise SourceProblem(("split", part), message, "leave it out")
    wanted = shares or Shares()
    return {part: getattr(wanted, part) for part in ("validation", "test") if part not in given}


@dataclass(frozen=True)
class Labelling:
    """What the label of a picture is.

    Args:
        classes: the numbers of the classes in a picture.
        given: a tf.data.Dataset of what each picture's label is made of.
        example: what stands beside `image` in an example, from the decoded picture and what is given.

    """

    classes: Callable[[Any], Iterable[int]]
    given: Callable[[Sequence[Any]], tf.data.Dataset]
    example: Callable[[tf.Tensor, Any], dict[str, tf.Tensor]]


def file_names(pictures: Sequence[Picture]) -> tf.Tensor:
    """Give the pictures' names, string `(count,)`, as the file system has them: they need not be UTF-8."""
    import tensorflow as tf

    return tf.constant([os.fsencode(picture.name) for picture in pictures], tf.string)


def _class_numbers(pictures: Sequence[Picture]) -> tf.data.Dataset:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(tf.constant([picture.label for picture in pictures], tf.int64))


CLASS_NUMBERS = Labelling(lambda picture: (picture.label,), _class_numbers, lambda _, label: {"label": label})


def split_data(
    found: Mapping[str, Sequence[Picture]],
    held: HeldOut,
    seed: int,
    folder: Path,
    class_names: Sequence[str],
    findings: Findings,
    total: int,
    labelling: Labelling = CLASS_NUMBERS,
) -> Data:
    """Look at these pictures by part, hold out of train what is lacking, and make the data of those that can be used.

    `total` counts them with those that were found wrong before; `folder` is the data's. Raises SourceProblem for all
    that the file does not let pass.
    """
    by_name = {picture.name: picture for pictures in found.values() for picture in pictures}
    good = {picture.name: picture for picture in usable([*by_name.values()], findings, total)}
    given = {part: [good[each.name] for each in pictures if each.name in good] for part, pictures in found.items()}
    return picture_data(held_out(given, held, seed, folder), class_names, findings, total, labelling)


def picture_data(
    parts: Mapping[str, Sequence[Picture]],
    class_names: Sequence[str],
    findings: Findings,
    total: int,
    labelling: Labelling = CLASS_NUMBERS,
) -> Data:
    """Make the data of these pictures; `findings` is what was found wrong with `total` of them.

    Raises SourceProblem where a class has nothing to train on, or two parts share a picture, and the policy for
    that is "error".
    """
    parts = apart(parts, findings)
    labels = {part: [each for picture in some for each in labelling.classes(picture)] for part, some in parts.items()}
    check_classes(labels, class_names, findings)
    everything = [picture for pictures in parts.values() for picture in pictures]
    decoded_before = findings.wanted("truncated") != "error"
    verification = None if decoded_before else Verification(everything, findings.keys)
    made = {part: _part(part, some, len(class_names), labelling, verification) for part, some in parts.items()}
    # A picture may be named for two parts.
    formats = Counter({picture.name: picture.format for picture in everything}.values())
    return Data(made, tuple(class_names), tuple(findings.notes(total)), tuple(findings.problems), formats)


def check_classes(labels: Mapping[str, Sequence[int]], class_names: Sequence[str], findings: Findings) -> None:
    """Find classes that a part lacks, and that are called alike. Raises SourceProblem where the policy is "error"."""
    for name, other in similar(class_names):
        if findings.add("similar_class", f'"{name}"', f'is called like "{other}"') == "error":
            message = f'two classes are called alike: "{other}" and "{name}"'
            raise SourceProblem(findings.keys, message, DEFECTS["similar_class"].hopeless)
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


def similar(class_names: Sequence[str]) -> list[tuple[str, str]]:
    """Give the classes that differ from another before them by capitals, spaces, hyphens and underscores alone."""
    seen: dict[str, str] = {}
    found = []
    for name in class_names:
        plain = " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()
        if plain and plain in seen:
            found.append((name, seen[plain]))
        seen.setdefault(plain, name)
    return found


def _classes(names: Sequence[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"{'class' if len(names) == 1 else 'the classes'} {first_of(quoted, 10)}"


def _part(
    name: str, pictures: Sequence[Picture], num_classes: int, labelling: Labelling, verification: Verification | None
) -> Part:
    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        read = reader(pictures)

        def example(given: tuple[tf.Tensor, ...], name: tf.Tensor, label: Any) -> dict[str, tf.Tensor]:
            image = read(*given)
            return {"image": image, "file": name, **labelling.example(image, label)}

        files = tf.data.Dataset.from_tensor_slices(file_names(pictures))
        data = tf.data.Dataset.zip(encoded(pictures), files, labelling.given(pictures))
        return data.map(example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    # A name need not be UTF-8.
    names = [os.fsencode(picture.name).decode(errors="replace") for picture in pictures]
    return Part(name, len(pictures), examples, num_classes, verification.find if verification else None, names)
