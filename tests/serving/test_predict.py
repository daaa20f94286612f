from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image

from cnnkeras.errors import RunError, UserError
from cnnkeras.serving.answering import Answering
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.picture_files import passed_over
from cnnkeras.serving.predict import Predicted, Watch
from cnnkeras.serving.predict import predict as predict_with
from cnnkeras.serving.predictions import Known
from tests.inspection.networks import CLASS_NAMES, architecture_of, model_of, pictures
from tests.serving.conftest import Exported, write_extras


def ask(run: Path, places: list[Path]) -> Predicted:
    return predict_with(Answering.of_export(run), places)


def predict(run: Path, places: list[Path]) -> pd.DataFrame:
    return ask(run, places).table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of 35 pictures, more than fit into one batch, and a file that is none."""
    for index, picture in enumerate(pictures(35)):
        (tmp_path / f"{index:02}.png").write_bytes(tf.io.encode_png(picture).numpy())
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_gives_a_row_a_picture(exported: Exported, folder: Path) -> None:
    """Files would get each other's answers, or others than the network's."""
    table = predict(exported.run, [folder / "34.png", folder])
    probabilities = np.asarray(exported.model(pictures(35) / np.float32(255), training=False))[[34, *range(35)]]
    assert list(table.columns) == ["file", "label", "score", "class"]
    assert list(table["file"]) == [str(folder / f"{index:02}.png") for index in [34, *range(35)]]
    assert list(table["label"]) == [CLASS_NAMES[index] for index in probabilities.argmax(axis=-1)]
    np.testing.assert_allclose(table["score"], probabilities.max(axis=-1), atol=1e-6)
    # A float32 needs no more, and as a float64 it would be written with up to seventeen.
    assert all(len(repr(score)) <= len("0.123456789") for score in table["score"])


def test_a_jpeg_as_bytes_as_numbers_and_as_a_file_is_answered_alike(exported: Exported, tmp_path: Path) -> None:
    """What a user tries out with predict would not be what a server answers."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(tf.io.encode_jpeg(pictures(1, 31, 20)[0], quality=80).numpy())
    encoded = file.read_bytes()
    numbers = tf.cast(np.atleast_3d(np.asarray(Image.open(file)))[np.newaxis], tf.float32)
    signatures = tf.saved_model.load(str(exported.path)).signatures
    by_bytes = signatures["serve_encoded"](image_bytes=tf.constant([encoded]))
    by_numbers = signatures["serving_default"](images=numbers)
    (row,) = predict(exported.run, [file]).to_dict("records")
    for answer in (by_bytes, by_numbers):
        assert row["label"] == answer["label"][0].numpy().decode()
        assert row["score"] == pytest.approx(float(answer["score"][0]), abs=1e-6)
    np.testing.assert_allclose(by_bytes["probabilities"], by_numbers["probabilities"], atol=1e-6)


def test_an_export_that_does_not_tell_its_classes(tmp_path: Path) -> None:
    """A file that was deleted would end in a traceback."""
    with pytest.raises(RunError) as raised:
        Known.of(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} does not say what its classes and its input are: [Errno 2] No such file or directory: "
        f"'{tmp_path}/assets.extra/input.json'\n     = help: export the run again: python run.py export RUN"
    )


def test_names_everything_that_is_no_picture(exported: Exported, folder: Path) -> None:
    """A user would mend one file at a time, or read TensorFlow's message."""
    with pytest.raises(UserError) as raised:
        predict(exported.run, [folder / "00.png", folder / "gone.png", folder / "lost.png"])
    assert str(raised.value) == (
        f"{folder}/gone.png: error[picture]: can't be read: No such file or directory\n"
        f"{folder}/lost.png: error[picture]: can't be read: No such file or directory"
    )
    with pytest.raises(UserError) as raised:
        predict(exported.path, [folder / "notes.txt", folder / "*.json"])
    assert str(raised.value) == (
        f"{folder}/*.json: error[picture]: no file is called so\n"
        "     = help: * stands for a part of a name, ** for folders"
    )
    with pytest.raises(UserError) as raised:
        predict(exported.path, [folder / "notes.txt"])
    assert str(raised.value) == (
        f"{folder}/notes.txt: error[picture]: is no picture\n     = help: JPEG, PNG, GIF and BMP are read"
    )


def test_a_broken_picture_leaves_the_others_answered(exported: Exported, folder: Path) -> None:
    """One broken file among thousands would cost an hour's answers."""
    predicted = ask(exported.run, [folder / "00.png", folder / "notes.txt", folder / "01.png"])
    assert [Path(file).name for file in predicted.table["file"]] == ["00.png", "01.png"]
    assert [str(problem).splitlines()[0] for problem in predicted.problems] == [
        f"{folder}/notes.txt: error[picture]: is no picture"
    ]


def test_what_is_wrong_with_a_picture_is_told_as_of_those_of_a_training(exported: Exported, folder: Path) -> None:
    """A JPEG that is cut off would be said to be no JPEG, and an empty file to be of the wrong format."""
    whole = (folder / "00.png").read_bytes()
    wrong = {
        "cut.png": (whole[: len(whole) // 2], "is cut off or broken"),
        "empty.png": (b"", "is empty"),
        "scan.png": (b"II*\0" + bytes(40), "is TIFF, which is not read"),
    }
    for name, (content, _) in wrong.items():
        (folder / name).write_bytes(content)
    predicted = ask(exported.run, [folder / name for name in ("00.png", *wrong)])
    assert [problem.message for problem in predicted.problems] == [message for _, message in wrong.values()]


def test_files_of_a_folder_that_are_passed_over_are_named(folder: Path) -> None:
    """Pictures of another format would be missing from the answers without a word."""
    assert list(passed_over([folder, folder / "00.png"])) == [
        f"{folder}: 1 file passed over, not called .jpg, .jpeg, .png, .gif, .bmp: notes.txt"
    ]
    (folder / "below").mkdir()
    for name in ("below/scan.tif", "photo.heic", ".hidden", "Thumbs.db"):
        (folder / name).write_bytes(b"")
    (said,) = passed_over([folder])
    assert said.endswith(
        "3 files passed over, not called .jpg, .jpeg, .png, .gif, .bmp: below/scan.tif, notes.txt, photo.heic"
    )


def test_patterns_and_folders_below_are_followed(exported: Exported, folder: Path) -> None:
    """A pattern in quotes would be no file, and pictures in folders be left out without a word."""
    (folder / "below").mkdir()
    (folder / "00.png").rename(folder / "below" / "00.png")
    assert [Path(file).name for file in predict(exported.run, [folder / "**" / "0*.png"])["file"]] == [
        f"{index:02}.png" for index in (*range(1, 10), 0)
    ]
    assert len(predict(exported.run, [folder])) == 35


def test_a_picture_s_name_that_no_file_system_takes(exported: Exported) -> None:
    """It would end in a traceback."""
    with pytest.raises(UserError) as raised:
        predict(exported.run, [Path("a" * 300)])
    assert str(raised.value) == f"{'a' * 300}: error[picture]: can't be read: File name too long"


def test_says_that_a_folder_has_no_pictures(exported: Exported, tmp_path: Path) -> None:
    """A user would get an empty table."""
    with pytest.raises(UserError) as raised:
        predict(exported.run, [tmp_path])
    assert str(raised.value) == (
        f"{tmp_path}: error[picture]: there are no pictures in this folder\n"
        "     = help: it looks for .jpg, .jpeg, .png, .gif, .bmp"
    )


def test_says_where_an_export_is_missing(tmp_path: Path) -> None:
    """A user who names another folder would see TensorFlow's traceback."""
    with pytest.raises(UserError) as raised:
        predict(tmp_path, [])
    assert str(raised.value) == (
        f"{tmp_path}: error[run]: there is no export here\n"
        "     = help: give the directory of a finished run: it has export/1/ in it"
    )
    (tmp_path / "model.keras").write_text("")
    with pytest.raises(UserError) as raised:
        predict(tmp_path, [])
    assert str(raised.value).endswith(f"     = help: write one of its best network: python run.py export {tmp_path}")


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the export of a network that takes pictures of any size from 4×4 on."""
    folder = tmp_path_factory.mktemp("free")
    layers = [
        {"type": "Conv2D", "filters": 3, "kernel_size": 7, "padding": "reflect"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Softmax"},
    ]
    architecture = architecture_of(folder, layers, input={"shape": [None, None, 1]})
    endpoints = Endpoints(model_of(architecture), architecture, architecture.task, CLASS_NAMES)
    endpoints.save(folder / "export" / "1")
    write_extras(folder / "export" / "1", architecture.input, CLASS_NAMES)
    return folder


def write(file: Path, picture: np.ndarray) -> Path:
    file.write_bytes(tf.io.encode_png(picture).numpy())
    return file


def test_pictures_of_different_sizes_are_answered(free: Path, tmp_path: Path) -> None:
    """A network of free size would answer a folder of photographs with TensorFlow's traceback."""
    sizes = [(9, 7), (21, 13), (9, 7)]
    files = [write(tmp_path / f"{index}.png", pictures(1, *size)[0]) for index, size in enumerate(sizes)]
    together = predict(free, files)
    alone = pd.concat([predict(free, [file]) for file in files], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


def test_pictures_that_are_too_small_for_the_network_are_named(free: Path, tmp_path: Path) -> None:
    """A user would read TensorFlow's traceback, and not know which file it is about."""
    files = [write(tmp_path / "large.png", pictures(1)[0]), write(tmp_path / "small.png", pictures(1, 2, 2)[0])]
    predicted = ask(free, files)
    assert [Path(file).name for file in predicted.table["file"]] == ["large.png"]
    assert list(map(str, predicted.problems)) == [
        f"{tmp_path}/small.png: error[picture]: the network can't take this picture of 2×2 pixels: "
        "indices[0] = -1 is not in [0, 2)"
    ]


def test_what_was_answered_before_a_stop_is_given(exported: Exported, folder: Path) -> None:
    """Of five thousand pictures Ctrl-C would leave nothing, after hours."""

    def stopping(after: int) -> Watch:
        def watch(files: Sequence[Path]) -> Iterator[Path]:
            yield from files[:after]
            raise KeyboardInterrupt

        return watch

    answering = Answering.of_export(exported.run)
    # The pictures are answered some together, and those of the last batch were not.
    predicted = predict_with(answering, [folder, folder], stopping(40))
    assert (len(predicted.table), predicted.count) == (32, 70)
    assert isinstance(predicted.stop, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        predict_with(answering, [folder], stopping(3))


def test_hidden_files_of_a_folder_are_passed_over(exported: Exported, folder: Path) -> None:
    """What macOS leaves beside each picture would be told as a broken one."""
    for name in ("._00.png", ".hidden.png"):
        (folder / name).write_bytes(b"no picture")
    assert len(predict(exported.run, [folder])) == 35


def test_an_export_without_its_weights(exported: Exported, tmp_path: Path) -> None:
    """A copy that has lost a file would end in a traceback."""
    copy = shutil.copytree(exported.path, tmp_path / "1", ignore=shutil.ignore_patterns("variables"))
    with pytest.raises(RunError, match=r"can't be read: .*\n     = help: export the run again"):
        Answering.of_export(copy)
