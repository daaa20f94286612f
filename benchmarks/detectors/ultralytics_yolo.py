"""Ultralytics' yolov8n from scratch, with its own augmentation, where it is installed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.contestants.measurement import Clock
from benchmarks.detectors.job import BATCH_SIZE, SIDE, answer, read_job

NAMES = ("Platelets", "RBC", "WBC")


def write_yolo(source: Path, folder: Path) -> Path:
    """Write the pictures and their boxes as Ultralytics reads them; give the file that describes them."""
    for part in ("train", "val"):
        images, labels = folder / "images" / part, folder / "labels" / part
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for name in (source / f"ImageSets/Main/{part}.txt").read_text(encoding="utf-8").split():
            (images / f"{name}.jpg").symlink_to((source / f"JPEGImages/{name}.jpg").resolve())
            (labels / f"{name}.txt").write_text("\n".join(rows(source / f"Annotations/{name}.xml")), encoding="utf-8")
    description = folder / "bccd.yaml"
    names = "\n".join(f"  {number}: {name}" for number, name in enumerate(NAMES))
    description.write_text(f"path: {folder}\ntrain: images/train\nval: images/val\nnames:\n{names}\n", encoding="utf-8")
    return description


def rows(file: Path) -> list[str]:
    """Give a row a box: its class, its centre and its size as shares of the picture."""
    tree = ElementTree.parse(file).getroot()
    width, height = (float(tree.findtext(f"size/{side}") or 0) for side in ("width", "height"))
    found = []
    for item in tree.iter("object"):
        left, top, right, bottom = (
            float(item.findtext(f"bndbox/{side}") or 0) for side in ("xmin", "ymin", "xmax", "ymax")
        )
        if right > left and bottom > top:
            numbers = (
                (left + right) / 2 / width,
                (top + bottom) / 2 / height,
                (right - left) / width,
                (bottom - top) / height,
            )
            found.append(
                " ".join([str(NAMES.index(item.findtext("name") or "")), *(f"{number:.6f}" for number in numbers)])
            )
    return found


def main() -> None:
    """Train and measure with its own validation, which is COCO's measure too."""
    from ultralytics import YOLO

    job = read_job()
    clock, pictures = Clock(job.started), 0
    with tempfile.TemporaryDirectory() as folder:
        description = write_yolo(job.data, Path(folder))
        model = YOLO("yolov8n.yaml")

        def start(trainer: Any) -> None:  # noqa: ARG001 - its callbacks take the trainer
            clock.begin_epoch()

        def end(trainer: Any) -> None:
            nonlocal pictures
            clock.end_epoch()
            pictures = len(trainer.train_loader.dataset)

        model.add_callback("on_train_epoch_start", start)
        model.add_callback("on_train_epoch_end", end)
        model.train(
            data=str(description), epochs=job.epochs, imgsz=SIDE, batch=BATCH_SIZE, seed=job.seed, device="cpu",
            pretrained=False, optimizer="AdamW", lr0=0.002, project=folder, plots=False, verbose=False,
        )  # fmt: skip
        box = model.val(data=str(description), imgsz=SIDE, device="cpu", plots=False, verbose=False).box
    parameters = sum(weight.numel() for weight in model.model.parameters())
    metrics = {"map": float(box.map), "map_50": float(box.map50)}
    answer(clock, pictures, metrics, parameters=parameters, precision="float32")


if __name__ == "__main__":
    main()
