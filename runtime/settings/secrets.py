"""Values that hold secrets go in; text in which every secret is replaced by `***` comes out.

Everything that is printed, logged or put into a result passes through the run's one `Masker`.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from threading import Lock
from urllib.parse import quote, quote_plus, unquote

from msgspec import Struct
from msgspec.structs import fields

from compiler.catalogue.package import Secret
from compiler.source.json import JsonArray, JsonNode, JsonObject, JsonValue

MASK = "***"
SHORTEST = 4
"""Shorter values are not masked: they would blot out ordinary words and numbers."""

_NAMES = r"(?:password|pwd|passphrase|secret|token|credentials?|(?:application|api|access|account|private|shared)key)"
_SECRET_KEY = re.compile(rf"{_NAMES}$", re.I)
_WRITTEN = re.compile(
    rf"""({_NAMES}(?:["']\s*[:=]?|\s*[:=])\s*)("""
    r""""(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|\[[^\]\n]*|[^\s,}\]"';]+)""",
    re.I,
)
_PASSWORD_PART = re.compile(
    r"""(?:^|[;\s])\s*(?:password|pwd)\s*=\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|\{(?:[^}]|\}\})*\}|[^;]*)""", re.I
)
_URL_PASSWORD = re.compile(r"://[^/\s:@]*:([^@/\s]+)@")


class Masker:
    """Knows every secret value that was read, and how it looks in the usual encodings. Safe to use from threads."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()

    def learn(self, value: object) -> None:
        """Remember the secrets in a value: a `Secret`, settings, a part of the settings tree, collections of these.

        Of a plain text only the password counts that stands in it as in a connection string or URL; in a settings
        tree also every text under a key that sounds secret, so that unread and mistaken sections are covered too.
        """
        forms = {form for secret in _secrets(value) for form in _forms(secret) if len(form) >= SHORTEST}
        with self._lock:
            if not forms <= self._known:
                self._known |= forms
                longest_first = sorted(self._known, key=lambda form: (-len(form), form))
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def mask(self, text: str) -> str:
        """The text with `***` in place of every secret known so far."""
        pattern = self._pattern
        return pattern.sub(MASK, text) if pattern else text


def blanked(text: str) -> str:
    """The text of a settings file for showing lines of it: what stands after a key that sounds secret becomes stars.

    Places stay what they are. Needs no well-formed text: the file at hand may be one that could not be read.
    """
    return _WRITTEN.sub(lambda found: found[1] + re.sub(r"[^\s]", "*", found[2]), text)


def _secrets(value: object) -> Iterator[str]:
    """Every secret in a value, at least `SHORTEST` characters long."""
    found = _in_tree(value) if isinstance(value, JsonObject | JsonArray | JsonValue) else _in_value(value)
    return (secret for secret in found if len(secret) >= SHORTEST)


def _in_value(value: object) -> Iterator[str]:
    if isinstance(value, Secret):
        yield value.reveal()
        yield from _in_text(value.reveal())
    elif isinstance(value, str):
        yield from _in_text(value)
    else:
        for each in _parts(value):
            yield from _in_value(each)


def _parts(value: object) -> list[object]:
    if isinstance(value, Struct):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, tuple | list | set | frozenset) else []


def _in_tree(node: JsonNode, *, is_secret: bool = False) -> Iterator[str]:
    if isinstance(node, JsonObject):
        for name, member in node.members.items():
            is_leaf = not isinstance(member.value, JsonObject)
            sounds_secret = (is_leaf and _SECRET_KEY.search(name)) or name == "openidclients"
            yield from _in_tree(member.value, is_secret=is_secret or bool(sounds_secret))
    elif isinstance(node, JsonArray):
        for item in node.items:
            yield from _in_tree(item, is_secret=is_secret)
    elif node.value is not None and str(node.value).lower() not in ("true", "false"):
        yield from _in_value(Secret(str(node.value)) if is_secret else node.value)


def _in_text(text: str) -> Iterator[str]:
    """The passwords inside a connection string or a URL."""
    for part in _PASSWORD_PART.findall(text):
        yield _unquoted(part.strip())
        yield part.split(maxsplit=1)[0] if part.strip() else ""  # libpq separates by blanks
    for part in _URL_PASSWORD.findall(text):
        yield part
        yield unquote(part)


def _unquoted(part: str) -> str:
    """The value of a connection string's part, its quotes (ADO.NET) or braces (ODBC) removed."""
    closing = {'"': '"', "'": "'", "{": "}"}.get(part[:1], "")
    if not closing or len(part) < 2 or not part.endswith(closing):
        return part
    return part[1:-1].replace(closing * 2, closing)


def _forms(secret: str) -> Iterator[str]:
    """A secret as it may stand in text: as it is, JSON, Python, XML, URL, base64."""
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (repr(secret)[1:-1], repr(data)[2:-1])
    yield from (escape(secret), escape(secret, quote=False))
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda escaped: escaped[0].lower(), quoted)
    yield from _base64(data)
    yield from _base64(secret.encode("utf-16-le", "surrogatepass"))


def _base64(data: bytes) -> Iterator[str]:
    """The encoding by itself, and its characters that do not depend on what stands around it (`login:password`)."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode()
        for before in range(3):
            text = encode(bytes(before) + data).decode()
            yield text[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
