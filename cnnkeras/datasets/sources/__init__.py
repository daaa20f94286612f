"""The data sources, by the names that files give them. Importing them loads neither TensorFlow nor NumPy."""

from __future__ import annotations

from cnnkeras.datasets.source import Source
from cnnkeras.datasets.sources.arrays import Arrays
from cnnkeras.datasets.sources.coco import CocoInstances
from cnnkeras.datasets.sources.digits import Digits
from cnnkeras.datasets.sources.folder import Folder
from cnnkeras.datasets.sources.masks import Masks
from cnnkeras.datasets.sources.scenes import Scenes
from cnnkeras.datasets.sources.table import PictureTable
from cnnkeras.datasets.sources.tfds import Tfds
from cnnkeras.datasets.sources.voc import Voc
from cnnkeras.datasets.sources.yolo import Yolo

SOURCES: dict[str, type[Source]] = {
    "digits": Digits,
    "scenes": Scenes,
    "folder": Folder,
    "table": PictureTable,
    "masks": Masks,
    "voc": Voc,
    "coco": CocoInstances,
    "yolo": Yolo,
    "arrays": Arrays,
    "tfds": Tfds,
}
