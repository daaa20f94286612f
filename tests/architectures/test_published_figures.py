"""What papers and keras.applications publish for the classical networks, derived here without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkeras.analysis.analysis import Analysis, NodeAnalysis, analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.load import load_architecture

pytestmark = pytest.mark.fast

FOLDER = Path(__file__).resolve().parents[2] / "architectures"
COLOUR_32 = ("input.shape=[32,32,3]", 'data={"source": "tfds", "name": "cifar10", "num_classes": 10}')


def analysis_of(name: str, *changes: str) -> Analysis:
    """Analyse a shipped file with the command line's changes in it."""
    architecture = load_architecture(FOLDER / f"{name}.json", changes, REGISTRY).architecture
    assert architecture is not None
    return analyse(architecture)


def last_of(analysis: Analysis, *types: str) -> NodeAnalysis:
    """Give the last layer of one of the types."""
    return [node for node in analysis.nodes if node.type in types][-1]


@pytest.mark.parametrize(
    ("name", "changes", "parameters"),
    [
        # LeCun et al. 1998 by layer, with the third layer fully connected: 156 + 2,416 + 48,120 + 10,164 + 850.
        ("lenet5", ("input.shape=[32,32,1]", "layers[0].padding=valid"), 61_706),
        # Krizhevsky et al. 2012 say "60 million"; this is the exact sum of their layers.
        ("alexnet", (), 60_965_224),
        # keras.applications; Simonyan and Zisserman 2015, table 2: 138 and 144 million.
        ("vgg16", (), 138_357_544),
        ("vgg19", (), 143_667_240),
        ("resnet50", (), 25_636_712),
        ("resnet152", (), 60_419_944),
        # Ronneberger et al. 2015: one channel in, two classes out, 23 convolutions.
        ("unet", (), 31_030_658),
        # Long et al. 2015, table 1: "134M" for FCN-VGG16, without the enlarging that is counted here. With it:
        # VGG16's convolutions 14,714,688, its dense layers as convolutions 119,545,856, the classes 86,037, and
        # 64×64×21×21 to enlarge; the finer ones enlarge by 4×4 and 32×32, or 4×4 twice and 16×16, and score more maps.
        ("fcn32s", (), 134_346_581 + 64 * 64 * 21 * 21),
        ("fcn16s", (), 134_346_581 + (4 * 4 + 32 * 32) * 21 * 21 + 513 * 21),
        ("fcn8s", (), 134_346_581 + (2 * 4 * 4 + 16 * 16) * 21 * 21 + (513 + 257) * 21),
        # Springenberg et al. 2015, table 3, All-CNN-C: "≈ 1.4 M".
        ("all_convolutional", COLOUR_32, 1_369_738),
    ],
)
def test_parameters(name: str, changes: tuple[str, ...], parameters: int) -> None:
    """Otherwise the file is not the network that its description names."""
    assert analysis_of(name, *changes).totals.parameters == parameters


@pytest.mark.parametrize("name", ["plain56", "resnet56"])
def test_cifar_nets_hold_0_85_million(name: str) -> None:
    """Otherwise it is not He et al. 2015, table 6: ResNet-56 has 0.85 M parameters, its option A shortcuts none."""
    assert analysis_of(name).totals.trainable_parameters == 853_018


def test_segnet_is_vgg16_there_and_back() -> None:
    """Otherwise it is not SegNet: VGG16's thirteen convolutions hold 14,714,688 (Keras's VGG16 without its top)."""
    convolutions = [node for node in analysis_of("segnet").nodes if node.type == "Conv2D"]
    encoder, decoder = convolutions[:13], convolutions[13:]
    assert sum(node.parameters or 0 for node in encoder) == 14_714_688
    # Back from 512 channels to 64, as they came, and to the 11 classes.
    assert [node.output_shape[-1] for node in decoder if node.output_shape] == [
        *(512, 512, 512), *(512, 512, 256), *(256, 256, 128), *(128, 64), *(64, 11),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["fcn32s", "fcn16s", "fcn8s", "segnet", "deeplabv3plus", "unet_attention"])
def test_every_pixel_has_an_answer(name: str) -> None:
    """Otherwise the network can't be held against a mask of the picture's size."""
    analysis = analysis_of(name)
    shape = analysis.nodes[0].input_shapes[0]
    last = analysis.nodes[-1].output_shape
    assert shape is not None
    assert last is not None
    assert last[:2] == shape[:2]


def test_deeplab_sees_a_sixteenth() -> None:
    """Otherwise the dilated stage is strided as well, and the pyramid pools a map of another scale."""
    analysis = analysis_of("deeplabv3plus")
    shapes = [node.output_shape for node in analysis.nodes if node.type == "Add"]
    assert shapes[-1] == (32, 32, 2048)


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("vgg16", 15.47),
        ("vgg19", 19.63),
        ("alexnet", 0.72),
        # He et al. 2015, table 1 gives 3.8 and 11.3; the figures here have the last layer with them.
        ("resnet50", 3.86),
        ("resnet152", 11.28),
        ("resnet56", 0.13),
    ],
)
def test_multiply_accumulates(name: str, billions: float) -> None:
    """Otherwise the cost that `check` shows is not the published one."""
    macs = analysis_of(name).totals.macs
    assert macs is not None
    assert round(macs / 1e9, 2) == billions


@pytest.mark.parametrize(
    ("name", "types", "size", "stride"),
    [
        # Araujo, Norris, Sim 2019, "Computing receptive fields of convolutional neural networks", table 1.
        ("alexnet", ("MaxPooling2D",), 195, 16 * 2),
        ("vgg16", ("MaxPooling2D",), 212, 32),
        ("resnet50", ("Add",), 483, 32),
        ("resnet152", ("Add",), 1507, 32),
    ],
)
def test_receptive_fields(name: str, types: tuple[str, ...], size: int, stride: int) -> None:
    """Otherwise what a layer sees is told wrongly for the networks where it is published."""
    field = last_of(analysis_of(name), *types).receptive_field
    assert field is not None
    assert (field.size, field.stride) == ((size, size), (stride, stride))


def test_unet_gives_the_inner_part() -> None:
    """Otherwise it is not the U-Net of the paper's figure 1: 572×572 in, 388×388 out, 28×28 at the bottom."""
    analysis = analysis_of("unet")
    shapes = [node.output_shape for node in analysis.nodes]
    assert shapes[-1] == (388, 388, 2)
    assert (28, 28, 1024) in shapes


def test_fully_convolutional_takes_any_size() -> None:
    """Otherwise the fully convolutional net is tied to the size of its training pictures."""
    assert analysis_of("all_convolutional", "input.shape=[null,null,1]").nodes[-1].output_shape == (10,)


@pytest.mark.parametrize(("name", "layers"), [("vgg16", 16), ("vgg19", 19), ("plain56", 56), ("resnet56", 56)])
def test_depth_is_the_one_in_the_name(name: str, layers: int) -> None:
    """Otherwise a repeat is off by one."""
    assert sum(node.type in ("Conv2D", "Dense") for node in analysis_of(name).nodes) == layers


@pytest.mark.parametrize(("name", "layers"), [("resnet50", 50), ("resnet152", 152)])
def test_depth_counts_the_main_path(name: str, layers: int) -> None:
    """Otherwise a repeat is off by one; the four shortcuts with a convolution are not counted, as in the paper."""
    assert sum(node.type in ("Conv2D", "Dense") for node in analysis_of(name).nodes) == layers + 4
