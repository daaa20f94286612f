"""What the curves tell: too long, too short, too steep, by heart.

The thresholds are rules of thumb in the spirit of Smith (2018), "A disciplined approach to neural network
hyper-parameters: Part 1", arXiv:1803.09820: read the validation curve for what is too much and too little.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnkeras.inspection.columns import VALIDATION
from cnnkeras.inspection.page.findings.finding import Finding, again, from_to, further, slower, words_of
from cnnkeras.inspection.page.record import Record

# A validation loss that rose by this share above its lowest, while the training loss fell on by as much.
ROSE = 0.1
# A measure between 0 and 1 that is so much better on the training part.
GAP = 0.05
# A measure between 0 and 1 that is poor even in training.
POOR = 0.8
# No chance makes so much of two parts of the same data.
FAR = 0.3
# Steps of the validation loss up and down, as a share of it.
JUMPS = 0.25
# Changes that hardly any picture loses its meaning by.
AUGMENTATION = (
    '[{"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1}, '
    '{"type": "RandomRotation", "factor": 0.03}]'
)
# From so many epochs on a course can be told from chance.
ENOUGH = 5


def overfitting(record: Record) -> Iterator[Finding]:
    """Find a validation loss that rises while the training loss falls, or a measure far better in training."""
    history = record.history
    loss, validation = history.get("loss"), history.get("val_loss")
    reasons = []
    if loss is not None and validation is not None and len(loss) >= ENOUGH:
        low = validation.index[int(validation.argmin())]
        rise, fall = validation.iloc[-1] / validation.min() - 1, 1 - loss.iloc[-1] / loss[low]
        if rise > ROSE and fall > ROSE:
            reasons.append(
                f"After epoch {low} the validation loss rose from {validation.min():.3g} to {validation.iloc[-1]:.3g}, "
                f"while the training loss fell on from {loss[low]:.3g} to {loss.iloc[-1]:.3g}"
            )
    reasons += _gap(record)
    if reasons:
        reason = ". ".join([*reasons, *_parameters_a_picture(record)]) + "."
        others, command = "Dropout, weight decay (AdamW), fewer parameters, or more pictures", ""
        advice = f"Try stronger augmentation, {others}."
        if not _augmented(record):
            advice = f"Its pictures are never changed: try augmentation first, then {others}."
            command = again(record, f"data.augmentation={AUGMENTATION}")
        yield Finding("problem", "It learns its training pictures by heart.", reason, advice, command)


def underfitting(record: Record) -> Iterator[Finding]:
    """Find training pictures that are not told well either."""
    name = record.main_metric
    own = record.history.get(name)
    if own is None or len(own) < ENOUGH or name == "loss" or record.mode == "min" or _gap(record):
        return
    validation = record.history.get(VALIDATION + name)
    # What is made harder in training alone, by dropout or augmentation, is not hard for the network.
    if validation is not None and validation.iloc[-1] > own.iloc[-1] + GAP:
        return
    if 0 <= own.iloc[-1] < POOR:
        reason = f"After {len(own)} epochs the {words_of(name)} of the training pictures is {own.iloc[-1]:.1%}"
        advice = "More filters or layers, a higher learning rate, more epochs; less Dropout and augmentation."
        yield Finding("problem", "Even the pictures that it trains on are hard for it.", reason + ".", advice)


def still_improving(record: Record) -> Iterator[Finding]:
    """Find a best epoch at the very end."""
    best, count = record.best_epoch, len(record.history)
    if best is None or count < 2 or best < count - count // 20 or not _improves_late(record):
        return
    reason = f"The best of {count} epochs is number {best}: {words_of(record.monitor or '')} was still getting better"
    advice, command = "Train longer.", further(record, 2 * count)
    if str(record.outcome.get("message") or "").startswith("stopped early"):
        advice = "Let it go on to its last epoch: early stopping looked at another figure, or had too little patience."
        command = f"{record.run.resume_command} training.early_stopping=null"
    yield Finding("chance", "It was not finished learning.", reason + ".", advice, command)


def best_early(record: Record) -> Iterator[Finding]:
    """Find a best epoch in the first third, after which nothing was gained."""
    best, count = record.best_epoch, len(record.history)
    if best is not None and count >= 2 * ENOUGH and best <= count // 3:
        reason = f"The best of {count} epochs is number {best}; the {count - best} after it gained nothing"
        advice = "Stop early, or spend the epochs better: a learning rate that falls (CosineDecay), or augmentation."
        change = f'training.early_stopping={{"monitor": "{record.monitor}", "patience": {max(3, best)}}}'
        yield Finding("note", "It was at its best early.", reason + ".", advice, again(record, change))


def unsteady(record: Record) -> Iterator[Finding]:
    """Find a validation loss that jumps up and down in the second half of the training."""
    validation = record.history.get("val_loss")
    if validation is None or len(validation) < 2 * ENOUGH:
        return
    late = validation.iloc[len(validation) // 2 :].to_numpy(float)
    steps = np.diff(late)
    turns = float((np.sign(steps[1:]) != np.sign(steps[:-1])).mean()) if len(steps) > 1 else 0.0
    jump = float(np.median(np.abs(steps)) / max(np.median(late), 1e-12))
    if turns > 0.5 and jump > JUMPS:
        advice = "Try a smaller learning rate or a larger batch; BatchNormalization may need a larger one too."
        reason = f"In the second half the validation loss jumps by {jump:.0%} of itself from epoch to epoch."
        yield Finding("chance", "The training is unsteady.", reason, advice, slower(record, 1 / 3))


def validation_apart(record: Record) -> Iterator[Finding]:
    """Find a validation part that is told far worse than the test part, by a network that was trained on neither."""
    name, validation = record.main_metric, record.metrics.get("validation", {})
    if name == "loss" or name not in validation or record.mode == "min":
        return
    if record.test[name] - validation[name] > FAR:
        reason = f"{words_of(name)}: {validation[name]:.3f} on it, {record.test[name]:.3f} on the test part."
        advice = (
            "Look at its pictures and labels (`data`): they may not belong together. The best epoch was chosen by it."
        )
        yield Finding("problem", "The validation part is far worse than the test part.", reason, advice)


def test_below_validation(record: Record) -> Iterator[Finding]:
    """Find a test part that is told clearly worse than the validation part."""
    name, validation = record.main_metric, record.metrics.get("validation", {})
    if name == "loss" or name not in validation or record.mode == "min":
        return
    loss = validation[name] - record.test[name]
    size = record.outcome.get("data", {}).get("parts", {}).get("test", 0)
    # Three standard errors of a share, at the least.
    chance = 3 * (validation[name] * (1 - validation[name]) / size) ** 0.5 if size and 0 <= validation[name] <= 1 else 0
    if loss > max(GAP, chance):
        reason = (
            f"{words_of(name)}: {validation[name]:.3f} on the validation part, {record.test[name]:.3f} on the test part"
        )
        advice = "Look whether the parts are alike (`data`): other days, cameras, persons? Split so that they are."
        yield Finding("problem", "The test part is harder than the validation part.", reason + ".", advice)


def sound(record: Record) -> Iterator[Finding]:
    """Say what is well, so that silence is not taken for ignorance."""
    history, best = record.history, record.best_epoch
    if not len(history) or best is None or "loss" not in history or "val_loss" not in history:
        return
    if len(history) >= ENOUGH:
        reason = (
            f"{from_to('validation loss', history['val_loss'])} It was not learned by heart, and did not jump; "
            f"the best epoch is {best} of {len(history)}."
        )
        yield Finding("good", "The training went well.", reason, *_small_gains(record))


def _small_gains(record: Record) -> tuple[str, str]:
    """Give what may be gained where nothing is wrong: the advice, and the command that tries it."""
    compare = "then set the two side by side (`compare`)."
    if record.architecture.data and not _augmented(record):
        advice = f"To gain a little more, change the pictures at random, as far as they keep their meaning; {compare}"
        return advice, again(record, f"data.augmentation={AUGMENTATION}")
    seed = record.architecture.training.seed + 1
    return f"To see what is owed to chance, train with another seed; {compare}", again(record, f"training.seed={seed}")


def _gap(record: Record) -> list[str]:
    """Say by how much the main measure is better on the training part, at the epoch that was kept."""
    name, best = record.main_metric, record.best_epoch
    columns = (name, VALIDATION + name)
    if name == "loss" or best is None or record.mode == "min" or not set(columns) <= set(record.history):
        return []
    train, validation = (float(record.history[column][best]) for column in columns)
    if train - validation <= GAP:
        return []
    figures = f"{train:.3f} in training and {validation:.3f} in validation"
    return [f"In epoch {best}, which was kept, {words_of(name)} is {figures}"]


def _improves_late(record: Record) -> bool:
    """Tell whether the last fifth of the epochs was better, on the whole, than the fifth before it."""
    values = record.history.get(record.monitor or "")
    if values is None:
        return False
    fifth = max(1, len(values) // 5)
    late, before = values.iloc[-fifth:].mean(), values.iloc[-2 * fifth : -fifth].mean()
    gain = late - before if record.mode == "max" else before - late
    return bool(gain > 0.002 * max(abs(late), 1e-12))


def _parameters_a_picture(record: Record) -> list[str]:
    pictures = record.outcome.get("data", {}).get("parts", {}).get("train", 0)
    parameters = record.analysis.totals.trainable_parameters or 0
    if not pictures or parameters < 100 * pictures:
        return []
    return [f"It has {parameters / pictures:,.0f} parameters for every training picture"]


def _augmented(record: Record) -> bool:
    """Tell whether pictures are changed at random: by a layer, or in the data section."""
    data = record.architecture.data
    return any(node.type.startswith("Random") for node in record.analysis.nodes) or bool(
        getattr(data, "augmentation", None)
    )
