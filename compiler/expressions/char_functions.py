"""The functions over characters, one entry each: what Char tells of one, and the other case."""

import re
import unicodedata

from compiler.expressions import folding, sql
from compiler.expressions.function import Function, parameters
from compiler.expressions.types import ValueType

B, C = ValueType.BOOLEAN, ValueType.CHAR

_CHAR = ("char", "Char", "System.Char")

_CATEGORIES = {
    "IsDigit": r"\p{Nd}",
    "IsNumber": r"\p{N}",
    "IsLetter": r"\p{L}",
    "IsLetterOrDigit": r"[\p{L}\p{Nd}]",
    "IsUpper": r"\p{Lu}",
    "IsLower": r"\p{Ll}",
    "IsPunctuation": r"\p{P}",
    "IsSymbol": r"\p{S}",
    "IsSeparator": r"\p{Z}",
    "IsWhiteSpace": r"[\t-\r\x{85}\p{Z}]",
    "IsControl": r"\p{Cc}",
}


def _category(name: str, pattern: str) -> Function:
    kinds = tuple(re.findall(r"p\{(\w+)\}", pattern))

    def python(character: str) -> bool:
        if name == "IsWhiteSpace" and character in "\t\n\x0b\x0c\r\x85":
            return True
        return unicodedata.category(character).startswith(kinds)

    written = "white space" if name == "IsWhiteSpace" else name[2:].lower()
    return Function(
        f"char.{name}",
        "static",
        parameters(C),
        B,
        lambda v: sql.plain_call("REGEXP_FULL_MATCH", v, sql.text(pattern)),
        python,
        f"Whether a character is {written}, as Unicode has it.",
        classes=_CHAR,
    )


_ASCII = {
    "IsAscii": r"[\x{0}-\x{7F}]",
    "IsAsciiDigit": "[0-9]",
    "IsAsciiLetter": "[A-Za-z]",
    "IsAsciiLetterLower": "[a-z]",
    "IsAsciiLetterUpper": "[A-Z]",
    "IsAsciiLetterOrDigit": "[A-Za-z0-9]",
}


def _ascii(name: str, pattern: str) -> Function:
    return Function(
        f"char.{name}",
        "static",
        parameters(C),
        B,
        lambda v: sql.plain_call("REGEXP_FULL_MATCH", v, sql.text(pattern)),
        lambda v: re.fullmatch(pattern.replace(r"\x{0}-\x{7F}", r"\x00-\x7f"), v) is not None,
        "Whether a character is one of those of ASCII.",
        classes=_CHAR,
    )


def _cased(name: str, to_upper: bool) -> Function:
    return Function(
        f"char.{name}",
        "static",
        parameters(C),
        C,
        folding.upper_sql if to_upper else lambda v: sql.call("LOWER", v),
        folding.upper if to_upper else folding.lower,
        "The character in the other case, as the invariant culture has it.",
        classes=_CHAR,
        nesting=4,
    )


CHAR_FUNCTIONS = (
    *(_category(name, pattern) for name, pattern in _CATEGORIES.items()),
    *(_ascii(name, pattern) for name, pattern in _ASCII.items()),
    *(_cased(name, "Upper" in name) for name in ("ToUpper", "ToUpperInvariant", "ToLower", "ToLowerInvariant")),
)
