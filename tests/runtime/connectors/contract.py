"""What every connector must keep, as suites to inherit: one class per connector, with a fixture `case`.

    class TestFerry(ExportContract, FulfilContract, ExtraContract):
        package = PACKAGE

        @pytest.fixture
        def case(self, ferry_server, tmp_path) -> Case: ...

A connector that exports inherits `ExportContract`, one that writes `FulfilContract`, one with a library of its own
`ExtraContract`; forgetting one fails.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from compiler.catalogue.declaration import keys_of
from compiler.catalogue.package import Package, Settings, Verb
from compiler.catalogue.reference import json_schema, reference_page
from compiler.catalogue.settings import Places, read_settings
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.plan.steps import FulfilType
from compiler.source.json import JsonObject, parse_json
from runtime.contract import Batch, Cookie, Misconfigured, Note, Opening, Order, Outcome, Request, Result, Unreachable

CANCEL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Settings with which `check` fails, how, and the settings key that it names."""

    settings: Settings
    kind: type[Exception]
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One connection to a real system that holds enough rows for several batches of an export.

    `written` are the same settings as they stand in `appsettings.agent.json`, paths relative to `tmp_path`. `cut`
    breaks the connection off, or spoils the file, while an export is under way. `state` reads the system by other
    means than the connector.
    """

    settings: Settings
    written: dict[str, Any]
    identifier: str = "Dock"
    package: str = ""
    secrets: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    request: Request | None = None
    cut: Callable[[], object] | None = None
    orders: tuple[Order, ...] = ()
    types: tuple[FulfilType, ...] = ()
    state: Callable[[], object] | None = None
    module: str = ""


@dataclass
class Switch:
    """What the runner's `cancelled` asks."""

    on: bool = False

    def __call__(self) -> bool:
        return self.on


@dataclass
class Exported:
    """All that an export yielded, by table."""

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: dict[str, list[tuple[str | None, ...]]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    cookies: list[bytes] = field(default_factory=list)

    def take(self, item: Batch | Cookie | Note) -> None:
        """Add one item, holding it to what `Batch` promises."""
        if isinstance(item, Note):
            self.notes.append(item)
        elif isinstance(item, Cookie):
            self.cookies.append(item.data)
        else:
            assert self.columns.setdefault(item.table, item.columns) == item.columns, "columns change between batches"
            assert all(len(row) == len(item.columns) for row in item.rows), "a row of another width than the header"
            self.rows.setdefault(item.table, []).extend(tuple(row) for row in item.rows)

    @property
    def count(self) -> int:
        return sum(map(len, self.rows.values()))


def gather(items: Iterable[Batch | Cookie | Note]) -> Exported:
    """Run an export to its end."""
    exported = Exported()
    for item in items:
        exported.take(item)
    return exported


class ContractSuite:
    """What holds for every connector."""

    package: ClassVar[Package]

    @pytest.fixture
    def case(self) -> Case:
        raise NotImplementedError("each connector's test class has a fixture `case`")

    @pytest.fixture
    def cancelled(self) -> Switch:
        return Switch()

    @pytest.fixture
    def opening(self, case: Case, tmp_path: Path, cancelled: Switch) -> Opening:
        work = tmp_path / "connector-work"
        work.mkdir()
        package = case.package or self.package.names[0].identifier
        return Opening(identifier=case.identifier, package=package, work=work, cancelled=cancelled)

    @pytest.fixture
    def connector(self, case: Case, opening: Opening) -> Any:
        return self.package.opens(case.settings, opening)

    def test_every_ability_is_proved(self) -> None:
        abilities = self.package.abilities
        assert abilities, "a connector without a method does nothing"
        assert Verb.CHECK in abilities
        assert (Verb.EXPORT in abilities) == isinstance(self, ExportContract)
        assert (Verb.FULFIL in abilities) == isinstance(self, FulfilContract)
        assert (self.package.extra is not None) == isinstance(self, ExtraContract)

    def test_declaration_is_complete(self) -> None:
        assert self.package.alias == self.package.alias.lower()
        assert self.package.alias.isalnum()
        assert self.package.names and all(name.title for name in self.package.names)
        assert self.package.summary.endswith(".")
        assert sys.modules[self.package.opens.__module__].__doc__

    def test_every_setting_is_documented(self) -> None:
        for name, annotation in self.package.settings.__annotations__.items():
            metas = [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
            assert any(meta.description for meta in metas), f"{name} has no description"

    def test_written_settings_are_read(self, case: Case, opening: Opening, tmp_path: Path) -> None:
        """What stands in the file leads to the same system as the settings made by hand; paths begin at `tmp_path`."""
        settings, findings = self._read(case.written, tmp_path)
        assert findings == []
        assert settings is not None
        by_hand = self.package.opens(case.settings, opening).check()
        assert self.package.opens(settings, opening).check() == by_hand

    def test_wrong_settings_give_findings(self, case: Case, tmp_path: Path) -> None:
        for key in keys_of(self.package.settings):
            settings, findings = self._read({**case.written, key.name: [[{}]]}, tmp_path)
            assert settings is None, f"{key.name} may be anything"
            assert [each for each in findings if f".{key.name}" in each.message], f"{key.name} is not named"
            if key.required:
                without = {name: value for name, value in case.written.items() if name != key.name}
                assert key.name in self._read(without, tmp_path)[1][0].message
        settings, findings = self._read({**case.written, "NoSuchKey": 1}, tmp_path)
        assert settings is not None
        assert ["NoSuchKey" in each.message for each in findings] == [True]

    def test_schema_and_reference_show_every_key(self) -> None:
        schema, page = json.dumps(json_schema([self.package])), reference_page(self.package)
        for key in keys_of(self.package.settings):
            assert json.dumps(key.name) in schema
            assert f"`{key.name}`" in page
        for name in self.package.names:
            assert name.identifier in page and name.title in page

    def _read(self, written: dict[str, Any], folder: Path) -> tuple[Settings | None, list[Diagnostic]]:
        tree, findings = parse_json("appsettings.agent.json", json.dumps({"Connections": written}).encode())
        assert isinstance(tree, JsonObject) and findings == []
        section = tree.members["connections"].value
        return read_settings(section, self.package.settings, connection="Dock", places=Places(base=folder))

    def test_secrets_do_not_show(self, case: Case, opening: Opening) -> None:
        connector = self.package.opens(case.settings, opening)
        shown = f"{case.settings!r} {case.settings} {connector!r} {vars(connector)!r}"
        assert not [secret for secret in case.secrets if secret in shown]

    def test_check_answers_in_one_line(self, case: Case, connector: Any) -> None:
        answer = connector.check()
        assert answer and "\n" not in answer
        assert not [secret for secret in case.secrets if secret in answer]

    def test_failures_are_clean(self, case: Case, opening: Opening) -> None:
        assert case.failures, "at least one system that cannot be reached, or settings that are wrong"
        for failure in case.failures:
            with pytest.raises(failure.kind) as raised:
                self.package.opens(failure.settings, opening).check()
            assert str(raised.value)
            assert not [secret for secret in case.secrets if secret in str(raised.value)]
            if isinstance(raised.value, Misconfigured):
                assert raised.value.key == failure.key


class ExportContract(ContractSuite):
    """What holds for every connector that exports."""

    def test_requested_tables_and_columns_arrive(self, case: Case, connector: Any) -> None:
        assert case.request is not None
        exported = gather(connector.export(case.request))
        for table in case.request.tables:
            assert table.name in exported.columns, f"{table.name} was not announced"
            assert {column.name for column in table.columns} <= set(exported.columns[table.name])
        assert exported.count > 0
        cells = (cell for rows in exported.rows.values() for row in rows for cell in row)
        assert all(cell is None or isinstance(cell, str) for cell in cells)

    def test_export_is_deterministic(self, case: Case, opening: Opening) -> None:
        first, second = (gather(self.package.opens(case.settings, opening).export(case.request)) for _ in range(2))
        assert first.columns == second.columns
        assert first.rows == second.rows
        assert first.notes == second.notes

    def test_a_cut_connection_is_no_success(self, case: Case, connector: Any) -> None:
        assert case.cut is not None, "say how to break the connection off"
        items = iter(connector.export(case.request))
        while not (isinstance(item := next(items), Batch) and item.rows):
            pass
        case.cut()
        with pytest.raises(Unreachable) as raised:
            list(items)
        assert not [secret for secret in case.secrets if secret in str(raised.value)]

    def test_cancel_stops_within_a_second(self, case: Case, connector: Any, cancelled: Switch) -> None:
        whole = gather(connector.export(case.request)).count
        items, part = iter(connector.export(case.request)), Exported()
        while part.count == 0:
            part.take(next(items))
        cancelled.on = True
        began = time.monotonic()
        with pytest.raises(Unreachable):
            for item in items:
                part.take(item)
        assert time.monotonic() - began < CANCEL_SECONDS
        assert part.count < whole, "the case has too few rows to be cancelled in the middle"


class FulfilContract(ContractSuite):
    """What holds for every connector that carries out orders."""

    def test_every_order_has_one_result(self, case: Case, connector: Any) -> None:
        assert case.orders
        results = list(connector.fulfil(iter(case.orders), case.types))
        assert sorted(result.order for result in results) == sorted(order.id for order in case.orders)
        assert [result for result in results if result.outcome is not Outcome.EXECUTED] == []

    def test_a_repeated_order_does_no_harm(self, case: Case, opening: Opening) -> None:
        assert case.state is not None, "say how to read the system by other means"
        before = case.state()
        once = self._fulfil(case, opening)
        after = case.state()
        assert after != before, "the orders change nothing, so repeating them proves nothing"
        twice = self._fulfil(case, opening)
        assert case.state() == after
        assert [result.outcome for result in twice] == [result.outcome for result in once]

    def test_cancel_stops_between_orders(self, case: Case, connector: Any, cancelled: Switch) -> None:
        assert len(case.orders) > 1, "one order cannot be stopped after the first"
        results = iter(connector.fulfil(iter(case.orders), case.types))
        next(results)
        cancelled.on = True
        began = time.monotonic()
        rest = list(results)
        assert time.monotonic() - began < CANCEL_SECONDS
        assert len(rest) < len(case.orders) - 1

    def _fulfil(self, case: Case, opening: Opening) -> list[Result]:
        return list(self.package.opens(case.settings, opening).fulfil(iter(case.orders), case.types))


class ExtraContract(ContractSuite):
    """What holds for every connector with a library of its own."""

    def test_without_its_library_it_says_what_to_install(
        self, case: Case, connector: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert case.module
        for loaded in [name for name in sys.modules if name.split(".")[0] == case.module]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, case.module, None)
        with pytest.raises(Misconfigured, match=f"accordant\\[{self.package.extra}\\]"):
            connector.check()
