"""What a finished run tells its user to try next, in sentences.

To add one: a function from the run's record to its findings, in the file of its kind, and a line in `RULES`. A rule
says what it saw, with the numbers, and what is worth a try; it stays silent where it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cnnkeras.inspection.page.findings import averages, classes, failures, learning, network
from cnnkeras.inspection.page.findings.finding import ORDER, Finding
from cnnkeras.inspection.page.record import Record
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.run_directory import RunDirectory

RULES: Mapping[str, Callable[[Record], Iterator[Finding]]] = {
    "untrained": failures.untrained,
    "lagging-averages": averages.lagging_averages,
    "nothing-learned": failures.nothing_learned,
    "collapsed": failures.collapsed,
    "overfitting": learning.overfitting,
    "underfitting": learning.underfitting,
    "still-improving": learning.still_improving,
    "best-early": learning.best_early,
    "unsteady": learning.unsteady,
    "validation-apart": learning.validation_apart,
    "test-below-validation": learning.test_below_validation,
    "one-answer": classes.one_answer,
    "confused-classes": classes.confused,
    "weak-classes": classes.weak,
    "imbalance": classes.imbalance,
    "few-examples": classes.few_examples,
    "lints": network.lints,
    "small-field": network.small_field,
    "sound": learning.sound,
}

# What a rule finds may be no more than what follows from what another has found, which has the cure of both.
_FAILED = ("nothing-learned", "collapsed", "one-answer", "lagging-averages")
FOLLOWS = {
    "overfitting": ("lagging-averages", "validation-apart"),
    "underfitting": _FAILED,
    "still-improving": ("nothing-learned", "lagging-averages"),
    "best-early": ("collapsed", "validation-apart"),
    "imbalance": ("one-answer",),
    "one-answer": ("lagging-averages",),
    "confused-classes": _FAILED,
    "weak-classes": _FAILED,
    "sound": (*_FAILED, "overfitting", "underfitting", "unsteady", "validation-apart"),
}


def findings(record: Record) -> list[Finding]:
    """Give what the rules find, what matters most first."""
    by_rule = {name: list(rule(record)) for name, rule in RULES.items()}
    told = {
        name: found for name, found in by_rule.items() if not any(by_rule[other] for other in FOLLOWS.get(name, ()))
    }
    found = by_rule["untrained"] or [finding for some in told.values() for finding in some]
    return sorted(found, key=lambda finding: ORDER.index(finding.weight))


def problems(run: RunDirectory, architecture: Architecture) -> list[Finding]:
    """Give what a finished run must not be used without knowing. Raises OSError and ValueError, as the record does."""
    return [finding for finding in findings(Record.read(run, architecture)) if finding.weight == "problem"]
