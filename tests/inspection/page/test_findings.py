"""What a run tells its user to try next: every rule where it speaks, its whole text, and where it is silent."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cnnkeras.cli import main
from cnnkeras.inspection.page.findings import RULES, findings
from cnnkeras.inspection.page.findings.classes import wilson
from cnnkeras.inspection.page.findings.finding import Finding
from cnnkeras.inspection.page.record import Record
from tests.inspection.page.runs import course, record, table, write_run

pytestmark = pytest.mark.fast
History = dict[str, Sequence[float]]


def found(folder: Path, rule: str, history: History | None = None, **what: Any) -> list[Finding]:
    """Give what one rule finds in a run with this history."""
    return list(RULES[rule](record(write_run(folder / "run", history=history, **what))))


def history(loss: Sequence[float], validation: Sequence[float], accuracy: float = 0.98, own: float = 0.985) -> History:
    """Give a history with these losses, whose accuracies end at these figures."""
    count = len(loss)
    return {
        "loss": loss,
        "accuracy": course(count, 0.3, own),
        "val_loss": validation,
        "val_accuracy": course(count, 0.35, accuracy),
    }


def test_a_sound_run_is_called_sound(lenet5: Record) -> None:
    """A good run would be given advice that it does not need, or none at all and nobody knew why."""
    (finding,) = [each for each in findings(lenet5) if each.weight == "good"]
    assert finding.title == "The training went well."
    assert {each.weight for each in findings(lenet5)} <= {"good", "chance", "note"}


def test_a_sound_run_is_told_what_to_try_too(lenet5: Record) -> None:
    """Under "What to try next" there would be praise and nothing to try."""
    (finding,) = RULES["sound"](lenet5)
    assert finding.advice == (
        "To gain a little more, change the pictures at random, as far as they keep their meaning; "
        "then set the two side by side (`compare`)."
    )
    assert "data.augmentation=[" in finding.command


def test_a_network_that_was_not_trained(tmp_path: Path) -> None:
    """A network as it begins would be told which of its classes are weak."""
    folder = write_run(tmp_path / "run", history={"loss": []}, changes=["training.epochs=0", "training.optimizer=Adam"])
    (finding,) = findings(record(folder))
    assert (finding.title, finding.command) == (
        "Nothing was trained.",
        f"python run.py --resume {folder} training.epochs=10",
    )


def test_a_network_that_learns_nothing(tmp_path: Path) -> None:
    """A learning rate that is far off would be looked for elsewhere."""
    flat = [2.3, 2.301, 2.299, 2.3, 2.3, 2.3]
    (finding,) = found(tmp_path, "nothing-learned", history(flat, flat, 0.1, 0.1), changes=["training.optimizer=Adam"])
    assert finding.title == "The network learned next to nothing."
    assert finding.reason == "The training loss went from 2.3 to 2.3."
    # A rate that is too small looks as one that is too large.
    assert finding.command == f"python run.py find-rate {tmp_path}/run/architecture.json"
    told = {**history(flat, flat), "accuracy": course(6, 0.1, 0.7)}
    assert not found(tmp_path / "told", "nothing-learned", told)


def test_a_network_that_always_answers_the_same(tmp_path: Path) -> None:
    """A loss of thousands at a learning rate that is far too large would pass for a run like others."""
    same = pd.DataFrame(
        {"class": ["a", "b", "c"], "precision": [0.0, 0.4, 0.0], "recall": [0.0, 1.0, 0.0], "support": [30, 40, 30]}
    )
    optimizer = ['training.optimizer={"type": "SGD", "learning_rate": 10}']
    (finding,) = found(tmp_path, "one-answer", by_class=same, changes=optimizer)
    assert (finding.weight, finding.title) == ("problem", "It gives every picture the same answer.")
    assert finding.reason == "All 100 test pictures are taken for b."
    assert finding.command == f"python run.py find-rate {tmp_path}/run/architecture.json"
    # Where most are of one class, that is what the network has learned.
    common = pd.DataFrame({"class": ["a", "b"], "precision": [0.9, 0.0], "recall": [1.0, 0.0], "support": [90, 10]})
    (finding,) = found(tmp_path / "common", "one-answer", by_class=common)
    assert finding.reason.endswith("That is right for 90.0% of them, and costs it little.")
    assert finding.command.endswith("data.balance=resample")
    titles = [each.title for each in findings(record(tmp_path / "common" / "run"))]
    assert "The training went well." not in titles
    assert "The classes are not balanced." not in titles
    # Some of the others are taken for a third class, or there is only one class to be right about.
    for other in (same.assign(precision=[0.0, 0.5, 0.0]), same.assign(support=[0, 40, 0], precision=[0.0, 1.0, 0.0])):
        folder = tmp_path / str(other["precision"][1])
        assert not found(folder, "one-answer", by_class=other)


def test_learning_by_heart_is_seen_in_the_losses(tmp_path: Path) -> None:
    """A user would train longer, which makes it worse."""
    validation = [2.2, 1.0, 0.5, 0.4, 0.45, 0.5, 0.6, 0.7]
    losses = [2.3, 1.0, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02]
    (finding,) = found(tmp_path, "overfitting", history(losses, validation))
    assert (finding.weight, finding.title) == ("problem", "It learns its training pictures by heart.")
    assert finding.reason == (
        "After epoch 4 the validation loss rose from 0.4 to 0.7, while the training loss fell on from 0.3 to 0.02."
    )
    assert finding.advice == (
        "Its pictures are never changed: try augmentation first, then Dropout, weight decay (AdamW), fewer parameters, "
        "or more pictures."
    )
    # The command is one that runs.
    assert main(["check", *shlex.split(finding.command)[2:]]) == 0


def test_learning_by_heart_is_seen_in_the_gap(tmp_path: Path) -> None:
    """It would not be seen where the validation loss stands still."""
    losses = course(12, 2.3, 0.1)
    (finding,) = found(tmp_path, "overfitting", history(losses, losses, 0.8, 0.99))
    assert finding.reason == "In epoch 12, which was kept, accuracy is 0.976 in training and 0.791 in validation."


def test_pictures_that_are_hard_even_in_training(tmp_path: Path) -> None:
    """A user would add regularization, which makes it worse."""
    losses = course(12, 2.3, 1.0)
    (finding,) = found(tmp_path, "underfitting", history(losses, losses, 0.6, 0.62))
    assert finding.title == "Even the pictures that it trains on are hard for it."
    assert finding.reason == "After 12 epochs the accuracy of the training pictures is 61.4%."


def test_a_network_that_has_forgotten(tmp_path: Path) -> None:
    """A user would raise the learning rate, which was too large."""
    losses = [*course(8, 2.3, 0.1), 2.3, 2.3]
    own = {**history(losses, losses), "accuracy": [*course(8, 0.3, 0.98), 0.1, 0.097]}
    (finding,) = found(tmp_path, "collapsed", own, changes=["training.optimizer=Adam"])
    assert finding.title == "It has forgotten what it had learned."
    assert finding.reason == "The accuracy of the training pictures was 92.4% in epoch 8, and is 9.7% in the end."
    assert '"learning_rate": 0.0001' in finding.command
    told = [each.title for each in findings(record(tmp_path / "run"))]
    assert "Even the pictures that it trains on are hard for it." not in told


def test_a_training_that_was_not_finished(tmp_path: Path) -> None:
    """Accuracy that is there for nothing would be left lying."""
    losses = course(12, 2.3, 0.1)
    rising = {**history(losses, losses), "val_accuracy": [0.3 + 0.05 * epoch for epoch in range(12)]}
    (finding,) = found(tmp_path, "still-improving", rising)
    assert finding.reason == "The best of 12 epochs is number 12: accuracy was still getting better."
    # Its rate is a schedule, which has come to its end.
    assert finding.command == f"python run.py {tmp_path}/run/architecture.json training.epochs=24"
    (plain,) = found(tmp_path / "plain", "still-improving", rising, changes=["training.optimizer=Adam"])
    assert plain.command == f"python run.py --resume {tmp_path}/plain/run training.epochs=24"


def test_validation_labels_that_do_not_belong_to_their_pictures(tmp_path: Path) -> None:
    """It would be laid to the network, which was said to learn by heart."""
    metrics = {"validation": {"accuracy": 0.007, "loss": 9.0}, "test": {"accuracy": 0.75, "loss": 0.8}}
    falls, rises = course(12, 2.3, 0.1), course(12, 2.3, 9.0)
    (finding,) = found(tmp_path, "validation-apart", history(falls, rises, 0.007, 0.9), metrics=metrics)
    assert finding.reason == "accuracy: 0.007 on it, 0.750 on the test part."
    titles = [each.title for each in findings(record(tmp_path / "run"))]
    assert titles[0] == finding.title
    assert "by heart" not in "".join(titles)


def test_what_dropout_makes_hard_is_not_hard_for_the_network(tmp_path: Path) -> None:
    """More layers would be advised where the validation part is told well."""
    falls = course(12, 2.3, 1.2)
    assert found(tmp_path / "hard", "underfitting", history(falls, falls, 0.5, 0.47))
    assert not found(tmp_path / "dropout", "underfitting", history(falls, falls, 0.93, 0.47))


def test_a_training_too_short_for_its_averages(tmp_path: Path) -> None:
    """Poor answers after good losses would be laid to the pictures, their labels or the learning rate."""
    same = table()
    same["precision"], same["recall"] = [0.1, *[float("nan")] * 9], [1.0, *[0.0] * 9]
    few = {"loss": [2.0, 1.0], "val_loss": [2.3, 2.3], "val_accuracy": [0.1, 0.1]}
    what: Any = {"file": "architectures/digits.json", "by_class": same, "data": {"parts": {"train": 1197}}}
    short = {**what, "changes": ["training.batch_size=100"]}
    (finding,) = found(tmp_path, "lagging-averages", few, **short)
    assert (finding.weight, finding.title) == ("problem", "BatchNormalization has not settled.")
    assert finding.reason == (
        "After 12 steps the moving averages that BatchNormalization predicts with still hold 28% of their initial "
        "values: its momentum is 0.9."
    )
    assert finding.advice == "Train longer, 44 steps at the least, or give BatchNormalization a momentum of 0.681."
    assert finding.command == f"python run.py {tmp_path}/run/architecture.json training.epochs=4"
    # What follows from it is not told as another problem.
    assert [each.title for each in findings(record(tmp_path / "run")) if each.weight == "problem"] == [finding.title]
    # The momentum of a larger one is rounded down: by 1 they would never move.
    slow = {**what, "changes": ["training.batch_size=1", "blocks.convolution.layers[1].momentum=0.999"]}
    (finding,) = found(tmp_path / "slow", "lagging-averages", few, **slow)
    assert "a momentum of 0.996." in finding.advice
    # Enough steps, nobody knows how many, and no such layer.
    assert not found(tmp_path / "steps", "lagging-averages", few, **{**what, "changes": ["training.batch_size=8"]})
    begun = {**short, "changes": [*short["changes"], "training.initial_weights=runs/x"]}
    assert not found(tmp_path / "begun", "lagging-averages", few, **begun)
    assert not found(tmp_path / "unknown", "lagging-averages", few, **{**short, "data": {}})
    assert not found(tmp_path / "none", "lagging-averages", few)


def test_a_training_of_three_epochs_was_hardly_finished(tmp_path: Path) -> None:
    """The commonest reason of poor figures in a first try would not be named."""
    few = {"loss": [2.0, 1.0, 0.8], "val_loss": [2.0, 1.0, 0.8], "val_accuracy": [0.3, 0.6, 0.7]}
    (finding,) = found(tmp_path, "still-improving", few)
    assert finding.command.endswith("training.epochs=6")
    # What was stopped early would be refused with more epochs alone.
    stopped = tmp_path / "stopped"
    (finding,) = found(stopped, "still-improving", few, message="stopped early, after epoch 3 of 8")
    assert finding.command == f"python run.py --resume {stopped}/run training.early_stopping=null"


def test_a_background_is_no_class_too_many(tmp_path: Path) -> None:
    """Every segmentation would be told that its classes are not balanced."""
    rows = pd.DataFrame({"class": ["background", "a", "b"], "support": [10**6, 500, 400]})
    assert found(tmp_path, "imbalance", by_class=rows) == []
    rows.loc[2, "support"] = 4
    folder = write_run(tmp_path / "second", "architectures/unet_scenes.json", by_class=rows)
    (finding,) = RULES["imbalance"](record(folder))
    assert finding.reason == "The test part has 500 pixels of a and 4 pixels of b."


def test_a_best_epoch_at_the_start(tmp_path: Path) -> None:
    """Two thirds of the time would be spent for nothing the next time too."""
    losses = course(12, 2.3, 0.1)
    early = {**history(losses, losses), "val_accuracy": [0.5, 0.9, 0.95, *[0.94] * 9]}
    (finding,) = found(tmp_path, "best-early", early)
    assert finding.reason == "The best of 12 epochs is number 3; the 9 after it gained nothing."
    assert finding.command.endswith("""'training.early_stopping={"monitor": "val_accuracy", "patience": 3}'""")


def test_a_validation_loss_that_jumps(tmp_path: Path) -> None:
    """A learning rate that is too large would be taken for bad luck."""
    jumping = [2.0, 1.5, 1.0, 0.5, 0.5, 0.9, 0.4, 0.9, 0.4, 0.9, 0.4, 0.9]
    (finding,) = found(tmp_path, "unsteady", history(course(12, 2.3, 0.1), jumping))
    assert finding.reason.startswith("In the second half the validation loss jumps by ")
    # Its learning rate follows a schedule, which comes from this number.
    assert finding.command.endswith("/architecture.json training.optimizer.learning_rate.initial_learning_rate=0.001")


def test_a_test_part_that_is_harder(tmp_path: Path) -> None:
    """Parts that are not alike would be taken for overfitting."""
    metrics = {"validation": {"loss": 0.1, "accuracy": 0.98}, "test": {"loss": 0.5, "accuracy": 0.85}}
    (finding,) = found(tmp_path, "test-below-validation", metrics=metrics)
    assert finding.reason == "accuracy: 0.980 on the validation part, 0.850 on the test part."


def test_classes_that_are_confused(tmp_path: Path) -> None:
    """The pair that costs most would have to be looked for in a matrix."""
    confused = table()
    confused.loc[3, ["most_confused_with", "times"]] = ["8", 40]
    confused.loc[4, ["most_confused_with", "times"]] = ["9", 1]
    (finding,) = found(tmp_path, "confused-classes", by_class=confused)
    assert finding.reason == '"3" is taken for "8" 40 times of 300; "4" is taken for "9" once of 300.'


def test_classes_that_are_weak_or_rare(tmp_path: Path) -> None:
    """A class that is never found would hide behind a good mean."""
    rare = table()
    rare.loc[7, ["f1", "support"]] = [0.2, 4]
    (weak,) = found(tmp_path, "weak-classes", by_class=rare)
    assert weak.reason == "F1 is 0.98 for the middle one of the classes, and less for 7 (0.20)."
    (imbalance,) = RULES["imbalance"](record(tmp_path / "run"))
    assert imbalance.reason == "The test part has 300 of 9 and 4 of 7."


def test_a_small_test_part(tmp_path: Path) -> None:
    """Two networks would be told apart by chance."""
    data = {"parts": {"test": 50}, "classes": list("0123456789")}
    (finding,) = found(tmp_path, "few-examples", data=data)
    assert finding.reason == (
        "With 50 test pictures an accuracy of 97.5% may as well be 88.7% or 99.5% (95 % interval)."
    )
    # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_what_check_warns_of_is_repeated(tmp_path: Path) -> None:
    """A warning that scrolled by before the training would be forgotten."""
    (finding,) = found(tmp_path, "lints", changes=["silence=[]"])
    assert finding.title == "check warns: heavy dense."


def test_outputs_that_see_little(tmp_path: Path) -> None:
    """Objects larger than the field would be cut to pieces, and nobody knew why."""
    folder = write_run(tmp_path / "run", "architectures/unet_scenes.json", changes=["input.shape=[192,192,1]"])
    (finding,) = RULES["small-field"](record(folder))
    assert finding.reason == "An output sees 82×82 of the 192×192 picture."


@pytest.mark.parametrize("rule", RULES)
def test_rules_are_silent_where_nothing_is_known(tmp_path: Path, rule: str) -> None:
    """The report of a run without training, or of an older one, would end in a traceback."""
    folder = write_run(tmp_path / "run", by_class=pd.DataFrame({"class": []}), history={"loss": []})
    for name in ("outcome.json", "metrics.json", "history.csv", "environment.json"):
        (folder / name).unlink()
    assert list(RULES[rule](record(folder))) == []
