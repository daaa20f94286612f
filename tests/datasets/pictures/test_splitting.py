"""Which pictures are held out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.datasets.pictures.splitting import NO_CLASS, split, strata

SHARES = {"validation": 0.1, "test": 0.2}
NAMES = st.sets(st.text("abcdé/._", min_size=1, max_size=8), min_size=1, max_size=60)


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(0, 2**31 - 1))
def test_stratified(found: list[set[str]], seed: int) -> None:
    """A class would be missing where it is measured, or a picture be lost or trained and tested on."""
    classes = {label: [f"{label}/{name}" for name in names] for label, names in enumerate(found)}
    parts = split(classes, SHARES, seed)
    everything = [name for names in parts.values() for name in names]
    assert sorted(everything) == sorted(name for names in classes.values() for name in names)
    for names in classes.values():
        for part, share in SHARES.items():
            count = len(set(names) & set(parts[part]))
            assert count == (max(1, round(len(names) * share)) if len(names) >= 3 else 0)


@given(NAMES, NAMES, st.integers(0, 5))
def test_hardly_moved_by_what_is_added(before: set[str], added: set[str], seed: int) -> None:
    """Pictures that were tested on would be trained on, after a few were added."""
    new = added - before
    old, now = (split({0: sorted(names)}, SHARES, seed) for names in (before, before | new))
    moved = {name for part in old for name in set(old[part]) - set(now[part])}
    assert len(moved) <= 2 * len(new)
    if len(before) >= 10:
        assert not set(old["test"]) & set(now["validation"])
        assert not set(old["validation"]) & set(now["test"])
    other = {0: sorted(before), 1: sorted(f"other/{name}" for name in new)}
    alone = split(other, SHARES, seed)
    assert all(set(alone[part]) & before == set(old[part]) for part in old)


def test_the_same_on_every_machine() -> None:
    """A run could not be repeated elsewhere, or after an update."""
    names = [f"cats/{number}.jpg" for number in range(20)]
    assert split({0: names[::-1]}, SHARES, 0) == split({0: names}, SHARES, 0)
    parts = split({0: names}, SHARES, 0)
    assert parts["test"] == ["cats/6.jpg", "cats/10.jpg", "cats/19.jpg", "cats/13.jpg"]
    assert parts["validation"] == ["cats/0.jpg", "cats/17.jpg"]


def test_accents_are_the_same_on_every_machine() -> None:
    """On macOS an accent is a character of its own, and other pictures would be tested on."""
    linux, macos = ([f"{accent}{number}" for number in range(30)] for accent in ("\u00e9", "e\u0301"))
    parts = split({0: macos}, SHARES, 0)
    assert {part: [linux[macos.index(name)] for name in names] for part, names in parts.items()} == split(
        {0: linux}, SHARES, 0
    )


def test_the_rarest_class_stands_for_a_picture() -> None:
    """A rare class would be missing from the test, as it never stands alone in a picture."""
    pictures = [{0}] * 10 + [{0, 1}] * 5 + [{0, 1, 2}] * 3 + [set()]
    assert strata(pictures) == [0] * 10 + [1] * 5 + [2] * 3 + [NO_CLASS]
    assert strata([[1, 1, 0], [0], [1], [1]]) == [0, 0, 1, 1]
