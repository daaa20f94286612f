"""The batches: every example once an epoch, in an order that seed and epoch settle, as the network takes them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.preparation import prepare, scale
from cnnkeras.datasets.reading import checked_labels, streaming
from cnnkeras.datasets.source import Part
from cnnkeras.errors import RunError

from .conftest import MakeArchitecture, noise, part_of

COUNT = 50
IN_MEMORY, ON_DISK, STREAMED = "in memory", "on disk", "streamed"


@pytest.fixture(params=[IN_MEMORY, ON_DISK, STREAMED])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Give the budget that makes the pictures stay in memory, in a mapped file, or nowhere."""
    if request.param == STREAMED:
        usage = shutil.disk_usage(".")._replace(free=0)
        monkeypatch.setattr("cnnkeras.datasets.store.shutil.disk_usage", lambda _: usage)
    # A streamed part shuffles what the budget holds: here five pictures of 64 bytes.
    return {IN_MEMORY: None, ON_DISK: 0, STREAMED: 5 * 64}[str(request.param)]


def labels(data: tf.data.Dataset) -> list[int]:
    return [int(label) for _, batch in data for label in batch]


def test_every_example_once_an_epoch(architecture: MakeArchitecture, budget: int | None) -> None:
    """Examples would be skipped or shown twice, or the last partial batch be dropped."""
    for training in (True, False):
        data = batches(part_of(noise(COUNT)), architecture(), 16, training, budget=budget)
        assert data.cardinality() == 4
        for _ in range(2):
            assert [len(batch) for _, batch in data] == [16, 16, 16, 2]
            assert sorted(labels(data)) == list(range(COUNT))


def test_evaluation_keeps_the_order(architecture: MakeArchitecture, budget: int | None) -> None:
    """Predictions would be written beside the wrong pictures."""
    data = batches(part_of(noise(COUNT)), architecture(), 16, training=False, budget=budget)
    assert labels(data) == labels(data) == list(range(COUNT))


def test_epochs_differ_and_repeat_by_seed(architecture: MakeArchitecture, budget: int | None) -> None:
    """Every epoch would show the same batches, or the same file would train differently each time."""
    part, file = part_of(noise(COUNT)), architecture()
    first = batches(part, file, 16, True, seed=1, budget=budget)
    again = batches(part, file, 16, True, seed=1, budget=budget)
    other = batches(part, file, 16, True, seed=2, budget=budget)
    epochs = [labels(first) for _ in range(3)]
    assert [labels(again) for _ in range(3)] == epochs
    assert len({tuple(order) for order in [*epochs, labels(other), list(range(COUNT))]}) == 5


def test_a_streamed_epoch_has_one_order_whatever_is_free(
    architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers, or a run and its resumption, would take other pictures where one machine has less room."""
    file = architecture(data={"source": "digits", "cache": "none"})
    orders = []
    for free in (20 * 64, 2**40):
        monkeypatch.setattr("cnnkeras.datasets.memory.available_memory", lambda free=free: free)
        orders.append(labels(batches(part_of(noise(COUNT)), file, 16, True)))
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def test_global_seed_changes_nothing(architecture: MakeArchitecture, budget: int | None) -> None:
    """What else draws random numbers in a run would change the order of the examples, or the seed 0 would fail."""
    part, file = part_of(noise(COUNT)), architecture()
    orders = []
    for seed in (0, 1):
        tf.random.set_seed(seed)
        orders.append(labels(batches(part, file, 16, True, budget=budget)))
    assert orders[0] == orders[1]


def test_resumed_epoch_has_its_own_order(architecture: MakeArchitecture, budget: int | None) -> None:
    """A run that was interrupted and resumed would train on other batches than one that was not."""
    part, file = part_of(noise(COUNT)), architecture()
    counted = batches(part, file, 16, True, budget=budget)
    orders = [labels(counted) for _ in range(4)]
    epoch = Epoch(2)
    resumed = batches(part, file, 16, True, epoch=epoch, budget=budget)
    # Keras opens an iterator that it does not use; that must not count.
    iter(resumed)
    assert labels(resumed) == orders[2]
    epoch.number = 3
    assert labels(resumed) == orders[3]


def test_shuffle_reaches_the_whole_part(architecture: MakeArchitecture) -> None:
    """Data that lies ordered by class would be trained class by class."""
    data = batches(part_of(np.zeros((2000, 8, 8, 1), np.uint8)), architecture(), 100, training=True)
    for _, batch in data:
        assert np.ptp(batch.numpy()) > 1500


def test_pictures_are_as_served(architecture: MakeArchitecture, budget: int | None) -> None:
    """The network would be trained on other numbers than it is asked about later."""
    file, images = architecture((6, 9, 3), resize="letterbox", range=[-1, 1]), noise(COUNT)
    for given, places in batches(part_of(images), file, 16, training=True, budget=budget):
        for picture, place in zip(given, places.numpy(), strict=True):
            np.testing.assert_array_equal(picture, prepare(images[place : place + 1], file.input)[0])


def test_unscaled_pictures_are_those_that_scaling_makes_ready(
    architecture: MakeArchitecture, budget: int | None
) -> None:
    """A training that scales the parts of a batch by itself would see other pictures."""
    part, file = part_of(noise(COUNT)), architecture()
    ready, unscaled = (
        next(iter(batches(part, file, 16, True, budget=budget, scaled=scaled))) for scaled in (True, False)
    )
    assert unscaled[0].dtype == tf.uint8
    np.testing.assert_array_equal(scale(unscaled[0], file.input), ready[0])
    np.testing.assert_array_equal(unscaled[1], ready[1])


def test_no_epoch_waits_for_a_thread_that_sleeps(architecture: MakeArchitecture, budget: int | None) -> None:
    """An epoch in ten would take up to twice its time: TensorFlow waits for its tuning, and may not wake it."""
    data = batches(part_of(noise(COUNT)), architecture(), 16, True, budget=budget)
    assert data.options().autotune.enabled is False


def test_replicas_share_every_batch(architecture: MakeArchitecture, budget: int | None) -> None:
    """Training on two devices would fail at the end of an epoch whose last batch has one example."""
    data = batches(part_of(noise(COUNT - 1)), architecture(), 16, training=True, replicas=2, budget=budget)
    assert [len(batch) for _, batch in data] == [16, 16, 15, 2]
    assert sorted(labels(data)) == list(range(COUNT - 1))


def test_decoded_once(architecture: MakeArchitecture) -> None:
    """Every epoch would wait for the pictures to be decoded again."""
    plain, reads = part_of(noise(COUNT)), []

    def examples() -> tf.data.Dataset:
        reads.append(1)
        return plain.examples()

    part, file = Part("train", COUNT, examples), architecture()
    for training in (True, False):
        data = batches(part, file, 16, training)
        assert len(labels(data)) == len(labels(data)) == COUNT
    assert len(reads) == 1


def test_pictures_of_many_sizes(architecture: MakeArchitecture) -> None:
    """Photographs, which all differ in size, could not be trained on."""
    file = architecture((6, 9, 1), resize="crop")
    part = mixed_sizes([(3, 4), (20, 5), (7, 7)])
    pictures = [picture.numpy() for picture, _ in batches(part, file, 2, training=False)]
    assert [picture.shape for picture in pictures] == [(2, 6, 9, 1), (1, 6, 9, 1)]
    free = batches(part, architecture((None, None, 1)), 1, training=False)
    assert [tuple(picture.shape[1:3]) for picture, _ in free] == [(3, 4), (20, 5), (7, 7)]


def mixed_sizes(sizes: list[tuple[int, int]]) -> Part:
    def examples() -> tf.data.Dataset:
        def generate() -> Iterator[dict[str, Any]]:
            for place, size in enumerate(sizes):
                yield {"image": noise(1, *size)[0], "label": place}

        signature = {"image": tf.TensorSpec((None, None, 1), tf.uint8), "label": tf.TensorSpec((), tf.int64)}
        return tf.data.Dataset.from_generator(generate, output_signature=signature)

    return Part("train", len(sizes), examples)


def error_of(part: Part, architecture: MakeArchitecture) -> str:
    with pytest.raises(RunError) as error:
        batches(part, architecture(), 16, training=True)
    return str(error.value)


def test_unreadable_example(architecture: MakeArchitecture) -> None:
    """A broken picture would end the run in a traceback, without saying which part it is in."""

    def examples() -> tf.data.Dataset:
        files = tf.data.Dataset.from_tensors(tf.constant(b"no picture"))
        return files.map(
            lambda file: {
                "image": tf.ensure_shape(tf.io.decode_png(file), (8, 8, 1)),
                "label": tf.constant(0, tf.int64),
            }
        )

    text = error_of(Part("test", 1, examples), architecture)
    assert text.startswith("test: the data can't be read: ")
    assert text.endswith("\n     = help: prepare the data again")


def test_fewer_examples_than_announced(architecture: MakeArchitecture) -> None:
    """A truncated data set would be trained on as if it were whole."""
    assert error_of(part_of(noise(3), size=5), architecture) == (
        "train: 5 examples were announced, and 3 came\n     = help: prepare the data again"
    )


def test_more_examples_than_announced(architecture: MakeArchitecture) -> None:
    """Examples beyond the announced size would be left out without a word."""
    assert error_of(part_of(noise(5), size=3), architecture) == (
        "train: 3 examples were announced, and more came\n     = help: prepare the data again"
    )


def test_label_out_of_range(architecture: MakeArchitecture) -> None:
    """A label that is no class would give a loss of NaN, or an error inside TensorFlow."""
    assert error_of(part_of(noise(4), np.array([0, 1, -1, 7]), num_classes=3), architecture) == (
        "train: example 2 has the label -1, and the classes are 0 to 2\n"
        '     = help: choose other examples for "train"; the test pictures of some data sets come without labels'
    )


@pytest.mark.parametrize("budget", [STREAMED], indirect=True)
def test_label_out_of_range_where_a_part_is_read_anew(architecture: MakeArchitecture, budget: int | None) -> None:
    """A label that is no class would be trained on where the pictures don't fit the disk."""
    part = part_of(noise(8), np.array([0, 1, 2, 7] * 2), num_classes=3)
    with pytest.raises(RunError) as error, streaming("train"):
        list(batches(part, architecture(), 2, training=True, budget=budget))
    assert str(error.value) == (
        "train: the data can't be read: an example has the label 7, and the classes are 0 to 2\n"
        "     = help: prepare the data again"
    )


def test_void_pixels_are_no_wrong_labels() -> None:
    """Masks would be refused for their void pixels where the pictures don't fit the disk."""
    part = Part("train", 1, lambda: None, num_classes=3)
    mask = tf.constant([[[0, 2, 255]]], tf.uint8)
    assert checked_labels(part, mask, "mask").numpy().tolist() == [[[0, 2, 255]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="an example has the label 7, and the classes are 0 to 2"):
        checked_labels(part, mask + 7, "mask")


def test_only_reading_is_blamed_on_the_data() -> None:
    """A damaged file would end in a traceback, or the network's own error be blamed on the data."""
    with pytest.raises(RunError, match="train: the data can't be read: corrupted record at 0\n"), streaming("train"):
        raise tf.errors.DataLossError(None, None, "corrupted record at 0 [Op:IteratorGetNext]")
    with pytest.raises(tf.errors.InvalidArgumentError), streaming("train"):
        raise tf.errors.InvalidArgumentError(
            None, None, "shapes differ [[{{node dense/MatMul}}]] [[IteratorGetNext/_4]]"
        )


def test_a_last_batch_that_joins_another_is_one_batch(architecture: MakeArchitecture, budget: int | None) -> None:
    """The examples that no device was left without would come as a batch of their own again."""
    data = batches(part_of(noise(5)), architecture(), 2, training=False, replicas=2, budget=budget)
    assert [len(batch) for _, batch in data] == [2, 3]
    assert labels(data) == list(range(5))
