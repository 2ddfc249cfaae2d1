"""A text that is meant as a distinguished name goes in; its one form by RFC 4514 comes out, or null."""

import re

_TYPE = re.compile(r" *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*) *= *", re.ASCII)
_END = re.compile(r"""(?:\\.|"(?:\\.|[^"\\])*"|[^\\,;+])*""", re.DOTALL)
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2})|\\(.)", re.DOTALL)
_SPECIAL = re.compile(r'["+,;<>\\]')


def format_dn(text: str) -> str | None:
    """Attribute types in upper case, no space around `,` and `=`, values escaped once and only where they must be.

    A separator that no `type=` follows is part of the value before it, so `cn=Quill, Vera` is escaped. Null for a text
    that does not begin with a type; the empty text is the empty name.
    """
    if not text.strip(" "):
        return ""
    parts: list[list[str]] = []
    at, separator = 0, ""
    while at <= len(text):
        end = _end(text, at)
        found = _TYPE.match(text, at, end)
        if found:
            parts.append([separator, found[1].upper(), text[found.end() : end]])
        elif parts:
            parts[-1][2] += _literal(separator) + text[at:end]
        else:
            return None
        at, separator = end + 1, text[end : end + 1]
    return "".join(_written(*part) for part in parts)


def _end(text: str, at: int) -> int:
    """Where the next separator stands; a backslash or quote without its other half is an ordinary character."""
    while True:
        found = _END.match(text, at)
        assert found is not None
        end = found.end()
        if end == len(text) or text[end] in ",;+":
            return end
        at = end + 1


def _literal(separator: str) -> str:
    return f"\\{separator}"


def _written(separator: str, kind: str, value: str) -> str:
    before = {"": "", "+": "+"}.get(separator, ",")
    return (
        f"{before}{kind}={value if re.fullmatch('#(?:[0-9A-Fa-f]{2})+', value.strip(' ')) else escape(_plain(value))}"
    )


def _plain(written: str) -> str:
    """The value that a written one stands for: without the spaces around it, quotes and escapes."""
    trimmed = written.strip(" ")
    escapes = len(trimmed) - len(trimmed.rstrip("\\"))
    if escapes % 2 and written.endswith(" "):
        trimmed += " "  # the last backslash escapes it
    if len(trimmed) > 1 and trimmed[0] == trimmed[-1] == '"':
        trimmed = trimmed[1:-1]
    octets = b"".join(_octets(trimmed))
    return octets.decode("utf-8", "replace")


def _octets(text: str) -> list[bytes]:
    found, at = [], 0
    for match in _ESCAPED.finditer(text):
        found.append(text[at : match.start()].encode())
        found.append(bytes.fromhex(match[1]) if match[1] else match[2].encode())
        at = match.end()
    return [*found, text[at:].encode()]


def escape(value: str) -> str:
    """A value as it may stand in a distinguished name (RFC 4514 §2.4)."""
    text = _SPECIAL.sub(r"\\\g<0>", value).replace("\0", r"\00")
    if text[:1] in (" ", "#"):
        text = "\\" + text
    return text[:-1] + r"\ " if text.endswith(" ") and len(value) > 1 else text
