"""From a connection's identifier to an open connector: its package from the registry, its settings from the files."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from compiler.catalogue.catalogue import Catalogue
from compiler.diagnostics.diagnostic import Severity
from compiler.plan.steps import FulfilType
from runtime.contract import Batch, Cookie, Misconfigured, Note, Opening, Order, Request, Result
from runtime.registry import open_connector
from runtime.settings.load import SettingsTree, connection_settings
from runtime.settings.secrets import Masker
from runtime.workspace import Workspace

Open = Callable[[str, str], Any]
"""`open(connection, package)` gives the connector; raises `Misconfigured` when settings or libraries are missing."""


class Connections:
    """Opens the connections of one run. What a connector says passes through the run's masker."""

    def __init__(
        self,
        tree: SettingsTree,
        catalogue: Catalogue,
        workspace: Workspace,
        masker: Masker,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled = cancelled
        self._tree = tree
        self._catalogue = catalogue
        self._workspace = workspace
        self._masker = masker
        masker.learn(tree.root)

    def __call__(self, connection: str, package: str) -> "MaskedConnector":
        found = self._catalogue.find(package)
        if found is None:
            raise Misconfigured(f"no installed connector answers to the package {package}")
        settings, findings = connection_settings(self._tree, connection, found)
        if settings is None:
            wrong = [each.message for each in findings if each.severity is Severity.ERROR]
            raise Misconfigured("; ".join(wrong))
        self._masker.learn(settings)
        work = self._workspace.work / "Connections" / connection
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        opening = Opening(
            identifier=connection, package=package, work=work, roots=self._tree.roots, cancelled=self._cancelled
        )
        return MaskedConnector(open_connector(found, settings, opening), self._masker)


class MaskedConnector:
    """A connector whose answers and failures show no secret."""

    def __init__(self, connector: Any, masker: Masker) -> None:
        self._connector = connector
        self._masker = masker

    def check(self) -> str:
        """See `runtime.contract.Checks`."""
        with self._masked():
            return self._masker.mask(self._connector.check())

    def export(self, request: Request) -> Iterator[Batch | Cookie | Note]:
        """See `runtime.contract.Exports`; rows are data and stay as they are."""
        with self._masked():
            for each in self._connector.export(request):
                yield replace(each, message=self._masker.mask(each.message)) if isinstance(each, Note) else each

    def fulfil(self, orders: Iterable[Order], types: tuple[FulfilType, ...]) -> Iterator[Result]:
        """See `runtime.contract.Fulfils`."""
        with self._masked():
            for result in self._connector.fulfil(orders, types):
                yield replace(result, message=self._masker.mask(result.message))

    @contextmanager
    def _masked(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            error.args = tuple(self._masker.mask(each) if isinstance(each, str) else each for each in error.args)
            raise
