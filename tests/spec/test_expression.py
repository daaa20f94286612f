"""Arithmetic in blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.spec.expression import ExpressionProblem, evaluate

PARAMETERS = {"filters": 64, "rate": 0.5, "word": "same", "odd": 7}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$filters", 64),
        ("$word", "same"),
        ("$4*filters", 256),
        ("$filters/2", 32),
        ("$odd/2", 3.5),
        ("$odd//2", 3),
        ("$odd % 4", 3),
        ("$-(filters - 2*odd)", -50),
        ("$2*(filters + odd)*rate", 71),
        ("$filters*0.5", 32),
        ("$rate/2", 0.25),
    ],
)
def test_values(text: str, expected: object) -> None:
    """A block would get other numbers than its author wrote."""
    result = evaluate(text, PARAMETERS)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("$filter*2", 'there is no parameter "filter"', 'did you mean "filters"?'),
        ("$2*word", 'the parameter "word" is no number, and can only stand alone: "$word"', None),
        ("$filters/0", "a division by zero", None),
        ("$filters%0", "a division by zero", None),
        ("$filters**2", 'a number should stand where "*" is', None),
        ("$(filters", "a bracket is not closed", None),
        ("$filters 2", 'expected an operator, found "2"', None),
        ("$", "the expression ends too early", None),
        ("$1e999", "the result is larger than 1e+15", None),
        ("$" + "9" * 90 + "*2", "the result is larger than 1e+15", None),
        ("$" + "1+" * 150 + "1", "an expression has at most 100 characters, and this one 301", None),
        (
            "$__import__('os')",
            "\"$__import__('os')\" is no arithmetic: ' is not known",
            "use numbers, the block's parameters, + - * / // % and brackets",
        ),
    ],
)
def test_mistakes(text: str, message: str, hint: str | None) -> None:
    """A user would not learn what is wrong with a `$` string, or it would run as code."""
    with pytest.raises(ExpressionProblem) as caught:
        evaluate(text, PARAMETERS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@given(st.text(st.sampled_from("0123456789.+-*/%() filtersodae"), max_size=220))
def test_any_text_is_computed_or_refused(text: str) -> None:
    """A strange expression would end in a traceback."""
    try:
        evaluate(f"${text}", PARAMETERS)
    except ExpressionProblem as problem:
        assert problem.message
