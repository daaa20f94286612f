"""Pictures and masks in folders: `{"source": "masks", "path": "cells", "images": "images", "masks": "masks"}`.

A mask has the name of its picture, or one that follows from it. The two folders lie in `path`, or in its folders
train, validation and test, or hold these. Parts that are missing are held out of train.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.datasets.masks.layout import mask_folders, pairs
from cnnkeras.datasets.masks.parts import masked_data
from cnnkeras.datasets.masks.values import MaskValues
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.folders import listing, open_folder
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.layers.fields import said

PATTERN = r"^[^*/]{0,100}\*[^*/]{0,100}$"
Pattern = Annotated[
    str, Field(pattern=PATTERN), said(PATTERN, "must be a name with one *, for what is shared, and without /")
]


class Masks(MaskValues, FileSource):
    """Pictures, and masks of grey numbers, of a palette's numbers, of 0 and 255, or of colours.

    `images` and `masks` are folders in `path`; `image_name` and `mask_name` say how files are called in them, without
    their extensions, `*` being what a picture and its mask share. `classes` names the classes in the order of their
    numbers, or gives each its number or colour in the masks; `void` what counts nowhere, 255 if left out.
    """

    tasks = ("segmentation",)

    source: Literal["masks"]
    images: str = "images"
    masks: str = "masks"
    image_name: Pattern = "*"
    mask_name: Pattern = "*"
    split: HeldOut = HeldOut()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the file."""
        return None if self.classes is None else tuple(self.classes)

    def load(self) -> Data:
        """Match the files, look at all of them, and split them."""
        root = open_folder(self.path)
        findings = Findings(self.on_problem, ("path",))
        with listing(root):
            folders = mask_folders(root, self.images, self.masks)
            found = {
                part: pairs(root, both, (self.image_name, self.mask_name), findings) for part, both in folders.items()
            }
        if not any(found.values()):
            findings.refuse(len(findings.problems))
            message = f"there is no picture with a mask in {root}"
            raise SourceProblem(("images",), message, 'give "images", "masks", and how files are called in them')
        return masked_data(found, self.classes, self.void, self.num_classes, self.split, self.seed, root, findings)
