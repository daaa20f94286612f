"""Reading strict JSON with positions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.errors import UserError
from cnnkeras.spec.json_reader import read_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | FLOATS
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4)
    ),
    max_leaves=20,
)


def message_of(text: str) -> str:
    with pytest.raises(UserError) as caught:
        read_json(text, "file.json")
    return str(caught.value)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_reads_what_the_standard_library_writes(value: object, indent: int | str | None, ascii_only: bool) -> None:
    """A valid file would be refused, or read as something else."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert json.dumps(read_json(text, "").content) == json.dumps(value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """A broken file would end in a traceback."""
    try:
        read_json(text, "file.json")
    except UserError as error:
        assert error.diagnostics


def test_positions() -> None:
    """Messages would point at the wrong place."""
    document = read_json('{\n  "a": [1,\n    {"b": true}]\n}', "file.json")
    diagnostic = document.diagnostic("code", ("a", 1, "b"), "message")
    assert (diagnostic.line, diagnostic.column, diagnostic.path) == (3, 11, "a[1].b")
    assert document.diagnostic("code", ("a", 1, "b"), "message", at_key=True).column == 6
    assert document.diagnostic("code", ("a", 1, "missing"), "message").column == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1,}', "1:8: error[json]: a comma before }"),
        ("{'a': 1}", "1:2: error[json]: expected a key in double quotes, found '"),
        ('{"a": NaN}', "1:7: error[json]: NaN is no JSON value"),
        ('{"a": -Infinity}', "1:7: error[json]: -Infinity is no JSON value"),
        ('{"a": True}', "1:7: error[json]: True is no JSON value"),
        ('{"a": 1e999}', "1:7: error[json]: the number 1e999 is too large"),
        ('{"a": 01}', "1:7: error[json]: 01 is no JSON number"),
        ('{"a" 1}', "1:6: error[json]: expected :, found 1"),
        ('{"a": 1 "b": 2}', '1:9: error[json]: expected a comma or }, found "'),
        ('{"a": // one\n1}', "1:7: error[json]: expected a value, found /"),
        ('{"a": "\\x"}', "1:8: error[json]: \\x is no escape"),
        ('{"a": "\\ud800"}', "1:7: error[json]: half a surrogate pair in a string"),
        ("{} {}", "1:4: error[json]: expected the end of the file, found {"),
        (" \n", "1:1: error[json]: the file is empty"),
        ('{"a":', "1:5: error[json]: the file ends where a value should come"),
        ("[" * 100, "1:66: error[json]: the nesting is deeper than 64"),
        ("9" * 5000, f"1:1: error[json]: the number {'9' * 20}… is too large"),
    ],
)
def test_mistakes(text: str, expected: str) -> None:
    """A user would not learn what is wrong, or where."""
    assert message_of(text).splitlines()[0] == f"file.json:{expected}"


def test_duplicate_keys_are_all_found() -> None:
    """The first of two values would be lost without a word."""
    assert message_of('{"a": 1, "b": {"c": 1,\n"c": 2}, "a": 3}') == "\n".join(
        [
            'file.json:2:1: error[duplicate-key]: the key "c" is given twice, first in line 1',
            '   2 | "c": 2}, "a": 3}',
            "     | ^",
            "     = help: keep one of the two",
            'file.json:2:10: error[duplicate-key]: the key "a" is given twice, first in line 1',
            '   2 | "c": 2}, "a": 3}',
            "     |          ^",
            "     = help: keep one of the two",
        ]
    )


def test_comment_is_explained() -> None:
    """Someone who writes a comment would not learn where words go."""
    assert message_of('{\n  # note\n  "a": 1}') == "\n".join(
        [
            "file.json:2:3: error[json]: expected a key in double quotes, found #",
            "   2 |   # note",
            "     |   ^",
            '     = help: JSON has no comments; "description" is there for words',
        ]
    )


def test_long_line_is_cut_around_the_caret() -> None:
    """A minified file would fill the terminal."""
    lines = message_of('{"a": "' + "x" * 500 + '", "b": ?' + " " * 300 + "}").splitlines()
    assert len(lines[1]) <= 110
    assert lines[1][lines[2].index("^")] == "?"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"a": 0,003}', "a number has a point: 0.003"),
        ('{"a": 0, 5e-3}', "a number has a point: 0.5e-3"),
        # A key without quotes is none.
        ('{"a": 0, 5: 3}', None),
        ('{"a": 0,\n5: 3}', None),
        ('{"a": (3, 3)}', "write [3, 3]: JSON has no tuples"),
        ('{"a": (3, b)}', "write […]: JSON has no tuples"),
        ('{"a": [8, 8, 1}}', "the [ of line 1, column 7 is open: close it with ] first"),
        ('{"a": "relu}, {"b": 1}', "does the string that begins in line 1, column 7 lack its closing quote?"),
        ('{"a": "relu\n}', 'end it with "; a line break is \\n'),
        ('{"a": "C:\\Users"}', "write \\\\ for a backslash, and / between folders"),
        ('{"a": "\t"}', "write a tab as \\t, or leave it out"),
        ("{“a”: 1}", 'write straight quotes, "…", around strings'),
        ('{"a": „b“}', 'write straight quotes, "…", around strings'),
        ('{"a": 1, b}', None),
    ],
)
def test_what_people_write_is_cured(text: str, hint: str | None) -> None:
    """A comma for a point, or a word processor's quotes, look right to who has typed them."""
    with pytest.raises(UserError) as caught:
        read_json(text, "file.json")
    assert caught.value.diagnostics[0].hint == hint
