"""Does to a batch what `data.augmentation` says, in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.colors import Change, change_of
from cnnkeras.datasets.augmentation.draws import Draws, random_layer
from cnnkeras.datasets.augmentation.matrices import MATRICES, UPRIGHT, WHOLE_PIXELS, identity
from cnnkeras.datasets.augmentation.mixing import canvas, cut_mix, mix_up, mosaic_matrices
from cnnkeras.datasets.augmentation.rand_augment import colors_of, draw_changes, moves, recolored
from cnnkeras.datasets.augmentation.warping import Border, closed_up, move_labels, move_pictures, whole_numbers
from cnnkeras.datasets.labels import Batch, label_kind
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.augmentation import Augmentation, Movement, Warp
from cnnkeras.spec.label import Label

# Gives as many other examples as there are draws to be made: (pictures, labels), a function of the draws alone.
Others = Callable[[Draws], Batch]
MIXES = {"MixUp": mix_up, "CutMix": cut_mix}


def _tool(item: Any) -> Any:
    if item.type == "RandAugment":
        return colors_of(item.factor)
    if item.type == "MixUp":
        return random_layer("MixUp", alpha=item.alpha)
    if item.type == "CutMix":
        return random_layer("CutMix", factor=item.factor)
    return None if isinstance(item, Movement) else change_of(item)


@dataclass
class Augmenter:
    """The changes of one architecture, for batches of its training part.

    `num_classes` is asked for where classes are mixed: their labels become shares, float32 `(batch, classes)`.
    """

    items: tuple[Augmentation, ...]
    label: Label
    epochs: int
    seed: int
    num_classes: int | None
    # What an item works with: Keras's layers, which have to be made before the graph.
    _tools: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self._tools = [_tool(item) for item in self.items]

    @classmethod
    def of(cls, architecture: Architecture) -> Augmenter:
        """Give what an architecture asks for."""
        items = architecture.data.augmentation if architecture.data else ()
        training = architecture.training
        return cls(items, label_kind(architecture), training.epochs, training.seed, architecture.num_classes)

    def augment(
        self, pictures: tf.Tensor, labels: tf.Tensor, epoch: tf.Tensor, place: tf.Tensor, others: Others
    ) -> Batch:
        """Give the changed pictures, uint8 as they were, and their labels.

        `place` is the first picture's in its epoch.
        """
        if self.label == "class" and any(item.type in MIXES for item in self.items):
            labels = tf.one_hot(labels, self.num_classes)

            def others_shared(draws: Draws) -> Batch:
                picture, label = others(draws)
                return picture, tf.one_hot(label, self.num_classes)

            return self._by_epoch(pictures, labels, epoch, place, others_shared)
        return self._by_epoch(pictures, labels, epoch, place, others)

    def _by_epoch(
        self, pictures: tf.Tensor, labels: tf.Tensor, epoch: tf.Tensor, place: tf.Tensor, others: Others
    ) -> Batch:
        """Leave out what rests in the last epochs; each such set of changes is a graph of its own."""
        ends = sorted({self.epochs - item.except_last_epochs for item in self.items if item.except_last_epochs})

        def branch(passed: int) -> Callable[[], Batch]:
            return lambda: self._work(passed and ends[passed - 1], pictures, labels, epoch, place, others)

        branches = [branch(passed) for passed in range(len(ends) + 1)]
        if len(branches) == 1:
            return branches[0]()
        done = tf.reduce_sum(tf.cast(tf.constant(ends, tf.int64) <= epoch, tf.int32))
        changed, moved = tf.switch_case(done, branches)
        return tf.ensure_shape(changed, pictures.shape), moved

    def _work(
        self, since: int, pictures: tf.Tensor, labels: tf.Tensor, epoch: tf.Tensor, place: tf.Tensor, others: Others
    ) -> Batch:
        """Change a batch of the epochs from `since` on."""
        draws = Draws.at(self.seed, epoch, place)
        work = _Work(self.label, pictures, labels, others, (pictures.shape[1], pictures.shape[2]))
        for number, item in enumerate(self.items):
            if not item.except_last_epochs or since < self.epochs - item.except_last_epochs:
                work.do(item, self._tools[number], draws.child(number))
        return work.done()


@dataclass
class _Work:
    """One batch on its way; movements wait until something else is done, and are then one."""

    label: Label
    pictures: tf.Tensor
    labels: tf.Tensor
    others: Others
    size: tuple[int, int]
    matrices: tf.Tensor | None = None
    waiting: list[str] = field(default_factory=list)
    border: Border | None = None
    has_more_boxes: bool = False

    def do(self, item: Augmentation, tool: Any, draws: Draws) -> None:
        """Do one change, with its tool, to the pictures that are drawn for it."""
        chosen = draws.uniform([self.count]) < item.rate
        if item.type == "Mosaic":
            self._mosaic(item, draws, chosen)
        elif item.type in MATRICES:
            matrices = MATRICES[item.type](item, draws, self.count, self.size)
            self._wait(item.type, self._border(item), tf.where(_each(chosen, 3), matrices, identity(self.count)))
        elif item.type == "RandAugment":
            self._rand_augment(item, tool, draws, chosen)
        elif item.type in MIXES:
            self._move()
            self.has_more_boxes = True
            numbers = tf.cast(self.pictures, tf.float32)
            self.pictures, self.labels = MIXES[item.type](tool, self.label, numbers, self.labels, draws, chosen)
        else:
            self._move()
            changed = tool(self.pictures, draws)
            self.pictures = (
                changed if item.rate == 1 else tf.where(_each(chosen, 4), changed, tf.cast(self.pictures, tf.float32))
            )

    def done(self) -> Batch:
        """Give the batch, uint8 again."""
        self._move()
        boxes_moved = self.label == "boxes" and self.has_more_boxes
        return self._whole(), closed_up(self.labels) if boxes_moved else self.labels

    @property
    def count(self) -> tf.Tensor:
        return tf.shape(self.pictures)[0]

    def _whole(self) -> tf.Tensor:
        return self.pictures if self.pictures.dtype == tf.uint8 else whole_numbers(self.pictures)

    def _border(self, item: Any) -> Border | None:
        """Give what stands beyond the borders, or None for movements that never look there."""
        if not isinstance(item, Warp):
            return None
        default = "constant" if self.label == "boxes" else "reflect"
        return Border(item.fill_mode or default, item.fill_value, item.interpolation)

    def _wait(self, kind: str, border: Border | None, matrices: tf.Tensor) -> None:
        if border is not None and self.border not in (None, border):
            self._move()
        self.border = border or self.border
        # From what comes out of the last one back to what went into the first.
        self.matrices = matrices if self.matrices is None else self.matrices @ matrices
        self.waiting.append(kind)

    def _move(self) -> None:
        if self.matrices is None:
            return
        border, matrices, kinds = self.border or Border(), self.matrices, set(self.waiting)
        pictures = self._whole()
        self.matrices, self.waiting, self.border = None, [], None
        if kinds <= set(WHOLE_PIXELS):
            border = border._replace(interpolation="nearest")
        self.pictures = move_pictures(pictures, matrices, self.size, border, kinds <= set(UPRIGHT))
        self.labels = move_labels(self.label, self.labels, matrices, self.size, border, kinds <= set(UPRIGHT))

    def _mosaic(self, item: Any, draws: Draws, chosen: tf.Tensor) -> None:
        self._move()
        tiles = [(self._whole(), self.labels), *(self.others(draws.child(number)) for number in range(3))]
        self.pictures, self.labels = canvas(self.label, tiles, None if item.rate == 1 else chosen)
        self.has_more_boxes = True
        self._wait(item.type, None, mosaic_matrices(item, draws, self.count, self.size, chosen))

    def _rand_augment(self, item: Any, colors: list[Change], draws: Draws, chosen: tf.Tensor) -> None:
        changes = draw_changes(item, draws, self.count, chosen)
        default = "constant" if self.label == "boxes" else "reflect"
        self._wait(
            item.type,
            Border(default, 0.0, item.interpolation),
            moves(item, changes, draws.child(0), self.count, self.size),
        )
        self._move()
        self.pictures = recolored(colors, changes, tf.cast(self.pictures, tf.float32), draws.child(1))


def _each(chosen: tf.Tensor, rank: int) -> tf.Tensor:
    return tf.reshape(chosen, [-1] + [1] * (rank - 1))
