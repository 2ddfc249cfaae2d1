"""The expressions of a StrengthCheck, as an author writes them."""

import pytest

from compiler.checks.passwords import quoted_expressions


@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ("", []),
        ("^.{9,}$", ["^.{9,}$"]),
        ("[a-z]', '", ["[a-z]', '"]),
        ("'^.*[0-9].*$','^.*[a-z].*$', '^..*$'", ["^.*[0-9].*$", "^.*[a-z].*$", "^..*$"]),
        (" 'a,b' , 'c' ", ["a,b", "c"]),
        ("'it''s'", ["it's"]),
        ("''", [""]),
        ("'a' 'b'", None),
        ("'a',", None),
        ("'a', b", None),
        ("'a", None),
    ],
)
def test_expressions_are_taken_apart(text: str, expressions: list[str] | None) -> None:
    assert quoted_expressions(text) == expressions
