"""Bytes of one XML file to its Document: elements with exact places, and findings for whatever XML itself refuses.

Places come from expat, fed with UTF-8: the byte at which each start tag begins, turned into a character offset as the
parse moves on. Document types are refused where they begin, so no entity is ever declared, read or expanded.
"""

from pyexpat import ExpatError, ParserCreate

from compiler.diagnostics.diagnostic import Diagnostic
from compiler.diagnostics.suggest import did_you_mean
from compiler.source.document import Document, Element
from compiler.source.malformed import explain_malformed
from compiler.source.text import DECLARATION, read_text
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
    start, findings = _declaration(source)
    if start < 0:
        return None, findings
    document, more = _parse(source, (" " * start + source.text[start:]).encode())
    return document, findings + more


def _declaration(source: SourceFile) -> tuple[int, list[Diagnostic]]:
    """Where the XML declaration ends, 0 without one, -1 when it is malformed."""
    if not source.text.startswith(("<?xml ", "<?xml\t", "<?xml\n", "<?xml?")):
        hint = 'begin the file with `<?xml version="1.0" encoding="utf-8"?>`'
        return 0, [Diagnostic("W101", "the XML declaration is missing", source.span(0, 1), help=hint)]
    found = DECLARATION.match(source.text)
    version = (found["v1"] or found["v2"]) if found else None
    if found and version == "1.0":
        return found.end(), []
    end = found.end() if found else source.text.find(">", 0, 400) + 1 or 5
    message = f"XML {version} is not read, only XML 1.0" if version else "the XML declaration is malformed"
    hint = 'write `<?xml version="1.0" encoding="utf-8"?>`'
    return -1, [Diagnostic("E103", message, source.span(0, end), help=hint)]


def _parse(source: SourceFile, data: bytes) -> tuple[Document | None, list[Diagnostic]]:
    builder = _Builder(source, data)
    try:
        builder.run()
    except _Refused as refused:
        return None, [*builder.findings, refused.finding]
    except ExpatError as error:
        at = builder.offset_at(max(0, builder.expat.ErrorByteIndex))
        return None, [*builder.findings, explain_malformed(source, error.code, at, builder.open)]
    return Document(source, builder.roots[0], builder.namespace, data), builder.findings


class _Refused(Exception):
    """Ends the parse at something that must not be read on."""

    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding


class _Builder:
    """What one parse has gathered: the elements that are open, their finished children, and the findings."""

    def __init__(self, source: SourceFile, data: bytes) -> None:
        self.source, self.data = source, data
        self.findings: list[Diagnostic] = []
        self.namespace: str | None = None
        self.roots: list[Element] = []
        self.open: list[tuple[str, int]] = []
        self._attributes: list[dict[str, str]] = []
        self._children: list[list[Element]] = [self.roots]
        self._local: dict[str, str] = {}
        self._prefixes = "xml:" in source.text
        self._ascii = source.text.isascii()
        self._byte = self._offset = 0
        self._text_in = -1
        self.expat = ParserCreate("utf-8", " ")

    def run(self) -> None:
        """Parses everything. Raises `_Refused` or `ExpatError`."""
        expat = self.expat
        expat.StartElementHandler = self._start
        expat.EndElementHandler = self._end
        expat.CharacterDataHandler = self._text
        expat.StartDoctypeDeclHandler = self._doctype
        expat.StartNamespaceDeclHandler = self._declare
        try:
            expat.Parse(self.data, True)
        finally:
            self._release()

    def offset_at(self, byte: int) -> int:
        """The character offset of a byte offset; asked in ascending order, it decodes each byte once."""
        if self._ascii:
            return byte
        if byte < self._byte:
            return len(self.data[:byte].decode("utf-8", "ignore"))
        self._offset += len(self.data[self._byte : byte].decode("utf-8", "ignore"))
        self._byte = byte
        return self._offset

    def _release(self) -> None:
        """Breaks the circle of parser and handlers, so that a parsed file's memory goes at once."""
        expat = self.expat
        expat.StartElementHandler = expat.EndElementHandler = expat.CharacterDataHandler = None
        expat.StartDoctypeDeclHandler = expat.StartNamespaceDeclHandler = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        offset = self.offset_at(self.expat.CurrentByteIndex)
        local = self._local.get(name) or self._enter(name, offset)
        if self._prefixes:
            attributes = {key: value for key, value in attributes.items() if " " not in key}
        self.open.append((local, offset))
        self._attributes.append(attributes)
        self._children.append([])
        if len(self.open) > MAX_DEPTH:
            message = f"`{local}` is nested more than {MAX_DEPTH} levels deep"
            raise _Refused(Diagnostic("E109", message, self._element(local, offset).span()))

    def _end(self, _name: str) -> None:
        local, offset = self.open.pop()
        children = tuple(self._children.pop())
        self._children[-1].append(Element(local, self._attributes.pop(), children, self.source, offset))

    def _text(self, text: str) -> None:
        if not text.strip(_BLANK) or self._text_in == self.open[-1][1]:
            return
        name, self._text_in = self.open[-1]
        start = self.offset_at(self.expat.CurrentByteIndex) + len(text) - len(text.lstrip(_BLANK))
        span = self.source.span(start, start + len(text.strip(_BLANK)))
        message = f"`{name}` holds text; elements of the language hold data in attributes only"
        self.findings.append(Diagnostic("E106", message, span))

    def _declare(self, prefix: str | None, _uri: str | None) -> None:
        self._prefixes = self._prefixes or prefix is not None

    def _doctype(self, *_declared: object) -> None:
        end = self.offset_at(self.expat.CurrentByteIndex)
        start = self.source.text.rfind("<!DOCTYPE", 0, end)
        hint = "remove the document type; write the values of its entities where they are used"
        message = "the file declares a document type"
        raise _Refused(Diagnostic("E105", message, self.source.span(start, end), help=hint))

    def _enter(self, name: str, offset: int) -> str:
        """The local name of an element of a name not met before. Raises `_Refused` for one of a foreign namespace."""
        uri, _, local = name.rpartition(" ")
        if not self.open:
            self.namespace = uri or None
            self._check_root(local, uri, offset)
        elif (uri or None) != self.namespace:
            message = f"`{local}` is in {_in_words(uri)}, its file in {_in_words(self.namespace)}"
            raise _Refused(Diagnostic("E102", message, self._element(local, offset).span()))
        return self._local.setdefault(name, local)

    def _check_root(self, local: str, uri: str, offset: int) -> None:
        root = self._element(local, offset)
        if local != ROOT:
            message, hint = f"the root element is `{local}`, not `{ROOT}`", did_you_mean(local, [ROOT])
            raise _Refused(Diagnostic("E102", message, root.span(), help=hint))
        if uri not in ("", NAMESPACE):
            prefix = self.source.text[offset + 1 :].partition(ROOT)[0].rstrip(":")
            span = root.attribute_span(f"xmlns:{prefix}" if prefix else "xmlns")
            message = f"the namespace `{uri}` is not that of the language"
            raise _Refused(Diagnostic("E102", message, span, help=f"write `{NAMESPACE}`, or no namespace"))

    def _element(self, name: str, offset: int) -> Element:
        return Element(name, {}, (), self.source, offset)


def _in_words(uri: str | None) -> str:
    return f"the namespace `{uri}`" if uri else "no namespace"
