"""What the curves tell of a training that failed: nothing trained, nothing learned, all of it forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.inspection.page.findings.finding import Finding, from_to, further, measured_rate, slower, words_of
from cnnkeras.inspection.page.record import Record

# A loss that fell by so small a share; a measure that fell by so much.
HARDLY_FELL, FELL = 0.05, 0.1


def untrained(record: Record) -> Iterator[Finding]:
    """Find a network that is as it began: what else is seen of it tells nothing."""
    if record.architecture.training.epochs == 0 and not len(record.history):
        reason = "training.epochs is 0: the network was measured as it begins."
        yield Finding("problem", "Nothing was trained.", reason, "Train it.", further(record, 10))


def nothing_learned(record: Record) -> Iterator[Finding]:
    """Find a training loss that ends where it began."""
    loss = record.history.get("loss")
    if loss is None or len(loss) < 2 or not loss.iloc[0]:
        return
    fell = 1 - loss.min() / loss.iloc[0]
    if 0 <= fell < HARDLY_FELL and not _has_risen(record):
        advice = (
            "Look at pictures and labels first (`data`); then measure the learning rate: one that is far too small and "
            "one that is too large look alike. Where none is found, the network passes nothing on: give it "
            "BatchNormalization, relu in place of sigmoid or tanh, or shortcuts."
        )
        reason = from_to("training loss", loss)
        yield Finding("problem", "The network learned next to nothing.", reason, advice, measured_rate(record))


def _has_risen(record: Record) -> bool:
    """Tell whether the main measure has become better in training, little as the loss may have moved."""
    own = record.history.get(record.main_metric)
    return own is not None and record.mode == "max" and float(own.max() - own.iloc[0]) > FELL


def collapsed(record: Record) -> Iterator[Finding]:
    """Find training pictures that were told well once, and are not any more."""
    name = record.main_metric
    own = record.history.get(name)
    if own is None or name == "loss" or record.mode == "min" or not len(own):
        return
    best, last = float(own.max()), float(own.iloc[-1])
    if 0 <= last < best / 2 and best - last > FELL:
        at = own.index[int(own.argmax())]
        reason = (
            f"The {words_of(name)} of the training pictures was {best:.1%} in epoch {at}, and is {last:.1%} in the end."
        )
        advice = "Its steps were too large: try a smaller learning rate, or clipnorm in the optimizer."
        yield Finding("problem", "It has forgotten what it had learned.", reason, advice, slower(record, 0.1))
