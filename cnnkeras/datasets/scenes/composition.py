"""One scene: digits thrown onto a canvas, with the class of every pixel and the box of every digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnkeras.datasets.scenes.drawing import resized, texture

# A digit's height and width, as shares of the scene's shorter side.
SMALLEST, LARGEST = 0.28, 0.42
# What of a digit's ink must lie inside the scene, and what of it must stay in sight under later ones: less can't be
# read, by people neither.
INSIDE, IN_SIGHT = 0.7, 0.9
# Places that are tried for a digit before it is left out.
TRIES = 12
# What of a pixel must be ink, for it to be the digit's.
INKED = 0.5


@dataclass(frozen=True)
class Scene:
    """A picture uint8 `(height, width, 1)`, its mask uint8 `(height, width)` and its digits, those below first.

    In the mask 0 is background, 1 to 10 are the digits 0 to 9. `boxes` float32 `(digits, 4)` are left, top, right
    and bottom in pixels around what is in sight of each; `classes` int64 `(digits,)` are 0 to 9.
    """

    image: np.ndarray
    mask: np.ndarray
    boxes: np.ndarray
    classes: np.ndarray


def compose(
    random: np.random.Generator, images: np.ndarray, labels: np.ndarray, size: tuple[int, int], count: tuple[int, int]
) -> Scene:
    """Throw from `count[0]` to `count[1]` of the digits, uint8 `(n, 8, 8)` with their labels, onto a canvas."""
    height, width = size
    canvas = 60 + 50 * random.random() + 40 * texture(random, height, width)
    # Whose pixel it is: 0 the canvas's, then the digits' in the order in which they are laid.
    owners = np.zeros(size, np.int64)
    classes, areas = [], [0]
    for _ in range(count[0] + _below(random, count[1] - count[0] + 1)):
        chosen = _below(random, len(images))
        ink = _scaled(random, images[chosen] / 255, size)
        place = _place(random, ink > INKED, owners, areas)
        if place is not None:
            _lay(canvas, owners, ink, place, 190 + 65 * random.random(), len(areas))
            areas.append(int((ink > INKED).sum()))
            classes.append(int(labels[chosen]))
    canvas += 16 * random.random(size) - 8
    numbers = np.array([0, *(label + 1 for label in classes)], np.uint8)
    image = np.clip(np.floor(canvas + 0.5), 0, 255).astype(np.uint8)[..., None]
    boxes = [_box(owners == owner) for owner in range(1, len(areas))]
    return Scene(
        image, numbers[owners], np.array(boxes, np.float32).reshape(-1, 4), np.array(classes, np.int64).reshape(-1)
    )


def _below(random: np.random.Generator, limit: int) -> int:
    return int(random.random() * limit)


def _scaled(random: np.random.Generator, digit: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale a digit, its width a little otherwise than its height."""
    side = min(size) * (SMALLEST + (LARGEST - SMALLEST) * random.random())
    stretch = 0.85 + 0.3 * random.random()
    return resized(digit, max(4, int(side)), max(4, int(side * stretch)))


def _place(
    random: np.random.Generator, inked: np.ndarray, owners: np.ndarray, areas: list[int]
) -> tuple[int, int] | None:
    """Find where a digit may lie: it may touch others, hide some of them and stick out, but not too much."""
    height, width = inked.shape
    for _ in range(TRIES):
        top = _below(random, owners.shape[0] - height // 3) - height // 3
        left = _below(random, owners.shape[1] - width // 3) - width // 3
        target, source = _overlap(owners.shape, inked.shape, (top, left))
        if inked[source].sum() < INSIDE * inked.sum():
            continue
        kept = np.bincount(owners.reshape(-1), minlength=len(areas))
        kept -= np.bincount(owners[target][inked[source]], minlength=len(areas))
        if all(kept[owner] >= IN_SIGHT * areas[owner] for owner in range(1, len(areas))):
            return top, left
    return None


def _lay(
    canvas: np.ndarray, owners: np.ndarray, ink: np.ndarray, place: tuple[int, int], brightness: float, owner: int
) -> None:
    target, source = _overlap(owners.shape, ink.shape, place)
    canvas[target] += ink[source] * (brightness - canvas[target])
    owners[target][ink[source] > INKED] = owner


Window = tuple[slice, slice]


def _overlap(scene: tuple[int, ...], digit: tuple[int, ...], place: tuple[int, int]) -> tuple[Window, Window]:
    """Give the part of the scene that a digit covers, and the part of the digit that lies inside."""
    target, source = [], []
    for whole, side, start in zip(scene, digit, place, strict=True):
        first, last = max(start, 0), min(start + side, whole)
        target.append(slice(first, last))
        source.append(slice(first - start, last - start))
    return (target[0], target[1]), (source[0], source[1])


def _box(own: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
