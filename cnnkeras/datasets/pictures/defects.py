"""Everything that can be wrong with pictures and their labels, and what may be done about each.

A source reports what it finds by these codes (`pictures/findings.py`); the file says what is done about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

# Stop and name them; leave the picture out; mend it; go on, and say so.
Policy = Literal["error", "skip", "repair", "report"]
Word = Literal["error", "skip", "repair"]


@dataclass(frozen=True)
class Defect:
    """One kind of thing that is wrong.

    Args:
        subject: what has it: a picture, a box, a mask, a class, a category, an annotation.
        one: what follows the name of a single one.
        many: what follows the number of several.
        default: what is done where the file does not say.
        policies: what the file may say.
        repair: what repairing does, or None.
        hopeless: why it can't be repaired, where it can't.

    """

    subject: str
    one: str
    many: str
    default: Policy
    policies: tuple[Policy, ...]
    repair: str | None = None
    hopeless: str | None = None


_STOP: tuple[Policy, ...] = ("error", "skip")
_MEND: tuple[Policy, ...] = ("error", "skip", "repair")
_SAY: tuple[Policy, ...] = ("error", "report")
_NO_PICTURE = "nothing can be made of a file that is no picture"

# In the order in which they are told.
DEFECTS: dict[str, Defect] = {
    "missing_picture": Defect(
        "picture", "is not there", "are not there", "error", _STOP, hopeless="a picture that is not there stays away"
    ),
    "unreadable": Defect(
        "picture", "can't be read", "can't be read", "error", _STOP, hopeless=_NO_PICTURE
    ),
    "truncated": Defect(
        "picture", "can't be decoded: it is cut off or broken", "are cut off or broken", "error", _MEND,
        "JPEGs decoded as far as they go",
    ),
    "picture_without_label": Defect(
        "picture", "has no label", "have no label", "error", _STOP, hopeless="nobody but you knows what it shows"
    ),
    "unreadable_annotation": Defect(
        "annotation", "can't be read", "can't be read", "error", _STOP, hopeless="what it says is not known"
    ),
    "same_category": Defect(
        "category", "has the name of another", "have the names of others", "report", _SAY,
        hopeless="boxes of both are of one class as it is",
    ),
    "annotation_size": Defect(
        "picture", "is annotated at another size than it has", "are annotated at another size than they have",
        "error", _MEND, "boxes scaled to the picture's size",
    ),
    "unknown_class": Defect(
        "box", "has a class that there is not", "have a class that there is not", "error", _MEND, "left out"
    ),
    "zero_area_box": Defect("box", "has no area", "have no area", "repair", _MEND, "left out"),
    "outside_box": Defect(
        "box", "reaches outside its picture", "reach outside their pictures", "repair", _MEND,
        "clipped to the picture; left out where nothing stays",
    ),
    "mask_size": Defect(
        "mask", "has another size than its picture", "have another size than their pictures", "error", _MEND,
        "resized, each pixel with the class of the nearest",
    ),
    "mask_value": Defect(
        "mask", "has values that are no class", "have values that are no class", "error", _MEND,
        "such pixels made void, so that they count nowhere",
    ),
    "extension": Defect(
        "picture", "is of another format than its name says", "are of another format than their names say",
        "repair", _MEND, "read as what it is",
    ),
    "animated": Defect(
        "picture", "is animated", "are animated", "repair", _MEND, "only the first picture is read"
    ),
    "palette": Defect("picture", "has a palette", "have a palette", "repair", _MEND, "turned into its colours"),
    "cmyk": Defect("picture", "is CMYK", "are CMYK", "repair", _MEND, "turned into RGB without a colour profile"),
    "sixteen_bits": Defect(
        "picture", "has 16 bits a number", "have 16 bits a number", "repair", _MEND,
        "scaled to 8 bits: the lower 8 are dropped",
    ),
    "transparent": Defect(
        "picture", "is transparent in parts", "are transparent in parts", "repair", _MEND,
        "transparency left out where the network takes grey or colour",
    ),
    "exif_turned": Defect(
        "picture", "is turned by EXIF", "are turned by EXIF", "repair", _MEND, "set upright, as the served model does"
    ),
    "same_picture": Defect(
        "picture", "is in two parts", "are in two parts", "report", ("error", "skip", "report"),
        hopeless='"skip" keeps it in the test alone',
    ),
    "similar_class": Defect(
        "class", "is called like another", "are called like others", "report", _SAY,
        hopeless="rename one, or name the classes and leave it out",
    ),
    "class_not_trained": Defect(
        "class", "has nothing to train on", "have nothing to train on", "error", _SAY,
        hopeless="give it some examples in train",
    ),
    "class_not_measured": Defect(
        "class", "is missing from a part", "are missing from a part", "report", _SAY,
        hopeless="give it some examples there",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: its code in DEFECTS, what it is wrong with, and what follows that name."""

    code: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        """Give the whole sentence."""
        return f"{self.name} {self.detail or DEFECTS[self.code].one}"


class PolicySection(BaseModel):
    """What is done about each kind of problem, as far as the file says; `otherwise` is the word for all others."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    otherwise: Word = "error"


def _checked(defect: Defect) -> Callable[[Any], Any]:
    words = " or ".join(f'"{policy}"' for policy in defect.policies)

    def check(value: Any) -> Any:
        if value in defect.policies:
            return value
        hint = defect.hopeless if value == "repair" else None
        raise PydanticCustomError("policy", "must be {words}", {"words": words, "hint": hint})

    return check


def _fields() -> dict[str, Any]:
    return {
        code: (
            Annotated[str, BeforeValidator(_checked(defect)), WithJsonSchema({"enum": [*defect.policies]})],
            None,
        )
        for code, defect in DEFECTS.items()
    }


if TYPE_CHECKING:

    class Policies(PolicySection):
        """The section with one key for each code."""

else:
    Policies = create_model("Policies", __base__=PolicySection, **_fields())


def _word_or_object(value: Any) -> Any:
    if isinstance(value, str | dict | PolicySection):
        return value
    hint = 'as in "on_problem": {"truncated": "repair"}'
    message = 'must be "error", "skip" or "repair", or an object with one for each kind of problem'
    raise PydanticCustomError("policy", message, {"hint": hint})


OnProblem = Annotated[
    Annotated[Word, Tag("word")] | Annotated[Policies, Tag("object")],
    Discriminator(lambda value: "object" if isinstance(value, dict | PolicySection) else "word"),
    BeforeValidator(_word_or_object),
]


def policy_of(on_problem: OnProblem, code: str) -> Policy:
    """Tell what is done about a kind of problem.

    A word stands for all that stops a run unless told otherwise; what is read without harm goes on being read.
    """
    defect = DEFECTS[code]
    given: Policy | None = None
    if isinstance(on_problem, PolicySection):
        given, on_problem = getattr(on_problem, code), on_problem.otherwise
    word = on_problem if defect.default == "error" and on_problem in defect.policies else defect.default
    return given or word


def tolerant(on_problem: OnProblem) -> Policies:
    """Give the same policies with none that stops: such pictures are left out, so that the others can be looked at."""
    chosen = {code: policy_of(on_problem, code) for code in DEFECTS}
    spared: dict[str, Any] = {
        code: next(each for each in ("skip", "report") if each in DEFECTS[code].policies)
        if policy == "error"
        else policy
        for code, policy in chosen.items()
    }
    return Policies(**spared)
