"""What a source finds wrong with its data, what the file wants done about it, and how it is told."""

from __future__ import annotations

from collections.abc import Container, Sequence

from cnnkeras.datasets.pictures.defects import DEFECTS, OnProblem, Policy, Problem, policy_of
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.errors import first_of

# How many are named at most where many are wrong, and where something was only remarked.
NAMED, REMARKED = 20, 5
# So many changes are written out for the command line.
FEW = 3


class Findings:
    """The problems of one source so far.

    Args:
        on_problem: the file's policies.
        keys: what leads to the value at fault, from the data section.

    """

    def __init__(self, on_problem: OnProblem = "error", keys: tuple[str | int, ...] = ("path",)) -> None:
        self.on_problem = on_problem
        self.keys = keys
        self.problems: list[Problem] = []
        self._hopeless: set[Problem] = set()

    def add(self, code: str, name: str, detail: str = "", can_repair: bool = True) -> Policy:
        """Take in a problem; give what is to be done about it.

        On "error" go on: `refuse` tells everything at once. `can_repair` is False where this one can't be.
        """
        problem = Problem(code, name, detail)
        self.problems.append(problem)
        policy = policy_of(self.on_problem, code)
        if policy == "repair" and not can_repair:
            self._hopeless.add(problem)
        return self.policy(problem)

    def policy(self, problem: Problem) -> Policy:
        """Tell what is done about a problem."""
        return "error" if problem in self._hopeless else policy_of(self.on_problem, problem.code)

    def wanted(self, code: str) -> Policy:
        """Tell what would be done about such a problem."""
        return policy_of(self.on_problem, code)

    def refuse(self, total: int) -> None:
        """Raise SourceProblem that names all that stops the run, if anything does; `total` is of how many."""
        stopping = [problem for problem in self.problems if self.policy(problem) == "error"]
        if stopping:
            raise refusal(stopping, total, self.keys)

    def notes(self, total: int) -> list[str]:
        """Say what was left out, repaired and remarked, with counts and names."""
        skipped = {problem.name: problem for problem in self.problems if self.policy(problem) == "skip"}
        left_out = "; ".join(listed(list(skipped.values())))
        notes = [f"data: {len(skipped):,} of {total:,} pictures left out: {left_out}"] if skipped else []
        for code in DEFECTS:
            some = [problem for problem in self.problems if problem.code == code and problem.name not in skipped]
            for policy in ("repair", "report"):
                told = [problem for problem in some if self.policy(problem) == policy]
                if told:
                    notes.append(f"data: {remark(code, told, policy)}")
        return notes


def remark(code: str, problems: Sequence[Problem], policy: Policy) -> str:
    """Say how many have a defect, what is done about it, and which they are."""
    defect = DEFECTS[code]
    count = (
        f"1 {defect.subject} {defect.one}"
        if len(problems) == 1
        else f"{len(problems):,} {_plural(defect.subject)} {defect.many}"
    )
    done = f" ({defect.repair})" if policy == "repair" else ""
    # Of what a single file has several, the detail says which.
    names = sorted(f"{problem.name} {problem.detail}".rstrip() for problem in problems)
    return f"{count}{done}: {first_of(names, REMARKED, '; ')}"


def refusal(problems: Sequence[Problem], total: int, keys: tuple[str | int, ...]) -> SourceProblem:
    """Make the error that names everything that stops a run."""
    count = len({problem.name for problem in problems})
    codes = {problem.code for problem in problems}
    return SourceProblem(keys, f"{count:,} of {total:,} pictures can't be used", cure(codes), listed(problems))


def listed(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Give one line for each problem, up to NAMED, in the order of their names."""
    lines = [str(problem) for problem in sorted(problems, key=lambda problem: problem.name)]
    return (*lines[:NAMED], f"… and {len(lines) - NAMED:,} more") if len(lines) > NAMED else tuple(lines)


def cure(there: Container[str]) -> str:
    """Say what to do about problems of these codes that stop a run, in the file and on the command line."""
    codes = [code for code in DEFECTS if code in there]
    if any("skip" not in DEFECTS[code].policies or DEFECTS[code].default != "error" for code in codes):
        # A word alone would not reach them.
        named = ", ".join(f'"{code}": "{_otherwise(code)}"' for code in codes)
        changes = [f"data.on_problem.{code}={_otherwise(code)}" for code in codes]
        shown = " ".join(changes) if len(changes) <= FEW else f"{changes[0]}, and so on"
        return f'mend or remove them, or say "on_problem": {{{named}}} (command line: {shown})'
    skip = 'mend or remove them, or leave them out with "on_problem": "skip" (command line: data.on_problem=skip)'
    repairable = [code for code in codes if _otherwise(code) == "repair"]
    return f'{skip}, or mend what can be with "on_problem": "repair"' if repairable else skip


def _otherwise(code: str) -> str:
    # Of a file that was cut off, too little may be there to be repaired.
    preferred = ("skip",) if code == "truncated" else ("repair", "skip", "report")
    return next(policy for policy in preferred if policy in DEFECTS[code].policies)


def _plural(subject: str) -> str:
    return {"box": "boxes", "class": "classes", "category": "categories"}.get(subject, f"{subject}s")
