"""Text goes in, text without case, marks or special letters comes out, in SQL and in Python.

Upper and lower case are Unicode's one-to-one mappings, as the invariant culture has them: `ß` stays `ß`.
"""

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from compiler.expressions import sql

if TYPE_CHECKING:
    from sqlglot import exp

Change = Callable[["exp.Expression"], "exp.Expression"]

_BASE_LETTERS = {
    "ø": "o",
    "Ø": "O",
    "ǿ": "o",
    "Ǿ": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "AE",
    "ǽ": "ae",
    "Ǽ": "AE",
    "ǣ": "ae",
    "Ǣ": "AE",
    "œ": "oe",
    "Œ": "OE",
}
"""Letters that have no mark to be dropped, and those that are one of these without theirs."""

TRANSCRIPTIONS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "Ä": "AE",
    "Ö": "OE",
    "Ü": "UE",
    "a\u0308": "ae",
    "o\u0308": "oe",
    "u\u0308": "ue",
    "A\u0308": "AE",
    "O\u0308": "OE",
    "U\u0308": "UE",
    "š": "sh",
    "Š": "SH",
    "s\u030c": "sh",
    "S\u030c": "SH",
    **_BASE_LETTERS,
}
"""What `RemoveDiacritics` writes for letters before it drops the marks of all others (provisioning.md §4.5).

The decomposed spellings are there so that both Unicode forms of one name give one result; đ and ı beside the
documented letters because they too have no mark that could be dropped.
"""

_KEPT = 0xE000  # a private character: stands for ß while DuckDB, which makes ẞ of it, writes the rest in upper case


def upper(value: str) -> str:
    """Upper case, letter by letter."""
    return "".join(map(_upper, value))


def lower(value: str) -> str:
    """Lower case, letter by letter."""
    return "".join(each.lower()[0] for each in value)


def without_marks(value: str) -> str:
    """Canonically decomposed, without combining marks, and composed again where that was no matter of marks."""
    decomposed = unicodedata.normalize("NFD", value)
    return unicodedata.normalize("NFC", "".join(each for each in decomposed if unicodedata.category(each)[0] != "M"))


def remove_diacritics(value: str) -> str:
    """`RemoveDiacritics`: transcribed letters first, then every mark dropped."""
    return without_marks(_replaced(value, TRANSCRIPTIONS))


def simplify(value: str) -> str:
    """`Simplify`: without diacritics, upper case, only A to Z and 0 to 9."""
    return "".join(each for each in upper(remove_diacritics(value)) if each.isascii() and each.isalnum())


def base_letters(value: str) -> str:
    """Every letter as its base letter (`ComparisonType` 2): unlike `RemoveDiacritics`, ä is a."""
    return without_marks(_replaced(value, _BASE_LETTERS))


def upper_sql(value: "exp.Expression") -> "exp.Expression":
    """`upper` in SQL."""

    def mark() -> "exp.Expression":
        return sql.plain_call("CHR", sql.number(_KEPT))

    kept = sql.call("UPPER", sql.call("REPLACE", value, sql.text("ß"), mark()))
    return sql.call("REPLACE", kept, mark(), sql.text("ß"))


def remove_diacritics_sql(value: "exp.Expression") -> "exp.Expression":
    """`remove_diacritics` in SQL. Nested REPLACE is five times faster than TRANSLATE, which also knows no pairs."""
    return _unless_ascii(value, lambda it: it, lambda it: _stripped_sql(it, TRANSCRIPTIONS))


def simplify_sql(value: "exp.Expression") -> "exp.Expression":
    """`simplify` in SQL: upper case first, so that half the letters need a replacement."""
    capitals = {letter: written.upper() for letter, written in TRANSCRIPTIONS.items() if letter == letter.upper()}
    capitals["ß"] = "SS"
    folded = _unless_ascii(
        value,
        lambda it: sql.call("UPPER", it),
        lambda it: sql.call("UPPER", _stripped_sql(sql.call("UPPER", it), capitals)),
    )
    return sql.call("REGEXP_REPLACE", folded, sql.text("[^A-Z0-9]+"), sql.text(""), sql.text("g"))


def base_letters_sql(value: "exp.Expression") -> "exp.Expression":
    """`base_letters` in SQL."""
    return _unless_ascii(value, lambda it: it, lambda it: _stripped_sql(it, _BASE_LETTERS))


def _upper(letter: str) -> str:
    for mapped in (letter.upper(), letter.title()):
        if len(mapped) == 1:
            return mapped
    return letter


def _replaced(value: str, letters: dict[str, str]) -> str:
    for letter, written in letters.items():
        value = value.replace(letter, written)
    return value


def _stripped_sql(value: "exp.Expression", letters: dict[str, str]) -> "exp.Expression":
    for letter, written in letters.items():
        value = sql.call("REPLACE", value, sql.text(letter), sql.text(written))
    return sql.plain_call("STRIP_ACCENTS", value)


def _unless_ascii(value: "exp.Expression", plain: Change, folded: Change) -> "exp.Expression":
    """Most names are ASCII, whose length in bytes is theirs in characters: told in a tenth of the time of folding."""

    def chosen(it: "exp.Expression") -> "exp.Expression":
        is_ascii = sql.operation("EQ", sql.plain_call("STRLEN", it.copy()), sql.call("LENGTH", it.copy()))
        return sql.case([(is_ascii, plain(it.copy()))], folded(it.copy()))

    return sql.bound(value, chosen)
