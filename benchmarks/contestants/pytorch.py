"""PyTorch, eager, channels last: the training loop of its tutorials, on tensors that are already in memory.

Batches are taken by index from the whole tensor, which is faster than a DataLoader that collates single pictures.
"""

from __future__ import annotations

import contextlib
import sys

import torch
from torch import nn

from benchmarks.contestants.measurement import Clock, Job, answer, read_job
from benchmarks.contestants.torch_networks import NETWORKS, begin_like_keras


class Training:
    """One training of one network."""

    def __init__(self, job: Job, clock: Clock) -> None:
        self.job = job
        self.clock = clock
        self.arrays = job.arrays()
        torch.manual_seed(job.seed)
        network = begin_like_keras(NETWORKS[job.workload.name]())
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.model = torch.compile(network) if job.compiled else network
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=job.workload.learning_rate, eps=1e-7)
        self.criterion = nn.CrossEntropyLoss()

    def part(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Give a part's pictures, channels last in memory, and its labels."""
        images = torch.from_numpy(self.arrays[f"{name}_images"]).permute(0, 3, 1, 2).float() / 255
        return images.contiguous(memory_format=torch.channels_last), torch.from_numpy(self.arrays[f"{name}_labels"])

    def precision(self) -> contextlib.AbstractContextManager[object]:
        """Give the context of a forward pass."""
        return torch.autocast("cpu", torch.bfloat16, enabled=self.job.precision == "bfloat16")

    def run(self) -> None:
        """Train for all epochs, with validation after each."""
        training, validation = self.part("train"), self.part("validation")
        for epoch in range(1, self.job.epochs + 1):
            self.clock.begin_epoch()
            loss, accuracy = self.epoch(*training)
            self.clock.end_epoch()
            probabilities = self.predict(validation[0])
            held_out = float((probabilities.argmax(1) == validation[1]).float().mean())
            log(f"epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.4f}, validation accuracy {held_out:.4f}")

    def epoch(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        """Train once over all pictures, in a new order; give the mean loss and the accuracy."""
        self.model.train()
        loss_sum, right = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for indices in torch.randperm(len(images)).split(self.job.workload.batch_size):  # type: ignore[no-untyped-call]
            x, y = images[indices].contiguous(memory_format=torch.channels_last), labels[indices]
            with self.precision():
                outputs = self.model(x)
                loss = self.criterion(outputs, y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.clock.step()
            loss_sum += loss.detach().float() * len(indices)
            right += (outputs.detach().argmax(1) == y).sum()
        return float(loss_sum) / len(images), float(right) / len(images)

    @torch.no_grad()
    def predict(self, images: torch.Tensor) -> torch.Tensor:
        """Give the classes' probabilities."""
        self.model.eval()
        with self.precision():
            return torch.cat([self.model(x).float().softmax(1) for x in torch.split(images, 256)])

    def parameters(self) -> int:
        """Count parameters and normalization's statistics, as Keras counts them."""
        statistics = [buffer for buffer in self.model.buffers() if buffer.ndim]
        return sum(tensor.numel() for tensor in [*self.model.parameters(), *statistics])


def log(line: str) -> None:
    """Write to standard error: standard output's last line is the answer."""
    print(line, file=sys.stderr)


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    training = Training(job, clock)
    training.run()
    images, labels = training.part("test")
    answer(
        job,
        clock,
        training.predict(images).numpy(),
        labels.numpy(),
        images=len(training.arrays["train_labels"]),
        parameters=training.parameters(),
        precision=job.precision,
    )


if __name__ == "__main__":
    main()
