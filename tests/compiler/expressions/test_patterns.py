"""Regular expressions of .NET as RE2 has them: what matches, and what is refused with a reason."""

import duckdb
import pytest

from compiler.expressions.patterns import to_re2

MATCHES = [
    (r"^\d{2}$", "12\n", True),
    (r"^\d{2}$", "12\n\n", False),
    (r"^\d$", "٣", True),
    (r"^a|b$", "xb", True),
    (r"\w+@\w+", "é@ü", True),
    (r"^\W$", "é", False),
    (r"[\w-]+", "-", True),
    (r"[^\]a]", "]", False),
    (r"[]a]", "]", True),
    (r"[[]", "[", True),
    (r"(?i)ABC", "xabc", True),
    (r"(?i:a)b", "AB", False),
    (r"(?<day>a)b", "ab", True),
    (r"(?'day'a)b", "ab", True),
    (r"\u00e9[\u00e9]", "éé", True),
    (r"a.b", "a\nb", False),
    (r"(?s)a.b", "a\nb", True),
    (r"\s", "\u2003", True),
    (r"\-\/\#\ \.", "-/# .", True),
    (r"[$.]", "$", True),
    (r"a\Z", "a\n", True),
    (r"a\z", "a\n", False),
    (r"\p{Lu}", "Ż", True),
    (r"\\", "\\", True),
    ("", "", True),
]
REFUSED = [
    (r"(?=a)", "look-ahead"),
    (r"(?!a)", "look-ahead"),
    (r"(?<=a)b", "look-behind"),
    (r"(?<!a)b", "look-behind"),
    (r"(?>a)b", "atomic groups"),
    (r"\bfoo", r"`\b` is not supported"),
    (r"(a)\1", r"`\1` is not supported"),
    (r"(?<n>a)\k<n>", r"`\k` is not supported"),
    (r"[a-z-[aeiou]]", "subtraction"),
    (r"[\W_]", "inside brackets"),
    (r"a{2000}", "1000 repetitions"),
    (r"(?x)a", "`(?x)`"),
    (r"(", "it is no regular expression"),
    (r"[a", "it is no regular expression"),
    (r"a**", "it is no regular expression"),
    ("\\", "it is no regular expression"),
]


@pytest.mark.parametrize(("pattern", "text", "matches"), MATCHES)
def test_the_same_texts_match(pattern: str, text: str, matches: bool) -> None:
    found = to_re2(pattern)
    assert found.problem == ""
    assert duckdb.execute("SELECT regexp_matches(?, ?)", [text, found.text]).fetchone() == (matches,)


@pytest.mark.parametrize(("pattern", "reason"), REFUSED)
def test_what_cannot_be_said_is_refused_with_a_reason(pattern: str, reason: str) -> None:
    assert reason in to_re2(pattern).problem
