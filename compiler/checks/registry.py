"""A bound model and the packages at hand go in; what is wrong between the lines comes out.

A check is one function, registered under its one code: it yields a `Finding` for each place at fault. Checks run only
on a model in which every reference resolves, so they may look items up without asking whether they exist.
"""

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module

from msgspec import Struct

from compiler.beside import beside
from compiler.bind.bound import Bound
from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.scaffoldings import generated_here
from compiler.span import Span

CHAPTERS = (
    "metadata",
    "computed",
    "connectors",
    "mappings",
    "formats",
    "targets",
    "fulfilment",
    "transformations",
    "snapshots",
    "passwords",
    "settings",
    "localisation",
    "provisioning",
    "dimensions",
    "roles",
    "contexts",
    "periods",
    "jobs",
    "scaffoldings",
    "unevaluated",
    "unsupported",
)
"""The modules beside this one whose import registers the checks."""


class Subject(Struct, frozen=True):
    """What is checked."""

    bound: Bound
    catalogue: Catalogue

    @property
    def model(self) -> Model:
        return self.bound.model


class Finding(Struct, frozen=True):
    """One place at fault: an attribute's value, or the item's name when `attribute` is empty or absent.

    `also` are other places that matter: item, attribute, words.
    """

    node: Node | None
    message: str
    attribute: str = ""
    help: str = ""
    also: tuple[tuple[Node, str, str], ...] = ()


ON_NAMES = frozenset({"E122"})
"""Checks that look at one item each: an identifier at fault is said, not what refers to it."""

_LARGE = 20_000
"""Items from which a second process pays."""

Check = Callable[[Subject], Iterator[Finding]]

CHECKS: dict[str, Check] = {}
"""Every check by its code."""


def check(code: str) -> Callable[[Check], Check]:
    """Register a function as the check of one code."""

    def register(function: Check) -> Check:
        if code in CHECKS:
            raise ValueError(f"two checks for {code}")
        CHECKS[code] = function
        return function

    return register


def run_checks(bound: Bound, catalogue: Catalogue) -> list[Diagnostic]:
    """The findings of all other checks, in order of code; a second process takes half of those of a large model."""
    for chapter in CHAPTERS:
        import_module(f"compiler.checks.{chapter}")
    subject = Subject(bound, catalogue)
    codes = sorted(CHECKS.keys() - ON_NAMES)
    if sum(map(len, bound.model.kinds.values())) < _LARGE:
        return _run(codes, subject)
    others = beside(partial(_run, codes[::2], subject), list[Diagnostic])
    return sorted([*_run(codes[1::2], subject), *others()], key=lambda finding: finding.code)


def run_checks_of_names(model: Model, catalogue: Catalogue) -> list[Diagnostic]:
    """The findings of the checks of `ON_NAMES`, which run first, however broken the references are."""
    import_module("compiler.checks.metadata")
    return _run(list(ON_NAMES), Subject(Bound(model, {}), catalogue))


def misnamed(model: Model) -> dict[str, list[str]]:
    """The identifiers that E122 refuses, by the words with which a finding says that one is missing."""
    from compiler.checks import metadata

    return metadata.misnamed(model)


def _run(codes: list[str], subject: Subject) -> list[Diagnostic]:
    return [_diagnostic(code, found) for code in codes for found in CHECKS[code](subject)]


def _diagnostic(code: str, found: Finding) -> Diagnostic:
    related = tuple(Label(_span(node, attribute), words) for node, attribute, words in found.also)
    span = None if found.node is None else _span(found.node, found.attribute)
    beside = () if found.node is None else generated_here(found.node.element)
    return Diagnostic(code, found.message, span, related=(*related, *beside), help=found.help)


def _span(node: Node, attribute: str) -> Span:
    return node.element.value_span(attribute) if attribute else node.element.span()
