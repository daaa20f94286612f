"""The benchmarks' tables and JSON files, on made-up measurements: nothing here is timed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from benchmarks import check, machine, processes, scaling, segmentation, training, training_summary
from benchmarks.comparison import Comparison
from benchmarks.contestants import registry
from benchmarks.membrane.budget import epochs_within
from benchmarks.membrane.job import overlaps
from benchmarks.processes import ContestantFailed, rotated
from benchmarks.report import print_table, write_json
from benchmarks.workloads import WORKLOADS
from cnnkeras.kernels import SETTING

pytestmark = pytest.mark.fast

MACHINE = {
    "cores": 2,
    "processor": "Some Processor",
    "flags": ["avx2"],
    "gpus": [],
    "python": "3.11.1",
    "packages": {"keras": "3.15"},
}


def measured(
    contestant: str, round_number: int, images_per_s: float, parameters: int = 61706, precision: str = "float32"
) -> dict[str, Any]:
    return {
        "network": "lenet5",
        "contestant": contestant,
        "round": round_number,
        "precision": precision,
        "images_per_s": images_per_s,
        "images_per_cpu_s": images_per_s / 2 if contestant == "keras" else images_per_s,
        "first_step_s": 4.0,
        "whole_s": 10.0,
        "peak_memory_mib": 900.0,
        "accuracy": 0.97,
        "loss": 0.1,
        "parameters": parameters,
        "device": "CPU",
    }


MEASUREMENTS = [
    measured("cnnkeras", 0, 2000),
    measured("keras", 0, 1000),
    measured("keras", 1, 500),
    measured("cnnkeras", 1, 1500),
]


def printed(title: str, columns: Any, rows: Any, notes: Any) -> str:
    stream = io.StringIO()
    print_table(title, MACHINE, columns, rows, notes, Console(file=stream, width=200))
    return stream.getvalue()


def test_ratios_are_taken_within_a_round() -> None:
    """A machine that was busy in one round would decide who is faster."""
    ours, keras = training_summary.summarize(MEASUREMENTS)
    assert (ours["ratio"], keras["ratio"]) == (2.5, 1.0)
    assert (ours["processor_ratio"], ours["pytorch_ratio"]) == (5.0, None)
    assert ours["images_per_s"] == 1750


def test_a_ratio_needs_its_reference() -> None:
    """`--contestants` without keras would end in an error after minutes of measuring."""
    (ours,) = training_summary.summarize([measured("cnnkeras", 0, 2000)])
    assert ours["ratio"] is None
    assert training_summary.rows([ours])[0][4] == ""


def test_rivals_in_the_same_precision_have_their_own_ratio() -> None:
    """Half the bits would be taken for our own merit, or the slowest of the rivals for all of them."""
    rivals = [measured("keras", 0, 1000), measured("keras-no-xla", 0, 2000), measured("pytorch-compiled", 0, 4000)]
    in_bfloat16 = [
        measured("cnnkeras", 0, 6000, precision="mixed_bfloat16"),
        measured("keras-bfloat16", 0, 1500, precision="bfloat16"),
    ]
    keras, no_xla, _, ours, keras_bfloat16 = training_summary.summarize([*rivals, *in_bfloat16])
    names = ("ratio", "best_keras_ratio", "alike_keras_ratio", "pytorch_ratio", "best_pytorch_ratio")
    assert [ours[name] for name in (*names, "alike_pytorch_ratio")] == [6.0, 3.0, 4.0, None, 1.5, None]
    assert [keras[name] for name in names] == [1.0, 0.5, 0.5, None, 0.25]
    assert (no_xla["best_keras_ratio"], keras_bfloat16["alike_keras_ratio"]) == (1.0, 1.0)


def test_no_name_is_cut_for_a_long_heading() -> None:
    """Nobody could tell keras-no-xla from keras-bfloat16."""
    stream = io.StringIO()
    names = ["yolov8n_scenes", "keras-bfloat16", "mixed_bfloat16"]
    print_table(
        "", MACHINE, ["a", "b", "c", *["long heading"] * 4], [[*names, *"1234"]], [], Console(file=stream, width=82)
    )
    assert all(name in stream.getvalue() for name in names)


@pytest.mark.parametrize("width", [80, 200])
def test_no_column_is_left_out(width: int) -> None:
    """The loss, the last of many columns, would be missing where a network's name is long."""
    stream = io.StringIO()
    found = [{**each, "network": "yolov8n_scenes", "precision": "mixed_bfloat16"} for each in MEASUREMENTS]
    rows = training_summary.rows(training_summary.summarize(found))
    print_table("Training", MACHINE, training_summary.COLUMNS, rows, [], Console(file=stream, width=width))
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("│ yolov8n_scenes")]
    assert [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines] == [list(row) for row in rows]


def test_the_training_table_says_what_it_compared() -> None:
    """A reader of the table could not tell what the ratio is against."""
    text = printed(
        "Training",
        training_summary.COLUMNS,
        training_summary.rows(training_summary.summarize(MEASUREMENTS)),
        training_summary.NOTES,
    )
    assert "2 cores of Some Processor (avx2), Python 3.11.1, keras 3.15" in text
    assert "keras: hand-written keras.Model.fit on arrays in float32" in text
    cells = [
        cell.strip()
        for cell in next(line for line in text.splitlines() if "cnnkeras " in line and "│" in line).split("│")
    ]
    figures = ["1,750", "2.50", "5.00", "2.50", "2.50", "", "", "", "4.0", "10.0", "900", "0.970", "", "0.100"]
    assert cells[1:-1] == ["lenet5", "cnnkeras", "float32", *figures]


def test_boxes_have_their_own_figure() -> None:
    """A mean average precision would stand among accuracies, or the table end in a KeyError."""
    found = {**measured("pytorch", 0, 100), "map_50": 0.25}
    del found["accuracy"]
    (row,) = training_summary.rows(training_summary.summarize([found]))
    assert row[-3:] == ["", "0.250", "0.100"]
    assert len(row) == len(training_summary.COLUMNS)


def test_a_machine_names_its_gpus() -> None:
    """A GPU's figures would be taken for the processor's."""
    described = machine.describe({**MACHINE, "gpus": ["NVIDIA H100", "NVIDIA H100"]})
    assert described.startswith("2 cores of Some Processor (avx2), NVIDIA H100, NVIDIA H100, Python 3.11.1")


def test_the_check_table_has_its_ratio() -> None:
    """The table would not say how much `check` saves."""
    summary = check.summarize("architectures", {"check": [0.4, 0.5, 0.6], "build": [9.0, 10.0, 11.0]})
    assert check.rows(summary) == [
        ["architectures", "check", "0.50", "0.40", "0.60", "1.0"],
        ["architectures", "build", "10.00", "9.00", "11.00", "20.0"],
    ]
    assert "python run.py check" in printed("check", check.COLUMNS, check.rows(summary), check.NOTES)


def test_the_file_holds_machine_and_figures(tmp_path: Path) -> None:
    """A figure in a file would be one of an unknown machine."""
    file = tmp_path / "training.json"
    write_json(file, "training", machine.machine_facts(), {"measurements": MEASUREMENTS})
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["benchmark"] == "training"
    assert content["measurements"] == MEASUREMENTS
    assert {"processor", "flags", "cores", "memory_mib", "load_average", "python", "packages"} <= set(
        content["machine"]
    )


def test_what_was_measured_before_an_error_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Hours of measuring would be lost because the last contestant failed."""

    def measuring() -> Any:
        yield MEASUREMENTS[0]
        raise ContestantFailed("keras ended with 1")

    summary = training_summary.summarize
    comparison = Comparison("Training", training_summary.COLUMNS, (), summary, training_summary.rows)
    file = tmp_path / "training.json"
    assert comparison.run(measuring(), MACHINE, file) == 1
    assert capsys.readouterr().err == "keras ended with 1\n"
    assert json.loads(file.read_text(encoding="utf-8"))["measurements"] == MEASUREMENTS[:1]
    assert comparison.run(iter(MEASUREMENTS), MACHINE, None) == 0
    assert "Training" in capsys.readouterr().out


def test_the_order_rotates() -> None:
    """The contestant that always ran first would find the coolest processor."""
    assert [rotated(["a", "b", "c"], number)[0] for number in range(4)] == ["a", "b", "c", "a"]
    assert rotated([], 1) == []


def run_lenet5(monkeypatch: pytest.MonkeyPatch, answers: dict[str, dict[str, Any]]) -> Any:
    monkeypatch.setattr(training, "prepare", lambda workload, data: None)
    monkeypatch.setattr(training, "train", lambda _, name, *rest: {**measured(name, 0, 1.0), **answers[name]})
    asked = training.read_arguments(["--rounds", "1"])
    return training.run_rounds(WORKLOADS["lenet5"], list(answers), asked)


def test_different_networks_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure would compare two different networks."""
    with pytest.raises(ContestantFailed, match="lenet5: the networks differ in their number of parameters"):
        run_lenet5(monkeypatch, {"cnnkeras": {}, "keras": {"parameters": 61707}})


def test_a_network_that_says_so_may_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """KerasCV's detector could not be measured beside ours."""
    answers = {"cnnkeras": {}, "keras": {"parameters": 61707, "is_another_network": True}}
    assert len(run_lenet5(monkeypatch, answers)) == 2


def test_a_processor_is_not_held_against_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A framework that was installed without its GPU's libraries would be said to be slow."""
    message = r"lenet5: some compute on another device: {'cnnkeras': 'CPU', 'pytorch': 'GPU'}"
    with pytest.raises(ContestantFailed, match=message):
        run_lenet5(monkeypatch, {"cnnkeras": {}, "pytorch": {"device": "GPU"}})


def test_what_takes_a_processor_minutes_waits_for_a_gpu() -> None:
    """The command would take an hour where there is none, or leave out the network that GPUs are judged by."""
    asked = training.read_arguments([])
    assert [workload.name for workload in training.chosen(asked, [])] == [*WORKLOADS][:-1]
    assert [workload.name for workload in training.chosen(asked, ["NVIDIA H100"])][-1] == "resnet50"
    named = training.chosen(training.read_arguments(["--network", "resnet50", "--images", "16"]), [])
    assert [(each.train_images, each.test_images, each.batch_size) for each in named] == [(16, 16, 16)]


def test_on_a_gpu_all_compute_resnet50_in_bfloat16() -> None:
    """A contestant in float32 would be held against others in half the bits."""
    resnet50, lenet5 = WORKLOADS["resnet50"], WORKLOADS["lenet5"]
    assert registry.precision(resnet50, ["NVIDIA H100"]) == ("--precision", "bfloat16")
    assert registry.precision(resnet50, []) == registry.precision(lenet5, ["NVIDIA H100"]) == ()


@pytest.mark.parametrize("computed", [True, False])
def test_rivals_in_bfloat16_run_where_it_is_computed(monkeypatch: pytest.MonkeyPatch, computed: bool) -> None:
    """Our bfloat16 would be held against float32 alone, or the command take hours where bfloat16 is made of float32."""
    monkeypatch.setattr(registry, "computes_bfloat16", lambda gpus: computed)
    monkeypatch.setattr(registry, "takes_onednn", lambda: True)
    everywhere = ["cnnkeras", "keras", "keras-dataset", "pytorch", "pytorch-compiled"]
    found = registry.by_default(WORKLOADS["lenet5"], [])
    assert found == [*everywhere, *(["keras-bfloat16", "pytorch-bfloat16"] if computed else [])]
    # There all the others are in bfloat16, too.
    assert set(registry.by_default(WORKLOADS["resnet50"], ["NVIDIA H100"])) == {*everywhere, "keras-no-xla"}


@pytest.mark.parametrize(
    ("flags", "named", "taken"),
    [({"avx2"}, None, False), ({"avx2", "avx_vnni"}, None, True), ({"avx2"}, "0", True)],
    ids=["AVX2 alone", "VNNI", "named"],
)
def test_keras_by_onednn_runs_where_tensorflow_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch, flags: set[str], named: str | None, taken: bool
) -> None:
    """Our kernels would be held against slower ones alone, or one contestant be measured twice."""
    monkeypatch.setattr(machine, "_processor", lambda: ("", flags))
    monkeypatch.setattr(machine, "NAMED", named)
    assert ("keras-onednn" in registry.by_default(WORKLOADS["lenet5"], [])) == (not taken)


def test_a_contestant_has_the_kernels_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras would train by what importing cnnkeras has set, and not as its documentation's reader gets it."""
    monkeypatch.setattr(processes, "NAMED", None)
    monkeypatch.setenv(SETTING, "1")
    show = ["-c", f"import os; print(os.environ.get('{SETTING}'))"]
    assert processes.run(show)[1] == "None\n"
    assert processes.run(show, registry.CONTESTANTS["keras-onednn"].settings)[1] == "1\n"


@pytest.mark.parametrize("unit", ["amx_bf16", None])
def test_a_processor_tells_whether_it_computes_bfloat16(monkeypatch: pytest.MonkeyPatch, unit: str | None) -> None:
    """The rivals in the same precision would be left out where we use it."""
    monkeypatch.setattr(machine, "product_unit", lambda dtype: unit)
    assert machine.computes_bfloat16([]) == (unit is not None)


def test_who_can_not_train_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An hour of measuring would end in KerasCV's TypeError, or a contestant be missing without a word."""
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda package: package == "keras")
    assert registry.able(["cnnkeras", "keras-bfloat16", "pytorch"], WORKLOADS["yolov8n"]) == ["cnnkeras"]
    assert capsys.readouterr().err == (
        "yolov8n: keras-bfloat16 is left out: it can't train for detection\n"
        "yolov8n: pytorch is left out: torch is not installed\n"
    )


def test_pictures_are_whole_batches() -> None:
    """A last short batch would be traced in the middle of what is timed."""
    with pytest.raises(SystemExit, match="--images: lenet5: 100 pictures are no whole number of batches of 64"):
        training.chosen(training.read_arguments(["--network", "lenet5", "--images", "100"]), [])


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=list(WORKLOADS))
def test_a_workload_is_a_whole_number_of_batches(workload: Any) -> None:
    """A last short batch would be traced again in the middle of what is timed."""
    assert workload.train_images % workload.batch_size == 0
    assert workload.shape[2] in (1, 3)


def test_membranes_are_held_against_keras_in_the_same_round() -> None:
    """The table would compare a quiet round with a busy one."""
    figures = dict.fromkeys(segmentation.MEDIANS, 1.0)
    measurements = [
        {
            **figures,
            "contestant": name,
            "round": number,
            "precision": "float32",
            "images_per_cpu_s": speed,
            "parameters": 5,
        }
        for number, name, speed in [(0, "cnnkeras", 20.0), (0, "keras", 10.0), (1, "keras", 4.0), (1, "cnnkeras", 8.0)]
    ]
    segmentation.check(measurements)
    summary = segmentation.summarize(measurements)
    assert [(entry["contestant"], entry["ratio"]) for entry in summary] == [("cnnkeras", 2.0), ("keras", 1.0)]
    assert [len(row) for row in segmentation.rows(summary)] == [len(segmentation.COLUMNS)] * 2
    measurements[3]["parameters"] = 6
    with pytest.raises(ContestantFailed, match="differ in their number of parameters"):
        segmentation.check(measurements)


def test_minutes_are_as_many_epochs_as_fit_into_them() -> None:
    """A contestant would be given more of the machine than another, or trained without an epoch."""
    trial = {"epoch_cpu_s": [30.0, 9.0, 11.0]}
    assert epochs_within(15, trial, cores=2) == 1 + (1800 - 30) // 10
    assert epochs_within(15, {"epoch_cpu_s": [20.0]}, cores=1) == 45
    assert epochs_within(0.1, trial, cores=2) == 1


def test_membranes_are_trained_for_minutes_or_for_epochs() -> None:
    """Both asked for at once, one of them would be left out silently."""
    asked = segmentation.read_arguments(["--data", "x"])
    assert (asked.minutes, asked.epochs) == (15, None)
    with pytest.raises(SystemExit):
        segmentation.read_arguments(["--data", "x", "--minutes", "5", "--epochs", "5"])


def test_overlaps_tell_the_border_from_the_inside() -> None:
    """Mirrored borders would be judged by pixels that never see one."""
    truth = np.ones((1, 100, 100), np.uint8)
    masks = truth.copy()
    masks[:, :16] = 0
    found = overlaps(truth, masks)
    band = 100 * 100 - 36 * 36
    assert found == pytest.approx({"iou": 0.84, "band_iou": 1 - 1600 / band, "inner_iou": 1.0})


def test_a_group_is_held_against_those_who_train_apart() -> None:
    """The share of communication would count what the machine's cores can't do at once."""
    figures = {"network": "vgg_like", "first_epoch_s": 9.0, "loss": 0.5, "loss_difference": 0.0, "weight_difference": 0}
    found = [
        {**figures, "workers": 1, "images_per_s": 100.0, "apart_images_per_s": 100.0},
        {**figures, "workers": 2, "images_per_s": 90.0, "apart_images_per_s": 120.0},
    ]
    summary = scaling.summarize(found)
    assert [(each["ratio"], each["communication"]) for each in summary] == [(1.0, 0.0), (0.9, 0.25)]
    assert scaling.rows(summary)[1][1:6] == ["2", "90", "0.90", "120", "25%"]


def test_workers_that_differ_are_told_apart() -> None:
    """Workers that train another network would be said to agree."""
    initial, one, other = ({"a": np.array([300.0, last])} for last in (400.0, 404.0, 406.0))
    assert scaling.weight_difference(one, one, initial) == 0
    assert scaling.weight_difference(other, one, initial) == 0.5


def test_one_worker_computes_as_each_of_a_group() -> None:
    """One worker would train in parts by itself, and be faster or end elsewhere for that and not for being alone."""
    assert {"training.batch_parts=1", "training.threads=1"} <= set(scaling.CHANGES)
