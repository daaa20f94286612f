"""What stands over a choice of the test part's pictures; a small part is all there is to choose from."""

from __future__ import annotations


def titled_by_lot(shown: int, total: int) -> str:
    """Say that pictures were drawn by lot."""
    return f"{shown:,} of {total:,} test pictures, drawn by lot" if shown < total else f"All {total:,} test pictures"


def titled_by_rank(shown: int, total: int, end: str, figure: str) -> str:
    """Say that pictures have the lowest or highest of a figure: that end comes first."""
    if shown < total:
        return f"The {shown:,} of {total:,} test pictures with the {end} {figure}, the {end} first"
    return f"All {total:,} test pictures, the {end} {figure} first"
