"""Going on from a checkpoint: with another batch, rate or optimizer, and where a file of it is broken."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.errors import RunError, UserError
from cnnkeras.training import checkpoint
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.optimizers import steps_done
from tests.training.conftest import LAYERS, Make, part
from tests.training.test_trainer import Spoil, SpoilWithin, Stop, StopAfter, StopInTheMiddle, StopInValidation


def test_a_smaller_batch_goes_on_where_the_larger_one_was(make: Make) -> None:
    """Who goes on with the batch that fits would train the pictures of half an epoch twice, or not at all."""
    run = make(epochs=2, checkpoint_minutes=1e-9, plain=True).create_run()
    with pytest.raises(Stop):
        make(epochs=2, checkpoint_minutes=1e-9, plain=True).train(run, StopInTheMiddle())
    state = Checkpoints(run.checkpoints).read()
    assert (state.epoch, state.step, state.terms.batch_size) == (1, 3, 16)
    model, trained = make(epochs=2, batch_size=8, plain=True).train(run)
    # Of 90 pictures 48 were seen; six batches hold the others.
    assert int(model.optimizer.iterations) == 9 + 6
    assert len(trained.history) == 2


def test_an_epoch_that_was_through_is_so_in_smaller_batches(make: Make) -> None:
    """The last batch was no whole one: more steps would be skipped than there are, and no epoch train any more."""
    fields: dict[str, Any] = {"epochs": 3, "plain": True, "checkpoint_minutes": 1e-9}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopInValidation())
    state = Checkpoints(run.checkpoints).read()
    assert (state.epoch, state.step) == (1, 6)
    # 90 pictures are 23 batches of 4, and 6 batches of 16 would be 24 of them.
    model, trained = make(**fields, batch_size=4).train(run)
    assert int(model.optimizer.iterations) == 12 + 23
    assert len(trained.history) == 3


def test_a_spoiled_epoch_is_begun_with_the_rate_of_its_file(make: Make) -> None:
    """The rate of the arrays would be taken for the one that the file has, and the file's never be heard of."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}

    def experiment(rate: float, **more: Any) -> Any:
        return make(**fields, optimizer={"type": "SGD", "learning_rate": rate, **more})

    run = experiment(0.1).create_run()
    with pytest.raises(Stop):
        experiment(0.1).train(run, StopAfter(1))
    with pytest.raises(RunError, match="epoch 2"):
        experiment(0.01).train(run, SpoilWithin())
    trained = experiment(0.01, clipnorm=1.0).train(run)[1]
    assert [round(epoch["learning_rate"], 6) for epoch in trained.history] == [0.1, 0.01]


@pytest.mark.parametrize(
    ("schedule", "precision"),
    [
        ({"type": "CosineDecay", "initial_learning_rate": 0.1}, "float32"),
        ({"type": "CosineDecay", "initial_learning_rate": 0.0, "warmup_target": 0.1, "warmup_steps": 1}, "float32"),
        ({"type": "PiecewiseConstantDecay", "boundaries": [1, 3], "values": [0.1, 0.01, 0.001], "unit": "epochs"},
         "mixed_float16"),
        # Counted in steps, it follows no epochs, and goes on from where it stands.
        ({"type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 100, "decay_rate": 0.9}, "float32"),
    ],
)  # fmt: skip
def test_a_schedule_goes_on_with_a_smaller_batch(make: Make, schedule: dict[str, Any], precision: str) -> None:
    """The rate would jump back up, and never come to the end of its decay."""
    fields = {"epochs": 5, "plain": True, "precision": precision}
    experiment = make(**fields, optimizer={"type": "SGD", "learning_rate": schedule})
    whole = experiment.train(experiment.create_run())[1].history
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopAfter(3))
    smaller = make(**fields, batch_size=8, optimizer={"type": "SGD", "learning_rate": schedule})
    after = smaller.train(run)[1].history
    expected = [epoch["learning_rate"] for epoch in whole]
    if schedule["type"] == "ExponentialDecay":
        # The fifth epoch begins after 3 · 6 + 12 steps.
        expected[4] = 0.1 * 0.9**0.3
    # A warm-up counted in steps is shorter in smaller batches.
    near = 0.05 if "warmup_steps" in schedule else 1e-3
    np.testing.assert_allclose([epoch["learning_rate"] for epoch in after], expected, rtol=near)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_another_learning_rate_is_gone_on_with(make: Make, precision: str) -> None:
    """The checkpoint's rate would go on, whatever the file says; or one that was reduced would be raised again."""

    def rates(trained: Any) -> list[float]:
        return [round(epoch["learning_rate"], 6) for epoch in trained.history]

    def experiment(epochs: int, rate: Any) -> Any:
        optimizer = {"type": "SGD", "learning_rate": rate}
        # Every epoch is worse than 1: the rate is halved after each.
        halved = {"monitor": "val_loss", "patience": 1, "factor": 0.5, "min_delta": 1000.0}
        return make(epochs=epochs, plain=True, precision=precision, optimizer=optimizer, reduce_learning_rate=halved)

    first = experiment(9, 0.01)
    run = first.create_run()
    with pytest.raises(Stop):
        first.train(run, StopAfter(3))
    before = rates(experiment(4, 0.01).train(run)[1])
    assert before[0] == 0.01
    assert before[-1] < 0.01
    after = rates(experiment(6, 0.3).train(run)[1])
    assert after[:4] == before
    assert after[4] == 0.3
    assert rates(experiment(7, 0.3).train(run)[1])[:6] == after


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_a_rate_that_becomes_a_schedule_and_a_number_again(make: Make, precision: str) -> None:
    """A schedule is no variable: the run would be said to be another network's, or its moments be taken one off."""

    def experiment(epochs: int, rate: Any) -> Any:
        optimizer = {"type": "Adam", "learning_rate": rate}
        return make(epochs=epochs, plain=True, precision=precision, optimizer=optimizer)

    steps = {"type": "PiecewiseConstantDecay", "boundaries": [5], "values": [0.02, 0.03], "unit": "epochs"}
    run = experiment(9, 0.01).create_run()
    with pytest.raises(Stop):
        experiment(9, 0.01).train(run, StopAfter(1))
    experiment(2, steps).train(run)
    model, trained = experiment(3, 0.005).train(run)
    assert [round(epoch["learning_rate"], 6) for epoch in trained.history] == [0.01, 0.02, 0.005]
    # The moments went along: Adam's second one is nowhere negative, and of the count of steps none was lost.
    assert int(model.optimizer.iterations) == 3 * 6
    inner = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    assert all((keras.ops.convert_to_numpy(each) >= 0).all() for each in inner._velocities)


def test_a_changed_network_does_not_take_the_checkpoint_of_another(make: Make) -> None:
    """Weights would end up in the wrong layers."""
    experiment = make(epochs=1)
    run = experiment.create_run()
    experiment.train(run)
    other = make([{**LAYERS[0], "filters": 5}, *LAYERS[1:]], epochs=2)
    with pytest.raises(RunError) as caught:
        other.train(run)
    assert str(caught.value) == (
        f"the checkpoint {run.checkpoints}/epoch-1.npz holds an array 3×3×1×4, "
        "and the network has conv2d_1/kernel, an array 3×3×1×5, there\n"
        "     = help: go on with the layers, the optimizer and the precision that it was trained with, or start a new run"
    )


def test_a_change_is_kept_only_once_the_checkpoint_fits_it(make: Make) -> None:
    """A resume with other moments would fail, and so would every later one, with the file as it was."""
    experiment = make(epochs=1)
    run = experiment.create_run()
    kept: list[str] = []
    experiment.train(run, on_restored=lambda: kept.append("first"))
    other = make(epochs=2, optimizer={"type": "Adam", "amsgrad": True})
    with pytest.raises(RunError, match=r"holds .* arrays, and the network has .* with its optimizer"):
        other.train(run, on_restored=lambda: kept.append("changed"))
    make(epochs=2).train(run, on_restored=lambda: kept.append("longer"))
    assert kept == ["first", "longer"]


def test_a_broken_checkpoint_is_told(make: Make) -> None:
    """A damaged file would end in a traceback."""
    experiment = make(epochs=1)
    run = experiment.create_run()
    experiment.train(run)
    arrays = run.checkpoints / "epoch-1.npz"
    whole = arrays.read_bytes()
    broken = bytearray(whole)
    broken[300] ^= 1
    for content, reason in (
        (b"", "No data left in file"),
        (whole[:-30], "File is not a zip file"),
        (bytes(broken), "Bad CRC-32 for file '00000.npy'"),
    ):
        arrays.write_bytes(content)
        with pytest.raises(RunError) as caught:
            make(epochs=2).train(run)
        assert str(caught.value) == (f"the checkpoint {arrays} can't be read: {reason}\n     = help: start a new run")
    for text in ("{", "null", '{"epoch": "three", "best": null}', '{"best": null, "steps": 3}', '{"epoch": 1}'):
        (run.checkpoints / "state.json").write_text(text)
        with pytest.raises(RunError, match="can't be read"):
            Checkpoints(run.checkpoints).read()
    (run.checkpoints / "state.json").write_text('{"epoch": "three", "best": null}')
    with pytest.raises(RunError) as caught:
        Checkpoints(run.checkpoints).read()
    assert str(caught.value) == (
        f"the checkpoint {run.checkpoints}/state.json can't be read: epoch: Input should be a valid integer, unable to "
        "parse string as an integer\n     = help: start a new run"
    )


def test_a_broken_checkpoint_within_an_epoch_costs_that_epoch_alone(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """All epochs before would be given up, with the whole file of the epoch's beginning beside the broken one."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}
    whole, run = make(**fields).create_run(), make(**fields).create_run()
    expected, _ = make(**fields).train(whole)
    with pytest.raises(Stop):
        make(**fields).train(run, StopInTheMiddle())
    (within,) = run.checkpoints.glob("*-step-*")
    within.write_bytes(within.read_bytes()[:-30])
    model, trained = make(**fields).train(run)
    said = f"the checkpoint {within} can't be read: File is not a zip file; going on from the beginning of epoch 2\n"
    assert said in capsys.readouterr().err
    assert len(trained.history) == 2
    for weight, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_another_order_within_an_epoch_is_told(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Some pictures of the epoch would be trained on twice and others never, and nobody hear of it."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopInTheMiddle())
    make(**fields, data={"cache": "none"}).train(run)
    assert (
        "data: the pictures are read anew every epoch, and were kept between the epochs: the epoch ends in another "
        "order\n" in capsys.readouterr().err
    )


def test_arrays_without_their_state_are_kept(make: Make) -> None:
    """Going on would begin anew, and delete what was trained."""
    run = make(epochs=2).create_run()
    make(epochs=2).train(run)
    (run.checkpoints / "state.json").unlink()
    before = sorted(run.checkpoints.iterdir())
    with pytest.raises(RunError) as caught:
        make(epochs=3).train(run)
    assert str(caught.value) == (
        f"{run.checkpoints}/state.json is not there, and epoch-2.npz is, which it belongs to\n"
        "     = help: give it back, or start anew"
    )
    assert sorted(run.checkpoints.iterdir()) == before


def test_what_others_put_beside_checkpoints_stays(make: Make) -> None:
    """A training would end in "Is a directory", or delete a copy that its user made."""
    run = make(epochs=2).create_run()
    make(epochs=1).train(run)
    (run.checkpoints / ".ipynb_checkpoints").mkdir()
    (run.checkpoints / "mine.npz").write_bytes(b"mine")
    (run.checkpoints / ".epoch-1.123.npz").write_bytes(b"killed")
    make(epochs=2).train(run)
    names = {file.name for file in run.checkpoints.iterdir()}
    assert {".ipynb_checkpoints", "mine.npz"} < names
    assert ".epoch-1.123.npz" not in names


def test_a_broken_best_is_told_before_more_is_trained(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """All that is trained would end in a file that can't be read, and no network be kept."""
    experiment = make(epochs=2)
    run = experiment.create_run()
    experiment.train(run)
    (best,) = run.checkpoints.glob("best-*.npz")
    best.write_bytes(best.read_bytes()[:300])
    kept = run.model.read_bytes()
    with pytest.raises(RunError) as caught:
        experiment.train(run)
    assert str(caught.value) == (
        f"the checkpoint {best} can't be read: File is not a zip file\n     = help: train further, as in "
        f"python run.py --resume {run.path} training.epochs=3, or start a new run"
    )
    assert run.model.read_bytes() == kept
    _, trained = make(epochs=3).train(run)
    said = (
        f"the checkpoint {best} can't be read: File is not a zip file; the best of the epochs from here on will be kept"
    )
    assert said in capsys.readouterr().err
    assert trained.best_epoch == 3
    assert run.model.exists()


ADAM = {"type": "Adam", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.01}, "use_ema": True}


def test_a_larger_batch_leaves_the_optimizers_count(make: Make) -> None:
    """Adam's moments would be taken for new ones, the average forget what it holds, and the steps be far too small."""
    fields: dict[str, Any] = {"epochs": 6, "plain": True, "optimizer": ADAM}
    run = make(**fields, batch_size=2).create_run()
    with pytest.raises(Stop):
        make(**fields, batch_size=2).train(run, StopAfter(2))
    with pytest.raises(Stop):
        make(**fields, batch_size=45).train(run, StopAfter(4))
    assert Checkpoints(run.checkpoints).read().terms.ahead == 2 * 2 - 2 * 45
    model, trained = make(**fields, batch_size=45).train(run)
    assert int(model.optimizer.iterations) == 2 * 45 + 4 * 2
    whole = make(**fields).train(make(**fields).create_run())[1]
    for one, other in zip(trained.history, whole.history, strict=True):
        assert one["learning_rate"] == pytest.approx(other["learning_rate"], rel=1e-4)


def test_early_stopping_by_another_loss_holds_no_more(make: Make) -> None:
    """A run that was stopped by one loss could not be gone on with by another, as the README says."""
    fields: dict[str, Any] = {"epochs": 4, "plain": True, "early_stopping": {"monitor": "val_loss", "min_delta": 100.0}}
    run = make(**fields).create_run()
    _, trained = make(**fields).train(run)
    assert len(trained.history) == 2
    assert make(**fields).train(run)[1].message == "it was stopped early before, after epoch 2 of 4"
    _, trained = make(**fields, loss="CategoricalFocalCrossentropy").train(run)
    assert len(trained.history) > 2


def test_another_momentum_is_told(make: Make) -> None:
    """Arrays would be taken for what they are not."""
    run = make(epochs=1, plain=True, optimizer={"type": "SGD"}).create_run()
    make(epochs=1, plain=True, optimizer={"type": "SGD"}).train(run)
    with pytest.raises(RunError) as caught:
        make(epochs=2, plain=True, optimizer={"type": "SGD", "momentum": 0.9}).train(run)
    assert str(caught.value) == (
        f"the checkpoint {run.checkpoints}/epoch-1.npz holds 6 arrays, and the network has 10 with its optimizer\n"
        "     = help: go on with the layers, the optimizer and the precision that it was trained with, or start a new "
        "run"
    )


def test_another_metric_of_the_same_form_begins_anew(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """The sums of one would be counted to the other."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopInTheMiddle())
    make(**fields, metrics=[{"type": "TopKCategoricalAccuracy", "k": 2}]).train(run)
    assert "the metrics are other ones than before" in capsys.readouterr().err


def test_a_schedule_follows_data_that_grew(make: Make) -> None:
    """The rate would jump back to where it was half the epochs before."""
    rate = {"type": "CosineDecay", "initial_learning_rate": 0.1}
    fields: dict[str, Any] = {"epochs": 4, "plain": True, "optimizer": {"type": "SGD", "learning_rate": rate}}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopAfter(2))
    more = make(**fields)
    more.data = replace(more.data, parts={**more.data.parts, "train": part("train", 180)})
    rates = [row["learning_rate"] for row in more.train(run)[1].history]
    assert rates == pytest.approx([0.05 * (1 + math.cos(math.pi * epoch / 4)) for epoch in range(4)], rel=1e-4)


def test_a_full_disk_under_the_best_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence would be of a file that was never written, and say that the run is lost."""
    experiment = make(epochs=3, plain=True)
    run = experiment.create_run()
    whole = checkpoint.write_arrays

    def full(path: Any, *arrays: Any) -> None:
        if path.name.startswith("best-"):
            raise OSError(28, "No space left on device")
        whole(path, *arrays)

    monkeypatch.setattr(checkpoint, "write_arrays", full)
    with pytest.raises(RunError, match=r"^the run can't be written: No space left on device\n"):
        experiment.train(run)


def test_other_metrics_begin_within_an_epoch(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Who looks at one more figure would meet a traceback, at this resume and at every later one."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopInTheMiddle())
    metrics = ["accuracy", {"type": "TopKCategoricalAccuracy", "k": 2}]
    trained = make(**fields, metrics=metrics).train(run)[1]
    assert "the metrics are other ones than before: this epoch's count from step 4 on\n" in capsys.readouterr().err
    assert [len(row) for row in trained.history] == [8, 10]


def test_a_broken_best_after_early_stopping_names_what_goes_on(make: Make) -> None:
    """More epochs alone would end in the same sentence again."""
    still = {"type": "SGD", "learning_rate": 1e-9}
    experiment = make(epochs=8, optimizer=still, early_stopping={"patience": 1, "min_delta": 1})
    run = experiment.create_run()
    experiment.train(run)
    (best,) = run.checkpoints.glob("best-*.npz")
    best.write_bytes(b"")
    with pytest.raises(RunError) as caught:
        experiment.train(run)
    assert str(caught.value) == (
        f"the checkpoint {best} can't be read: No data left in file\n     = help: train further, as in "
        f"python run.py --resume {run.path} training.early_stopping=null, or start a new run"
    )
    assert len(make(epochs=3, optimizer=still).train(run)[1].history) == 3


def test_a_step_that_a_larger_batch_takes_in_can_be_gone_back_on(make: Make) -> None:
    """What may be spoiled would stay the state to go on from."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True, "batch_size": 2}
    run = make(**fields).create_run()
    with pytest.raises(Stop):
        make(**fields).train(run, StopAfter(1))
    with pytest.raises(Stop):
        make(**fields).train(run, StopInTheMiddle())
    assert Checkpoints(run.checkpoints).read().step
    with pytest.raises(RunError, match="epoch 2"):
        make(**{**fields, "batch_size": 90}).train(run, Spoil(2, layer=-1))
    state = Checkpoints(run.checkpoints).read()
    assert (state.epoch, state.step, state.terms.batch_size) == (1, 0, 2)
    assert not [*run.checkpoints.glob("*-step-*")]


def test_other_classes_are_not_gone_on_with(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """The network that is served would name every picture wrongly, and nobody be told."""
    experiment = make(epochs=1)
    run = experiment.create_run()
    experiment.train(run)
    other = make(epochs=2)
    other.data = replace(other.data, class_names=("dark", "bright", "middle"))
    with pytest.raises(UserError) as caught:
        other.train(run)
    assert str(caught.value) == (
        "file.json:31:10: error[data]: the classes are not those that it was trained on: their order is another one\n"
        '  31 |  "data": {\n     |          ^\n'
        "     = help: give the data as it was, or start a new run"
    )
    other.data = replace(other.data, class_names=("dark", "bright", "dim"))
    with pytest.raises(UserError, match="the classes are not those that it was trained on: middle gone, dim new"):
        other.train(run)
    swapped = make(epochs=2)
    train = swapped.data.parts["train"]
    swapped.data = replace(
        swapped.data,
        parts={
            **swapped.data.parts,
            "train": replace(train, examples=lambda: train.examples().skip(1).concatenate(train.examples().take(1))),
        },
    )
    swapped.train(run)
    assert "data: train has other pictures or labels than before\n" in capsys.readouterr().err
    fewer = make(epochs=3)
    fewer.data = replace(fewer.data, parts={**fewer.data.parts, "train": part("train", 80)})
    assert len(fewer.train(run)[1].history) == 3
    assert "data: train has 80 pictures, and had 90\n" in capsys.readouterr().err


def test_another_monitor_looks_at_its_own_figure(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """An accuracy would be taken for a loss, and an epoch be kept that is not the best."""
    slow = {"type": "SGD", "learning_rate": 0.01}
    stopping = {"monitor": "val_accuracy", "patience": 9}
    run = make(epochs=2, plain=True, optimizer=slow, early_stopping=stopping).create_run()
    make(epochs=2, plain=True, optimizer=slow, early_stopping=stopping).train(run)
    stopping = {"monitor": "val_loss", "patience": 9}
    again = make(epochs=5, plain=True, optimizer=slow, monitor="val_loss", early_stopping=stopping)
    trained = again.train(run)[1]
    losses = [row["val_loss"] for row in trained.history]
    assert trained.best_epoch == 1 + losses.index(min(losses))
    assert "the best epoch is told by val_loss from here on, and was by val_accuracy" in capsys.readouterr().err
    state = Checkpoints(run.checkpoints).read()
    assert state.callbacks["EarlyStopping"]["best"] == pytest.approx(min(losses[2:]))


def test_steps_are_counted_where_replicas_hold_the_count() -> None:
    """A group that goes on with another batch size would end in a traceback."""
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        optimizer = keras.optimizers.SGD()
        optimizer.build([keras.Variable(0.0)])
    assert steps_done(optimizer) == 0


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_another_loss_begins_anew(make: Make, capfd: pytest.CaptureFixture[str], monitor: str) -> None:
    """The numbers of one loss would be held against those of another, and every better network be thrown away."""
    stopping = {"monitor": "val_loss", "patience": 2}

    def experiment(epochs: int, loss: str) -> Any:
        return make(epochs=epochs, plain=True, loss=loss, monitor=monitor, early_stopping=stopping)

    run = experiment(2, "mse").create_run()
    experiment(2, "mse").train(run)
    capfd.readouterr()
    trained = experiment(5, "CategoricalCrossentropy").train(run)[1]
    what = "the best epoch, EarlyStopping" if monitor == "val_loss" else "EarlyStopping"
    said = capfd.readouterr().err
    assert f"the loss is another one than before: what follows it begins anew ({what})\n" in said
    assert len(trained.history) == 5
    if monitor == "val_loss":
        assert trained.best_epoch is not None
        assert trained.best_epoch > 2
    # With the same loss nothing is forgotten.
    experiment(6, "CategoricalCrossentropy").train(run)
    assert "the loss is another one" not in capfd.readouterr().err
