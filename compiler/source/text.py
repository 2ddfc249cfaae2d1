"""Bytes of a file to its text: byte-order marks, encodings and line ends, with a finding where bytes make no sense."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.span import SourceFile

DECLARATION = re.compile(
    r"""<\?xml(?:\s+version\s*=\s*(?:"(?P<v1>[^"<]*)"|'(?P<v2>[^'<]*)'))?"""
    r"""(?:\s+encoding\s*=\s*(?:"(?P<e1>[^"<]*)"|'(?P<e2>[^'<]*)'))?"""
    r"""(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>"""
)
"""The XML declaration (XML 1.0, production 23), its version optional here so that its absence can be told apart."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_PASSWORD = re.compile(r"""((?i:default[-_.]?pas\w*)\s*=\s*)("[^"]*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s"'<>]+)""")
_PASS = ("pas", "Pas", "PAS")
_STARRED = re.compile(r"[^\n\"']")
_READ = re.compile(r"utf-8|utf-16|utf-16-[bl]e|ascii|iso8859-\d+|cp125\d")
_KNOWN = "UTF-8, UTF-16, US-ASCII, ISO-8859-n and windows-125n are read"


class _Encoding(NamedTuple):
    """How to decode a file: bytes of its mark, its codec (good enough for showing, if wrong), and what is wrong."""

    mark: int
    codec: str
    problem: str = ""


def read_text(name: str, data: bytes) -> tuple[SourceFile | None, list[Diagnostic]]:
    """The text of a file, or E104 at the first place that cannot be read.

    The encoding is what the first bytes prove, else the XML declaration, else UTF-8 (XML 1.0, appendix F).
    """
    encoding = _encoding(data)
    if encoding.problem:
        return None, [_at_declaration(shown_text(name, data), encoding.problem)]
    try:
        text = data[encoding.mark :].decode(encoding.codec)
    except UnicodeDecodeError as error:
        return None, [_undecodable(name, data, encoding, encoding.mark + error.start)]
    return SourceFile(name, _line_ends(text)), []


def plain_data(text: str) -> bytes:
    """A text in UTF-8, with blanks for its XML declaration, which may name another encoding."""
    declaration = DECLARATION.match(text)
    start = declaration.end() if declaration else 0
    return (" " * start + text[start:]).encode()


def shown_text(name: str, data: bytes) -> SourceFile:
    """The text of a file for showing findings in it: what cannot be decoded becomes replacement characters."""
    encoding = _encoding(data)
    text = _line_ends(data[encoding.mark :].decode(encoding.codec, "replace"))
    return without_passwords(SourceFile(name, text))


class ShownTexts(Mapping[str, SourceFile]):
    """Files by name, each fit to be shown; made when it is asked for, because most have nothing to show."""

    def __init__(self, files: Iterable[tuple[str, bytes]]) -> None:
        self._files = dict(files)
        self._shown: dict[str, SourceFile] = {}

    def __getitem__(self, name: str) -> SourceFile:
        if name not in self._shown:
            self._shown[name] = shown_text(name, self._files[name])
        return self._shown[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def without_passwords(source: SourceFile) -> SourceFile:
    """A file in which the values of attributes like `DefaultPassword` are asterisks, as many as to keep all places."""
    text = source.text
    if not any(word in text for word in _PASS):
        return source
    shown = _PASSWORD.sub(lambda found: found[1] + _STARRED.sub("*", found[2]), text)
    return source if shown == text else SourceFile(source.name, shown)


def _encoding(data: bytes) -> _Encoding:
    mark, proven = next(((m, codec) for m, codec in _MARKS if data.startswith(m)), (b"", ""))
    proven = proven or next((codec for start, codec in _UNMARKED if data.startswith(start)), "")
    usable = proven or "utf-8"
    if proven == "utf-32":
        return _Encoding(0, usable, f"the file is written in UTF-32; {_KNOWN}")
    declared = _declared(data[len(mark) : 400].decode(usable, "ignore"))
    codec = _codec(declared)
    if not declared:
        return _Encoding(len(mark), usable)
    if not codec:
        return _Encoding(len(mark), usable, f"the encoding `{declared}` is not known; {_KNOWN}")
    if proven and codec not in (proven, proven.removesuffix("-le").removesuffix("-be")):
        return _Encoding(len(mark), usable, _contradicts(declared, usable))
    if not proven and codec.startswith("utf-16"):
        return _Encoding(len(mark), usable, _contradicts(declared, usable))
    return _Encoding(len(mark), proven or codec)


def _declared(start: str) -> str:
    declaration = DECLARATION.match(start)
    return (declaration["e1"] or declaration["e2"] or "") if declaration else ""


def _codec(declared: str) -> str:
    """The canonical name of a declared encoding; empty when it is none that is read."""
    try:
        codec = codecs.lookup(declared).name if declared.isascii() else ""
    except (LookupError, ValueError):
        return ""
    return codec if _READ.fullmatch(codec) else ""


def _contradicts(declared: str, codec: str) -> str:
    return f"the file declares the encoding `{declared}`, but its bytes are {codec[:6].upper()}"


def _at_declaration(source: SourceFile, problem: str) -> Diagnostic:
    declaration = DECLARATION.match(source.text)
    start, end = declaration.span("e1" if declaration["e1"] else "e2") if declaration else (0, 1)
    return Diagnostic("E104", problem, source.span(start, end), help="save the file as UTF-8 and declare `utf-8`")


def _undecodable(name: str, data: bytes, encoding: _Encoding, at: int) -> Diagnostic:
    before = len(_line_ends(data[encoding.mark : at].decode(encoding.codec, "replace")))
    message = f"the byte 0x{data[at]:02X} is not {encoding.codec.upper()}"
    hint = "save the file as UTF-8, or declare its encoding in the XML declaration"
    return Diagnostic("E104", message, shown_text(name, data).span(before, before + 1), help=hint)


def _line_ends(text: str) -> str:
    """LF for every line end (XML 1.0, section 2.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
