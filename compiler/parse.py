"""Files go in; their documents, what there is to say about them, and the files whose grammar is in doubt, come out.

Of a large configuration most files are parsed by a second process, which then goes on to the verdicts on all of them:
the first one has other things to load meanwhile.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from msgspec import Struct

from compiler.beside import beside
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.schema.xsd import doubtful
from compiler.source.document import Document
from compiler.source.xml import PackedDocument, pack, parse_xml, unpack

Sources = list[tuple[str, bytes]]
"""Each file's name, as people see it, and its bytes."""

_LARGE = 4_000_000
"""Bytes from which a second process pays."""

_OWN = 3
"""Of so many files the first process parses one."""

_Parsed = tuple[Document | None, list[Diagnostic]]


class _Step(Struct, frozen=True):
    """What a step of the second process made: its documents, if they have no findings; then the files in doubt."""

    documents: list[PackedDocument | None] = []
    doubtful: list[str] = []


class Parsing:
    """Files that are being parsed."""

    def __init__(self, files: Sources) -> None:
        self.files = files
        self.is_large = sum(len(data) for _, data in files) > _LARGE
        self._beside = beside(partial(_work, files), _Step) if self.is_large else None

    def documents(self) -> tuple[list[Document], list[Diagnostic]]:
        """The documents in the order of the files, and what is wrong with them as XML. To be asked for once."""
        parsed = _shared(self.files, next(self._beside)) if self._beside else map(_parsed, self.files)
        documents, findings = [], []
        for document, found in parsed:
            findings += found
            if document is not None:
                documents.append(document)
        return documents, findings

    def in_doubt(self) -> set[str]:
        """The names of the files that are not plainly valid. To be asked for once, after the documents."""
        return set(next(self._beside).doubtful if self._beside else doubtful(self.files))


def _work(files: Sources) -> Iterator[_Step]:
    others = (_parsed(each) for at, each in enumerate(files) if at % _OWN)
    yield _Step(documents=[None if document is None or found else pack(document) for document, found in others])
    yield _Step(doubtful=doubtful(files))


def _shared(files: Sources, step: _Step) -> Iterable[_Parsed]:
    """Some files parsed here, the others taken from a step of the second process."""
    others = iter(step.documents)
    for at, (name, data) in enumerate(files):
        packed = next(others) if at % _OWN else None
        yield (unpack(name, data, packed), []) if packed else parse_xml(name, data)


def _parsed(file: tuple[str, bytes]) -> _Parsed:
    return parse_xml(*file)
