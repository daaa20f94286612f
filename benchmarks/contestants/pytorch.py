"""PyTorch, eager, channels last: the training loop of its tutorials, on tensors that are already in memory.

Batches are taken by index from the whole tensor, which is faster than a DataLoader that collates single pictures. Where
there is a GPU that PyTorch can use, network and tensors are there.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import torch
from torch import nn

from benchmarks.contestants.job import Job, read_job
from benchmarks.contestants.measurement import Clock, answer
from benchmarks.contestants.torch_detection.loss import DetectionLoss
from benchmarks.contestants.torch_networks import NETWORKS
from benchmarks.contestants.torch_networks.parts import begin_like_keras, count_parameters


class Training:
    """One training of one network."""

    def __init__(self, job: Job, clock: Clock) -> None:
        self.job = job
        self.clock = clock
        self.arrays = job.arrays()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # TensorFlow does so by itself: each convolution's fastest kernel is found by trying.
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(job.seed)
        network = begin_like_keras(NETWORKS[job.workload.name]()).to(self.device)
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.boxes = job.workload.task == "detection"
        # Any: what torch.compile gives is said to be a function.
        self.model: Any = torch.compile(network) if job.compiled else network
        self.optimizer = torch.optim.Adam(network.parameters(), lr=job.workload.learning_rate, eps=1e-7)
        self.criterion = self.detection_loss() if self.boxes else nn.CrossEntropyLoss()

    def detection_loss(self) -> nn.Module:
        """Give the loss of boxes: dozens of small operations, which are worth compiling too."""
        loss = DetectionLoss(*self.job.workload.shape[:2]).to(self.device)
        return torch.compile(loss) if self.job.compiled else loss  # type: ignore[return-value]

    def part(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Give a part's pictures, channels last in memory, and its labels: class numbers, or rows of boxes."""
        images = torch.from_numpy(self.arrays[f"{name}_images"]).permute(0, 3, 1, 2).float() / 255
        labels = torch.from_numpy(self.arrays[f"{name}_labels"])
        labels = labels if self.boxes else labels.long()
        return images.contiguous(memory_format=torch.channels_last).to(self.device), labels.to(self.device)

    def precision(self) -> contextlib.AbstractContextManager[object]:
        """Give the context of a forward pass."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.job.precision == "bfloat16")

    def run(self) -> None:
        """Train for all epochs, with validation after each."""
        training, validation = self.part("train"), self.part("validation")
        for epoch in range(1, self.job.epochs + 1):
            self.clock.begin_epoch()
            loss, accuracy = self.epoch(*training)
            self.wait()
            self.clock.end_epoch()
            held_out_loss, held_out = self.validate(*validation)
            said = f"loss {loss:.4f}, accuracy {accuracy:.4f}"
            log(f"epoch {epoch}: {said}, validation loss {held_out_loss:.4f}, accuracy {held_out:.4f}")

    def epoch(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        """Train once over all pictures, in a new order; give the mean loss and the accuracy."""
        self.model.train()
        loss_sum, right = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
        for indices in self.batches(torch.randperm(len(images)).to(self.device)):
            x, y = images[indices].contiguous(memory_format=torch.channels_last), labels[indices]
            with self.precision():
                outputs = self.model(x)
                loss = self.criterion(outputs, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.note_step()
            loss_sum += loss.detach().float() * len(indices)
            right += self.count_right(outputs.detach(), y)
        return float(loss_sum) / len(images), float(right) / len(images)

    @torch.no_grad()
    def validate(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        """Give the mean loss and the accuracy on a part."""
        self.model.eval()
        loss_sum, right = 0.0, 0.0
        for x, y in zip(self.batches(images), self.batches(labels), strict=True):
            with self.precision():
                outputs = self.model(x)
                loss_sum += float(self.criterion(outputs, y)) * len(x)
            right += float(self.count_right(outputs, y))
        return loss_sum / len(images), right / len(images)

    def count_right(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor | float:
        """Count the pictures whose class is told; of masks and boxes nothing is counted while they are learned."""
        return (outputs.argmax(1) == labels).sum() if self.job.workload.task == "classification" else float("nan")

    @torch.no_grad()
    def predict(self, images: torch.Tensor) -> torch.Tensor:
        """Give the classes' probabilities on the last axis; for boxes the rows as they are."""
        self.model.eval()
        found = []
        with self.precision():
            for x in self.batches(images):
                outputs = self.model(x).float()
                found.append((outputs if self.boxes else outputs.softmax(1).movedim(1, -1)).cpu())
        return torch.cat(found)

    def batches(self, values: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Divide a part."""
        return torch.split(values, self.job.workload.batch_size)

    def note_step(self) -> None:
        """Tell the clock; a GPU is waited for only where it is the first step, whose end counts."""
        if not self.clock.first_step_s:
            self.wait()
        self.clock.step()

    def wait(self) -> None:
        """Let the GPU end what it was told: its work goes on behind the program's."""
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def log(line: str) -> None:
    """Write to standard error: standard output's last line is the answer."""
    print(line, file=sys.stderr)


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    training = Training(job, clock)
    training.run()
    answer(
        job,
        clock,
        training.predict(training.part("test")[0]).numpy(),
        parameters=count_parameters(training.model),
        precision=job.precision,
        device="GPU" if training.device.type == "cuda" else "CPU",
    )


if __name__ == "__main__":
    main()
