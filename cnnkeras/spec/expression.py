"""The arithmetic that a block's fields may hold: `$4*filters`. Integers, reals, parameters, + - * / // %, brackets.

Read by a small parser of our own: a file is data, and nothing of it reaches Python's.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from cnnkeras.errors import suggest

MAX_LENGTH = 100
# Past this no size or count makes sense, and products of products stay small enough to compute with.
MAX_VALUE = 1e15

_TOKEN = re.compile(r"\s*(?:([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|([A-Za-z_][A-Za-z0-9_]*)|(//|[-+*/%()]))")
Number = int | float


class ExpressionProblem(ValueError):
    """A `$` string that can't be computed; the text says why."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


def evaluate(text: str, parameters: Mapping[str, Any]) -> Any:
    """Compute a string that begins with `$`.

    A lone `$name` gives the parameter as it is, whatever its type; anything longer must be arithmetic over
    numbers. Raises ExpressionProblem.
    """
    body = text[1:].strip()
    if body in parameters:
        return parameters[body]
    if len(body) > MAX_LENGTH:
        raise ExpressionProblem(f"an expression has at most {MAX_LENGTH} characters, and this one {len(body)}")
    return _Parser(_tokens(body), parameters).whole()


def _tokens(body: str) -> list[str]:
    tokens, offset = [], 0
    while offset < len(body.rstrip()):
        match = _TOKEN.match(body, offset)
        if match is None:
            raise ExpressionProblem(
                f'"${body}" is no arithmetic: {body[offset:].strip()[0]} is not known',
                "use numbers, the block's parameters, + - * / // % and brackets",
            )
        tokens.append(match[0].strip())
        offset = match.end()
    return tokens


def _divide(left: Number, right: Number) -> Number:
    """Divide; an integer where the division leaves no rest, so that `$filters/2` is a count."""
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return left / right


_SUMS: Mapping[str, Callable[[Any, Any], Number]] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: Mapping[str, Callable[[Any, Any], Number]] = {
    "*": operator.mul, "/": _divide, "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip


class _Parser:
    """Recursive descent over the tokens: a sum of products of signed factors."""

    def __init__(self, tokens: list[str], parameters: Mapping[str, Any]) -> None:
        self.tokens, self.parameters, self.place = tokens, parameters, 0

    def whole(self) -> Number:
        result = self._chain(_SUMS, self._product)
        if self._peek():
            raise ExpressionProblem(f'expected an operator, found "{self._peek()}"')
        # A real that is whole is a count too: `$filters*0.5`.
        return int(result) if isinstance(result, float) and result.is_integer() else result

    def _peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self.place += 1
        return token

    def _product(self) -> Number:
        return self._chain(_PRODUCTS, self._factor)

    def _chain(self, operators: Mapping[str, Callable[[Any, Any], Number]], operand: Callable[[], Number]) -> Number:
        result = operand()
        while self._peek() in operators:
            symbol = self._next()
            result = self._apply(operators[symbol], result, operand())
        return result

    def _apply(self, function: Callable[[Any, Any], Number], left: Number, right: Number) -> Number:
        try:
            result = function(left, right)
        except ZeroDivisionError:
            raise ExpressionProblem("a division by zero") from None
        if not math.isfinite(result) or abs(result) > MAX_VALUE:
            raise ExpressionProblem(f"the result is larger than {MAX_VALUE:g}")
        return result

    def _factor(self) -> Number:
        token = self._next()
        if token == "-":
            return -self._factor()
        if token == "(":
            inner = self._chain(_SUMS, self._product)
            if self._next() != ")":
                raise ExpressionProblem("a bracket is not closed")
            return inner
        return self._atom(token)

    def _atom(self, token: str) -> Number:
        if token[:1].isdigit():
            number: Number = int(token) if token.isdigit() else float(token)
            return self._apply(operator.add, number, 0)
        if token in self.parameters:
            value = self.parameters[token]
            if type(value) not in (int, float):
                raise ExpressionProblem(f'the parameter "{token}" is no number, and can only stand alone: "${token}"')
            return value  # type: ignore[no-any-return]  # its type is tested above
        if token.isidentifier():
            raise ExpressionProblem(f'there is no parameter "{token}"', suggest(token, self.parameters))
        raise ExpressionProblem(
            "the expression ends too early" if not token else f'a number should stand where "{token}" is'
        )
