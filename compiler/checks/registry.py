"""A bound model and the packages at hand go in; what is wrong between the lines comes out.

A check is one function, registered under its one code: it yields a `Finding` for each place at fault. Checks run only
on a model in which every reference resolves, so they may look items up without asking whether they exist.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from msgspec import Struct

from compiler.bind.bound import Bound, TreeKey
from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.expressions.tree import Expression
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
    "task_connections",
    "spellings",
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


class _TreesAsked(Exception):
    """A check looks at trees, and there are none yet."""


class _NoTrees(dict[TreeKey, Expression]):
    """The trees of expressions that have not been compiled."""

    def get(self, key: TreeKey, default: object = None) -> NoReturn:
        raise _TreesAsked

    def __missing__(self, key: TreeKey) -> NoReturn:
        raise _TreesAsked


class Checked(Struct, frozen=True):
    """The checks that were made, and what they have found; those that asked for trees where there are none are left."""

    made: list[str]
    findings: list[Diagnostic]


def codes() -> list[str]:
    """Every check but those of names."""
    for chapter in CHAPTERS:
        import_module(f"compiler.checks.{chapter}")
    return sorted(CHECKS.keys() - ON_NAMES)


def run_checks(asked: Iterable[str], bound: Bound, catalogue: Catalogue) -> Checked:
    """Make checks, in the order asked."""
    subject = Subject(bound, catalogue)
    made: list[str] = []
    findings: list[Diagnostic] = []
    for code in asked:
        with suppress(_TreesAsked):
            findings += _run([code], subject)
            made.append(code)
    return Checked(made, findings)


def without_trees(model: Model) -> Bound:
    """A model whose expressions have not been compiled: checks that ask for their trees are left."""
    return Bound(model, _NoTrees())


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
