"""The colours of classes in masks, the same in figures and in files."""

from __future__ import annotations

from collections.abc import Sequence

Colour = tuple[int, int, int]

# Paul Tol's "muted" scheme (2021), told apart with every kind of colour blindness, and an orange.
COLOURS: tuple[Colour, ...] = (
    (51, 34, 136), (136, 204, 238), (17, 119, 51), (221, 204, 119), (204, 102, 119), (68, 170, 153), (136, 34, 85),
    (153, 153, 51), (170, 68, 153), (230, 159, 0),
)  # fmt: skip
BACKGROUND = "background"
BACKGROUND_COLOUR: Colour = (24, 26, 30)
VOID_COLOUR: Colour = (255, 255, 255)


def colours_of(class_names: Sequence[str]) -> list[Colour]:
    """Give each class's colour. After ten classes they come again, each time paler; names tell those apart."""
    found: list[Colour] = []
    own = 0
    for name in class_names:
        if name == BACKGROUND:
            found.append(BACKGROUND_COLOUR)
            continue
        turn, index = divmod(own, len(COLOURS))
        red, green, blue = COLOURS[index]
        share = 0.75**turn
        found.append((_paler(red, share), _paler(green, share), _paler(blue, share)))
        own += 1
    return found


def _paler(value: int, share: float) -> int:
    return round(255 - (255 - value) * share)
