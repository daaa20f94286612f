"""Every defect that masks and boxes can have, under every policy that there is for it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.pictures.defects import DEFECTS
from cnnkeras.datasets.source import Data
from cnnkeras.errors import UserError
from tests.datasets.conftest import MakeArchitecture
from tests.datasets.sources.conftest import encoded, picture, write

# Each picture is 9×7.
BOX = ("dog", 1, 1, 5, 5)


def annotation(*boxes: tuple[str, int, int, int, int], size: tuple[int, int] = (9, 7)) -> bytes:
    sides = ("xmin", "ymin", "xmax", "ymax")
    objects = "".join(
        f"<object><name>{name}</name><bndbox>{''.join(f'<{side}>{at}</{side}>' for side, at in zip(sides, box, strict=True))}"
        "</bndbox></object>"
        for name, *box in boxes
    )
    return f"<annotation><size><width>{size[0]}</width><height>{size[1]}</height></size>{objects}</annotation>".encode()


def mask(*values: int, size: tuple[int, int] = (7, 9)) -> bytes:
    pixels = np.zeros(size, np.uint8)
    pixels[0, : len(values)] = values
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


PICTURES = {f"JPEGImages/{number}.png": encoded(picture(number)) for number in range(8)}
ANNOTATIONS = {f"Annotations/{number}.xml": annotation(BOX) for number in range(8)}
MASKS = {f"masks/{number}.png": mask(1, 1) for number in range(8)}
BAD = {"JPEGImages/bad.png": encoded(picture(50))}
# What is wrong, by its code; the file "bad" has it.
WRONG_BOXES: dict[str, dict[str, bytes]] = {
    "missing_picture": {"Annotations/bad.xml": annotation(BOX)},
    "picture_without_label": BAD,
    "unreadable_annotation": BAD | {"Annotations/bad.xml": b"<annotation>"},
    "annotation_size": BAD | {"Annotations/bad.xml": annotation(BOX, size=(18, 14))},
    "unknown_class": BAD | {"Annotations/bad.xml": annotation(BOX, ("bird", 1, 1, 4, 4))},
    "zero_area_box": BAD | {"Annotations/bad.xml": annotation(BOX, ("dog", 3, 3, 2, 2))},
    "outside_box": BAD | {"Annotations/bad.xml": annotation(BOX, ("dog", 2, 2, 20, 20))},
}
WRONG_MASKS: dict[str, dict[str, bytes]] = {
    "missing_picture": {"masks/bad.png": mask(1)},
    "picture_without_label": BAD,
    "unreadable": BAD | {"masks/bad.png": b"a word"},
    "mask_size": BAD | {"masks/bad.png": mask(1, 1, size=(14, 18))},
    "mask_value": BAD | {"masks/bad.png": mask(1, 7)},
}
CASES = [
    (label, code, policy)
    for label, wrong in (("boxes", WRONG_BOXES), ("mask", WRONG_MASKS))
    for code in wrong
    for policy in DEFECTS[code].policies
]
SOURCES = {
    "boxes": {"source": "voc", "classes": ["dog"]},
    "mask": {"source": "masks", "images": "JPEGImages", "masks": "masks", "classes": ["ground", "dog"]},
}


@pytest.mark.parametrize(("label", "code", "policy"), CASES)
def test_every_policy_of_every_label(
    label: str, code: str, policy: str, architecture: MakeArchitecture, tmp_path: Path
) -> None:
    """What the file says would not be done, or a wrong label be learned."""
    sound, wrong = (ANNOTATIONS, WRONG_BOXES) if label == "boxes" else (MASKS, WRONG_MASKS)
    write(tmp_path / "data", PICTURES | sound | wrong[code])
    data = SOURCES[label] | {"path": "data", "on_problem": {code: policy}}
    file = architecture((8, 8, 3), data=data, label=label, training={"batch_size": 2})
    if policy == "error":
        with pytest.raises(UserError) as error:
            read_ahead(load_data(file), file)
        assert "bad." in str(error.value)
        return
    loaded = load_data(file)
    read_ahead(loaded, file)
    assert any("bad." in note for note in loaded.notes)
    assert {problem.code for problem in loaded.problems} == {code}
    found = [example for example in everything(loaded) if b"bad" in example["file"]]
    assert len(found) == (policy == "repair")
    if found:
        repaired(code, found[0])


def everything(data: Data) -> list[dict[str, np.ndarray]]:
    return [example for part in data.parts.values() for example in part.examples().as_numpy_iterator()]


def repaired(code: str, example: dict[str, np.ndarray]) -> None:
    """Look at what was made of the bad one."""
    if code == "mask_size":
        assert example["label"].shape[:2] == (7, 9)
    elif code == "mask_value":
        assert example["label"].reshape(-1)[:3].tolist() == [1, 255, 0]
    elif code == "outside_box":
        assert example["boxes"][:, 2:].tolist() == [[5, 5], [9, 7]]
    elif code == "annotation_size":
        assert (example["boxes"] <= 2.5).all()
    else:
        assert len(example["boxes"]) == 1
