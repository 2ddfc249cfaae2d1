"""Bytes of one XML file to its Document: elements with exact places, and findings for whatever XML itself refuses.

Places come from expat, fed with UTF-8: the byte at which each start tag begins, turned into characters when asked.
Document types are refused where they begin, so no entity is ever declared, read or expanded.
"""

from collections.abc import Callable
from pyexpat import ExpatError, ParserCreate, XMLParserType

import msgspec
from msgspec import Struct

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.suggest import did_you_mean
from compiler.source.document import Document, Element
from compiler.source.malformed import explain_malformed
from compiler.source.text import DECLARATION, plain_data, read_text
from compiler.span import SourceFile

NAMESPACE = "urn:schemas-usercube-com:configuration"
ROOT = "ConfigurationFile"
MAX_DEPTH = 100
"""Levels of elements that are followed; the language needs fewer than twenty."""

_BLANK = " \t\n\r"


def parse_xml(name: str, data: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """The document in `data`, shown to people as `name`; None when it is no XML or its root is not the language's."""
    source, findings = read_text(name, data)
    if source is None:
        return None, findings
    is_read, findings = _declaration(source)
    if not is_read:
        return None, findings
    document, more = _parse(source, plain_data(source.text))
    return document, findings + more


class PackedDocument(Struct, frozen=True, array_like=True):
    """A document without findings, as it goes from one process to another: its root element as MessagePack."""

    namespace: str | None
    root: bytes


def pack(document: Document) -> PackedDocument:
    """The document without its text, which the other process has."""
    return PackedDocument(document.namespace, msgspec.msgpack.encode(document.root, enc_hook=lambda _source: None))


def unpack(name: str, data: bytes, packed: PackedDocument) -> Document:
    """The document that `parse_xml` makes of the data, from what another process made of it."""
    source, _ = read_text(name, data)
    if source is None:
        raise ValueError(f"{name} was another file when it was packed")
    root = msgspec.msgpack.decode(packed.root, type=Element, dec_hook=lambda _kind, _nothing: source)
    return Document(source, root, packed.namespace)


def _declaration(source: SourceFile) -> tuple[bool, list[Diagnostic]]:
    """Whether the file can be read on: it has a sound XML declaration or none."""
    if not source.text.startswith(("<?xml ", "<?xml\t", "<?xml\n", "<?xml?")):
        hint = 'begin the file with `<?xml version="1.0" encoding="utf-8"?>`'
        return True, [Diagnostic("W101", "the XML declaration is missing", source.span(0, 1), help=hint)]
    found = DECLARATION.match(source.text)
    version = (found["v1"] or found["v2"]) if found else None
    if found and version == "1.0":
        return True, []
    end = found.end() if found else source.text.find(">", 0, 400) + 1 or 5
    message = f"XML {version} is not read, only XML 1.0" if version else "the XML declaration is malformed"
    hint = 'write `<?xml version="1.0" encoding="utf-8"?>`'
    return False, [Diagnostic("E103", message, source.span(0, end), help=hint)]


def _parse(source: SourceFile, data: bytes) -> tuple[Document | None, list[Diagnostic]]:
    builder = _Builder(source, data)
    try:
        builder.run()
    except _Refused as refused:
        return None, [*builder.findings(), refused.finding]
    except ExpatError as error:
        at = source.offset_of(max(0, builder.expat.ErrorByteIndex))
        return None, [*builder.findings(), explain_malformed(source, error.code, at, builder.open)]
    return Document(source, builder.roots[0], builder.namespace), builder.findings()


class _Refused(Exception):
    """Ends the parse at something that must not be read on."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding


_Frame = tuple[str, dict[str, str], int, list[Element]]
"""An element that is open: its name, its attributes, the byte of its `<`, its finished children."""


class _Builder:
    """What one parse has gathered: the elements that are open, their finished children, and the texts between them."""

    def __init__(self, source: SourceFile, data: bytes) -> None:
        self.source, self.data = source, data
        self.namespace: str | None = None
        self.roots: list[Element] = []
        self._open: list[_Frame] = [("", {}, 0, self.roots)]
        self._texts: list[str] = []
        self._local: dict[str, str] = {}
        self._prefixes = "xml:" in source.text
        self.expat = ParserCreate("utf-8", " ")

    def run(self) -> None:
        """Parses everything. Raises `_Refused` or `ExpatError`."""
        expat = self.expat
        expat.StartElementHandler, expat.EndElementHandler = self._handlers()
        expat.CharacterDataHandler = self._texts.append
        expat.StartDoctypeDeclHandler = self._doctype
        expat.StartNamespaceDeclHandler = self._declare
        try:
            expat.Parse(self.data, True)
        finally:
            _release(expat)

    @property
    def open(self) -> list[tuple[str, int]]:
        """The elements that are open, outermost first: name and offset."""
        return [(name, self.source.offset_of(byte)) for name, _, byte, _ in self._open[1:]]

    def findings(self) -> list[Diagnostic]:
        """E106 for every element that holds text, as far as was read; only when there is one, places are looked for."""
        is_blank = not "".join(self._texts).strip(_BLANK)
        return [] if is_blank else _texts(self.source, self.data[: self.expat.CurrentByteIndex])

    def _handlers(self) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        """What is called for each start and each end tag: the hot loop of every command."""
        expat, source, local, opened = self.expat, self.source, self._local, self._open
        push, pop = opened.append, opened.pop

        def start(name: str, attributes: dict[str, str]) -> None:
            known = local.get(name) or self._enter(name)
            if self._prefixes:
                attributes = {key: value for key, value in attributes.items() if " " not in key}
            push((known, attributes, expat.CurrentByteIndex, []))
            if len(opened) > MAX_DEPTH + 1:
                message = f"`{known}` is nested more than {MAX_DEPTH} levels deep"
                raise _Refused(Diagnostic("E109", message, self._element(known).span()))

        def end(_name: str) -> None:
            name, attributes, byte, children = pop()
            opened[-1][3].append(Element(name, attributes, tuple(children), source, byte))

        return start, end

    def _declare(self, prefix: str | None, _uri: str | None) -> None:
        self._prefixes = self._prefixes or prefix is not None

    def _doctype(self, *_declared: object) -> None:
        end = self.source.offset_of(self.expat.CurrentByteIndex)
        start = self.source.text.rfind("<!DOCTYPE", 0, end)
        hint = "remove the document type; write the values of its entities where they are used"
        message = "the file declares a document type"
        raise _Refused(Diagnostic("E105", message, self.source.span(start, end), help=hint))

    def _enter(self, name: str) -> str:
        """The local name of an element of a name not met before. Raises `_Refused` for one of a foreign namespace."""
        uri, _, local = name.rpartition(" ")
        if len(self._open) == 1:
            self.namespace = uri or None
            self._check_root(local, uri)
        elif (uri or None) != self.namespace:
            message = f"`{local}` is in {_in_words(uri)}, its file in {_in_words(self.namespace)}"
            raise _Refused(Diagnostic("E102", message, self._element(local).span()))
        return self._local.setdefault(name, local)

    def _check_root(self, local: str, uri: str) -> None:
        root = self._element(local)
        if local != ROOT:
            message, hint = f"the root element is `{local}`, not `{ROOT}`", did_you_mean(local, [ROOT])
            raise _Refused(Diagnostic("E102", message, root.span(), help=hint))
        if uri not in ("", NAMESPACE):
            prefix = self.source.text[root.offset + 1 :].partition(ROOT)[0].rstrip(":")
            span = root.attribute_span(f"xmlns:{prefix}" if prefix else "xmlns")
            message = f"the namespace `{uri}` is not that of the language"
            raise _Refused(Diagnostic("E102", message, span, help=f"write `{NAMESPACE}`, or no namespace"))

    def _element(self, name: str) -> Element:
        """The element whose start tag is being read."""
        return Element(name, {}, (), self.source, self.expat.CurrentByteIndex)


def _release(expat: XMLParserType) -> None:
    """Breaks the circle of parser and handlers, so that a parsed file's memory goes at once."""
    expat.StartElementHandler = expat.EndElementHandler = expat.CharacterDataHandler = None
    expat.StartDoctypeDeclHandler = expat.StartNamespaceDeclHandler = None


def _texts(source: SourceFile, data: bytes) -> list[Diagnostic]:
    """E106 at the first text in each element that holds some; the data may end anywhere."""
    findings: list[Diagnostic] = []
    expat, opened, said = ParserCreate("utf-8", " "), [""], [False]

    def start(name: str, _attributes: dict[str, str]) -> None:
        opened.append(name.rpartition(" ")[2])
        said.append(False)

    def end(_name: str) -> None:
        opened.pop()
        said.pop()

    def text(found: str) -> None:
        if found.strip(_BLANK) and not said[-1]:
            said[-1] = True
            findings.append(_text(source, opened[-1], expat.CurrentByteIndex, found))

    expat.StartElementHandler, expat.EndElementHandler, expat.CharacterDataHandler = start, end, text
    try:
        expat.Parse(data, True)
    except ExpatError:
        pass  # said by the parse that looks at elements
    finally:
        _release(expat)
    return findings


def _text(source: SourceFile, name: str, byte: int, text: str) -> Diagnostic:
    start = source.offset_of(byte) + len(text) - len(text.lstrip(_BLANK))
    span = source.span(start, start + len(text.strip(_BLANK)))
    return Diagnostic("E106", f"`{name}` holds text; elements of the language hold data in attributes only", span)


def _in_words(uri: str | None) -> str:
    return f"the namespace `{uri}`" if uri else "no namespace"
