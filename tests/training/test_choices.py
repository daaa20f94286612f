"""What is chosen where the file says "auto", and the reasons that the log gives."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.errors import UserError
from cnnkeras.training import execution, precision
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import check_cluster, choose_devices, choose_strategy
from cnnkeras.training.execution import (
    choose_batch_parts,
    choose_jit_compile,
    choose_steps_per_execution,
    choose_threads,
    kernels_in_use,
    set_threads,
)
from cnnkeras.training.precision import choose_precision
from cnnkeras.training.processor import lacks_products, product_unit
from cnnkeras.training.setup import describe_epoch, prepare
from tests.training.conftest import Experiment, Make

CPU, GPU, GPUS = ("CPU:0",), ("GPU:0",), ("GPU:0", "GPU:1")
HEAD = [{"type": "GlobalAveragePooling2D"}, {"type": "Dense", "units": 3, "activation": "softmax"}]
HEAVY = [
    {"type": "Conv2D", "filters": 256, "kernel_size": 3},
    {"type": "Conv2D", "filters": 128, "kernel_size": 1},
    *HEAD,
]
DEPTHWISE = [*HEAVY[:2], {"type": "DepthwiseConv2D", "kernel_size": 5, "padding": "same", "depth_multiplier": 8}, *HEAD]
SEPARABLE = [*HEAVY[:2], {"type": "SeparableConv2D", "filters": 2, "kernel_size": 5, "depth_multiplier": 20}, *HEAD]


def chosen_precision(experiment: Experiment, devices: tuple[str, ...] = CPU) -> tuple[str, str]:
    return choose_precision(experiment.architecture.training, analyse(experiment.architecture), devices)


@pytest.fixture
def with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "product_unit", lambda dtype: "amx_bf16")
    monkeypatch.setattr(precision, "lacks_products", lambda dtype: False)


@pytest.mark.usefixtures("with_bfloat16")
def test_a_network_worth_it_computes_in_bfloat16(make: Make) -> None:
    """A convolutional network would train at half the speed that the processor has."""
    choice = chosen_precision(make(HEAVY, precision="auto"))
    reason = "the processor has amx_bf16, and 1,262,976 multiply-accumulates a picture pay for it"
    assert choice == ("mixed_bfloat16", reason)


@pytest.mark.usefixtures("with_bfloat16")
def test_a_small_network_stays_in_float32(make: Make) -> None:
    """A small network would lose digits and win nothing."""
    choice = chosen_precision(make(precision="auto"))
    assert choice == ("float32", "1,308 multiply-accumulates a picture are too few for bfloat16 to pay")


@pytest.mark.usefixtures("with_bfloat16")
@pytest.mark.parametrize("layers", [DEPTHWISE, SEPARABLE])
def test_depthwise_networks_stay_in_float32(make: Make, layers: list[dict[str, Any]]) -> None:
    """A network of depthwise convolutions would train five times slower."""
    value, reason = chosen_precision(make(layers, precision="auto"))
    assert value == "float32"
    assert reason.startswith("depthwise convolutions, ")


def test_a_processor_without_bfloat16_computes_in_float32(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """On such a processor bfloat16 is slower than float32."""
    monkeypatch.setattr(precision, "product_unit", lambda dtype: None)
    assert chosen_precision(make(HEAVY, precision="auto")) == ("float32", "the processor has no bfloat16 products")


@pytest.mark.parametrize(
    ("capability", "policy"), [((9, 0), "mixed_bfloat16"), ((7, 5), "mixed_float16"), ((6, 1), "float32")]
)
def test_a_gpu_computes_in_what_it_is_fast_at(
    make: Make, monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], policy: str
) -> None:
    """A GPU would be used at a fraction of its speed; the slowest of several decides."""
    capabilities = {"GPU:0": capability, "GPU:1": (9, 0)}
    monkeypatch.setattr(precision, "compute_capability", capabilities.__getitem__)
    reason = f"compute capability {capability[0]}.{capability[1]}"
    assert chosen_precision(make(precision="auto"), GPUS) == (policy, reason)


@pytest.mark.parametrize(
    ("policy", "devices", "hint"),
    [
        ("mixed_bfloat16", CPU, "; the processor has no bfloat16 products, and float32 would be several times as fast"),
        ("mixed_float16", CPU, "; the processor has no float16 products, and float32 would be several times as fast"),
        ("float32", CPU, ""),
        ("mixed_float16", GPU, ""),
    ],
)
def test_a_slow_precision_is_taken_and_told(
    make: Make, monkeypatch: pytest.MonkeyPatch, policy: str, devices: tuple[str, ...], hint: str
) -> None:
    """A file that was written for a GPU would train ten times slower here, and nothing say why."""
    monkeypatch.setattr(precision, "lacks_products", lambda dtype: True)
    assert chosen_precision(make(precision=policy), devices) == (policy, f"named in training.precision{hint}")


@pytest.mark.usefixtures("with_bfloat16")
def test_what_the_file_names_is_taken(make: Make) -> None:
    """The file would be overruled."""
    experiment = make(precision="mixed_bfloat16", jit_compile=True, steps_per_execution=3)
    training, analysis = experiment.architecture.training, analyse(experiment.architecture)
    assert chosen_precision(experiment) == ("mixed_bfloat16", "named in training.precision")
    assert choose_jit_compile(training, CPU, False) == (True, "named in training.jit_compile")
    named = (3, "named in training.steps_per_execution")
    assert choose_steps_per_execution(training, analysis, CPU, False, 6) == named


def test_xla_is_left_to_keras_on_one_gpu_and_off_elsewhere(make: Make) -> None:
    """XLA's convolutions on a processor take seven times as long; with several replicas Keras fails."""
    training = make().architecture.training
    assert choose_jit_compile(training, CPU, False).value is False
    assert choose_jit_compile(training, GPU, False).value == "auto"
    assert choose_jit_compile(training, GPUS, True).value is False


def test_short_steps_are_run_several_at_a_time(make: Make) -> None:
    """A small network would wait for Python between its steps; a large one would not hear Ctrl-C."""

    def steps(layers: Any, devices: tuple[str, ...] = CPU, **training: Any) -> int:
        architecture = make(layers, steps_per_execution="auto", **training).architecture
        return choose_steps_per_execution(
            architecture.training, analyse(architecture), devices, len(devices) > 1, 100
        ).value

    architecture = make(steps_per_execution="auto").architecture
    choice = choose_steps_per_execution(architecture.training, analyse(architecture), CPU, False, 100)
    assert choice.reason == "a step of 20,928 multiply-accumulates is short"
    assert steps(None) == 16
    assert steps(HEAVY, batch_size=500) == 6
    assert steps(HEAVY, batch_size=1500) == 1
    assert steps(None, GPUS) == 1


def test_tiny_steps_are_left_to_one_thread(make: Make) -> None:
    """A small network would train at half its speed, its threads waiting for each other."""

    def threads(layers: Any = None, **training: Any) -> Any:
        architecture = make(layers, **training).architecture
        return choose_threads(architecture, analyse(architecture))

    assert threads() == (1, "a step of 20,928 multiply-accumulates is done before others have begun to help")
    assert threads(HEAVY, batch_size=10000) == (0, "one a core")
    assert threads(threads=3) == (3, "named in training.threads")


def test_every_core_takes_a_part_of_a_batch_where_one_thread_does_an_operation(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All cores but one would have nothing to do, or a layer would see a part of a batch for the whole."""
    monkeypatch.setattr(execution, "cores", lambda: 2)

    def parts(
        *layers: dict[str, Any], devices: tuple[str, ...] = CPU, threads: int = 1, **training: Any
    ) -> tuple[int, str]:
        architecture = make([*layers, *HEAD], **{"batch_size": 64, **training}).architecture
        return choose_batch_parts(architecture, devices, len(devices) > 1, threads)

    assert parts() == (2, "each operation has one thread, and so 2 cores have work")
    assert parts(batch_size=31) == (1, "a batch of 31 is small")
    assert parts(threads=0) == (1, "the threads share every operation")
    assert parts(devices=GPU) == (1, "a device takes its share of a batch whole")
    assert parts({"type": "BatchNormalization"}) == (2, "each operation has one thread, and so 2 cores have work")
    assert parts({"type": "BatchNormalization", "axis": 1}) == (
        1,
        "layers[0] BatchNormalization looks at the whole batch",
    )
    penalized = {"type": "Conv2D", "filters": 2, "kernel_size": 1, "activity_regularizer": "l2"}
    assert parts(penalized) == (1, "layers[0] Conv2D looks at the whole batch")
    assert parts({"type": "BatchNormalization", "trainable": False})[0] == 2
    assert parts({"type": "Dropout", "rate": 0.5, "noise_shape": [1, None, None, None]})[0] == 1
    assert parts(batch_parts=3) == (3, "named in training.batch_parts")
    assert parts(batch_parts=3, batch_size=2) == (2, "a batch has no more pictures for 3 parts")
    monkeypatch.setattr(execution, "cores", lambda: 1)
    assert parts() == (1, "there is one core")


def test_cores_share_no_operation_where_each_has_a_part_of_the_batch(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small network would train at four fifths of its speed, or a worker on one core alone."""
    monkeypatch.setattr(execution, "cores", lambda: 2)
    shares = (0, "one a core")

    def threads(*layers: dict[str, Any], is_alone: bool = True, **training: Any) -> tuple[int, str]:
        architecture = make([*layers, *HEAVY], **{"batch_size": 64, **training}).architecture
        return choose_threads(architecture, analyse(architecture), is_alone)

    assert threads() == (1, "every core takes a part of each batch")
    assert threads(batch_parts=2) == (1, "every core takes a part of each batch")
    assert threads(batch_parts=1) == shares
    assert threads(is_alone=False) == shares
    assert threads(devices=["CPU:0"]) == (1, "every core takes a part of each batch")
    assert threads(strategy="mirrored") == shares
    assert threads({"type": "BatchNormalization"}) == (1, "every core takes a part of each batch")
    assert threads({"type": "BatchNormalization", "axis": 1}) == shares
    assert threads(batch_size=10000) == shares


def test_a_tensorflow_that_has_begun_keeps_its_threads() -> None:
    """A second training in one process would end in TensorFlow's error, or the log would say what is not so."""
    tf.constant(1)
    here = tf.config.threading.get_intra_op_parallelism_threads()
    assert set_threads(Choice(here + 1, "any")) == (here, "TensorFlow had begun before this training")


@pytest.mark.parametrize(
    ("flags", "bfloat16", "float16"),
    [
        ("fpu avx512f avx512_bf16 amx_bf16 amx_fp16", "amx_bf16", "amx_fp16"),
        ("fpu avx512_bf16", "avx512_bf16", None),
        ("fpu avx512f", None, None),
    ],
)
def test_the_processor_s_flags_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, bfloat16: str | None, float16: str | None
) -> None:
    """bfloat16 would be chosen where it is slow."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    file, nowhere = tmp_path / "cpuinfo", tmp_path / "nowhere"
    file.write_text(f"processor : 0\nflags\t\t: {flags}\n")
    for dtype, unit in (("bfloat16", bfloat16), ("float16", float16)):
        assert product_unit(dtype, file) == unit
        assert lacks_products(dtype, file) == (unit is None)
        assert product_unit(dtype, nowhere) is None
        assert not lacks_products(dtype, nowhere)


def test_the_processor_trains_where_there_is_no_gpu(make: Make) -> None:
    """The log would not say why no GPU is used."""
    architecture = make().architecture
    assert choose_devices(architecture) == (CPU, "there is no GPU")
    assert choose_strategy(architecture, CPU).reason == "CPU:0 is TensorFlow's own choice"
    mirrored = make(strategy="mirrored").architecture
    assert choose_devices(mirrored) == (CPU, "training.strategy is mirrored, and there is no GPU")
    assert choose_devices(make(strategy="one_device").architecture) == (CPU, "training.strategy is one_device")


def test_the_environment_says_which_strategy_trains(make: Make) -> None:
    """environment.json would say one_device, because training.strategy is mirrored."""
    setup = prepare(make(strategy="mirrored").architecture, 90)
    assert setup.choices()["strategy"] == {"value": "mirrored", "reason": "training.strategy is mirrored"}


@pytest.mark.parametrize(
    ("machine", "named", "has", "chosen"),
    [
        ("x86_64", None, True, ("oneDNN", "faster on x86 processors")),
        ("x86_64", None, False, ("TensorFlow", "this TensorFlow has begun without oneDNN")),
        ("x86_64", "0", False, ("TensorFlow", "TF_ENABLE_ONEDNN_OPTS is 0")),
        ("aarch64", None, True, ("oneDNN", "TensorFlow's own choice on this processor")),
    ],
)
def test_the_log_says_by_whose_kernels_the_processor_computes(
    monkeypatch: pytest.MonkeyPatch, machine: str, named: str | None, has: bool, chosen: tuple[str, str]
) -> None:
    """Two runs on like machines would differ by three times, and nothing say why."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(execution, "NAMED", named)
    monkeypatch.setattr(execution, "has_grouped_gradient", lambda dtype: has)
    assert kernels_in_use() == chosen


def message(error: UserError) -> list[str]:
    return [line for line in str(error).splitlines() if "error[" in line or "help:" in line]


def test_a_device_that_is_not_there_is_told(make: Make) -> None:
    """TensorFlow would fail with a page of its own, or train on another device."""
    with pytest.raises(UserError) as caught:
        choose_devices(make(devices=["GPU:3"]).architecture)
    told, cure = message(caught.value)
    assert told.endswith('error[training]: training: there is no device "GPU:3"')
    assert cure == "     = help: there are CPU:0"


def test_what_does_not_go_with_several_devices_is_told_all_at_once(make: Make) -> None:
    """Keras would fail in the middle of the first step, for one reason after the other."""
    optimizer = {"type": "Adam", "use_ema": True, "ema_overwrite_frequency": 10}
    sections = {"batch_size": 33, "jit_compile": True, "steps_per_execution": 4, "strategy": "one_device"}
    architecture = make(optimizer=optimizer, **sections).architecture
    with pytest.raises(UserError) as caught:
        choose_strategy(architecture, GPUS)
    found = [(each.path, each.message, each.hint) for each in caught.value.diagnostics]
    one_device = 'leave it out, or use "strategy": "one_device"'
    assert found == [
        (
            "training.devices",
            "training: strategy is one_device, and devices names 2",
            'name one device, or use "mirrored"',
        ),
        (
            "training.batch_size",
            "training: a batch of 33 can't be spread evenly over 2 devices",
            "use a multiple of 2: 32",
        ),
        ("training.jit_compile", "training: jit_compile does not work with MirroredStrategy in Keras", one_device),
        (
            "training.steps_per_execution",
            "training: steps_per_execution does not work with MirroredStrategy in Keras",
            one_device,
        ),
        (
            "training.optimizer.ema_overwrite_frequency",
            "training: ema_overwrite_frequency does not work with MirroredStrategy in Keras",
            one_device,
        ),
    ]


def test_what_does_not_go_with_the_workers_is_told_before_they_meet(make: Make) -> None:
    """All machines would be started and have met before one of them says that the batch can't be shared out."""
    check_cluster(make(batch_size=33).architecture, 3)
    with pytest.raises(UserError) as caught:
        check_cluster(make(batch_size=33).architecture, 2)
    (found,) = caught.value.diagnostics
    assert found.message == "training: a batch of 33 can't be spread evenly over 2 replicas"


@pytest.mark.parametrize(
    ("batch_size", "said"),
    [
        (300, []),
        (301, ["batch_size: 301 is more than the 300 examples of an epoch, which is one step"]),
    ],
)
def test_a_batch_that_is_larger_than_the_training_part_is_told(make: Make, batch_size: int, said: list[str]) -> None:
    """Somebody would believe that batches of 512 were trained, and wonder at so few steps."""
    assert [*describe_epoch(make(batch_size=batch_size).architecture.training, 300, 1)] == said


def test_a_training_without_an_update_is_told(make: Make) -> None:
    """The network would be the one that it began as, and the report look for the reason in the pictures."""
    optimizer = {"type": "SGD", "gradient_accumulation_steps": 19}
    training = make(epochs=3, optimizer=optimizer).architecture.training
    assert [*describe_epoch(training, 90, 7)] == []
    assert [*describe_epoch(training, 90, 6)] == [
        "optimizer: gradients of 19 steps are added up before each update, and the training has 18: nothing will be learned"
    ]
