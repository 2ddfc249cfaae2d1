"""A .NET regular expression goes in; the same for RE2, which engines run without backtracking, comes out, or why not.

What RE2 lacks (look-around, back-references, atomic groups) and what it reads in another sense without a way to say it
(`\\b` of letters beyond ASCII) is named instead of being changed in silence.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_CLASSES = {"d": r"\p{Nd}", "w": r"\p{L}\p{Mn}\p{Nd}\p{Pc}", "s": r"\f\n\r\t\v\x{85}\p{Z}"}
_SAME = frozenset("tnrfva")
_PART = re.compile(
    r"""(?P<category>\\[pP]\{\w+\})|(?P<hexadecimal>\\x[0-9a-fA-F]{2})|(?P<unicode>\\u(?P<code>[0-9a-fA-F]{4}))"""
    r"""|(?P<escape>\\(?P<letter>.))|(?P<group>\((?:\?(?P<kind><[=!]|[<'][A-Za-z_]\w*[>']|[A-Za-z-]*[:)]|.))?)"""
    r"""|(?P<repeat>\{(?P<low>\d+)(?:,(?P<high>\d*))?\})|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<end>\$)|(?P<plain>.)""",
    re.DOTALL,
)
_MOST = 1000
"""Repetitions that RE2 counts."""


class Pattern(Struct, frozen=True):
    """A regular expression for RE2; where it cannot be said, `problem` tells why."""

    text: str
    problem: str = ""


class _Unsaid(Exception):
    """RE2 has no words for a part."""


def to_re2(pattern: str, *, lines: bool = False) -> Pattern:
    """The RE2 form of a .NET pattern that is searched for anywhere in a text.

    `lines`: `^` and `$` stand for the ends of lines, as with `RegexOptions.Multiline`.
    """
    try:
        parts = list(_parts(pattern, lines))
        re.compile("".join(python for _, python in parts))
    except _Unsaid as unsaid:
        return Pattern("", str(unsaid))
    except (re.error, RecursionError, OverflowError) as error:
        return Pattern("", f"it is no regular expression: {error}")
    return Pattern("".join(text for text, _ in parts))


def _parts(pattern: str, lines: bool) -> Iterator[tuple[str, str]]:
    """Each part for RE2, and in a form of the same shape that Python can check."""
    inside = False
    for match in _PART.finditer(pattern):
        if match["open"] and not inside:
            inside = True
            literal = match["open"].replace("[]", r"[\]").replace("^]", r"^\]")
            yield literal, literal
        elif match["close"] and inside:
            inside = False
            yield "]", "]"
        elif match["end"] and lines and not inside:
            yield "$", "$"
        else:
            yield _within(match) if inside else _outside(match)


def _within(match: re.Match[str]) -> tuple[str, str]:
    """A part of a class of characters."""
    if match["escape"] and match["letter"] in "WDS":
        raise _Unsaid(f"`{match[0]}` inside brackets is not supported")
    if match["escape"] or match["unicode"] or match["hexadecimal"] or match["category"]:
        return _escaped(match, inside=True)
    if match["open"]:
        if match.string[match.start() - 1] == "-":
            raise _Unsaid("the subtraction of classes, `-[…]`, is not supported")
        return "".join("\\" + each for each in match[0][:1]) + match[0][1:], "\\" + match[0]
    return match[0], match[0]


def _outside(match: re.Match[str]) -> tuple[str, str]:
    if match["group"]:
        return _group(match)
    if match["end"]:
        return r"(?:\n?\z)", r"\Z"
    if match["repeat"] and int(match["high"] or match["low"]) > _MOST:
        raise _Unsaid(f"more than {_MOST} repetitions are not supported")
    if match["escape"] or match["unicode"] or match["hexadecimal"] or match["category"]:
        return _escaped(match, inside=False)
    return match[0], match[0]


def _group(match: re.Match[str]) -> tuple[str, str]:
    kind = match["kind"] or ""
    if kind[:1] in ("<", "'") and kind[1:2] not in ("=", "!"):
        return f"(?P<{kind[1:-1]}>", f"(?P<{kind[1:-1]}>"
    if not kind or kind == ":" or re.fullmatch("[is]*(-[is]+)?[:)]", kind):
        return match[0], "(?:" if kind != "" and kind.endswith(":") else "" if kind else "("
    if re.fullmatch("[ims]*(-[ims]+)?[:)]", kind):
        raise _Unsaid(f"`{match[0]}` is not supported inside a pattern; in C# there is `RegexOptions.Multiline`")
    names = {"=": "look-ahead", "!": "look-ahead", "<=": "look-behind", "<!": "look-behind", ">": "atomic groups"}
    raise _Unsaid(f"`{match[0]}` is not supported: {names.get(kind, 'the engine has no such group')}")


def _escaped(match: re.Match[str], *, inside: bool) -> tuple[str, str]:
    if match["category"]:
        return match[0], r"\w"
    if match["hexadecimal"]:
        return match[0], match[0]
    if match["unicode"]:
        return f"\\x{{{match['code']}}}", match[0]
    return _letter(match["letter"], inside=inside)


def _letter(letter: str, *, inside: bool) -> tuple[str, str]:
    if letter.lower() in _CLASSES:
        members = _CLASSES[letter.lower()]
        return (members if inside else f"[{'^' if letter.isupper() else ''}{members}]"), f"\\{letter}"
    if letter in "Zz" and not inside:
        return (r"(?:\n?\z)" if letter == "Z" else r"\z"), r"\Z"
    if letter == "e":
        return r"\x{1B}", r"\x1B"
    if letter in _SAME or (letter == "A" and not inside):
        return f"\\{letter}", f"\\{letter}"
    if letter.isalnum() or letter == "_":
        raise _Unsaid(f"`\\{letter}` is not supported")
    return re.escape(letter) if not inside else f"\\{letter}", f"\\{letter}"
