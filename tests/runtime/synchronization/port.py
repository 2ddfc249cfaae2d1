"""A preparation of any shape in; a workspace with its store, its raw files written, and what the store holds, out."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import Limits, LinkSource, Origin, Prepare, Synchronise
from compiler.plan.tables import ID, SIDE, link_table, quoted, resource_table
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from runtime.store.store import Store
from runtime.synchronization.apply import Synchronised, synchronise
from runtime.synchronization.prepare import prepare
from runtime.synchronization.sessions import Prepared
from runtime.workspace import Workspace
from tests.runtime.synchronization.model import Pair, Records, Row, Stored
from tests.runtime.synchronization.raw_files import RawFile, write

ORIGIN = Origin("port.xml", 3, 5)


class Port:
    """A workspace whose store is laid out for one preparation, and for the plan that it is from if there is one."""

    def __init__(self, root: Path, step: Prepare, whole: Plan | None = None) -> None:
        shutil.rmtree(root, ignore_errors=True)
        self.workspace = Workspace(root)
        self.workspace.create()
        self.step = step
        self.plan = whole or plan(step)
        self.engine = DuckDB()
        self.store = Store(self.engine)
        self.store.lay_out(self.plan)
        self._sessions = 0

    def close(self) -> None:
        """Let go of the database and the files."""
        self.engine.close()
        shutil.rmtree(self.workspace.root)

    def write(self, files: Mapping[str, RawFile]) -> Records:
        """Put raw files into the export folder; their records."""
        return {name: write(self.workspace.export_output / f"{name}.csv", file) for name, file in files.items()}

    def prepare(self, mode: Mode) -> Prepared:
        """A session of its own."""
        self._sessions += 1
        session = f"session-{self._sessions}"
        return prepare(self.step, self.workspace, mode, session=session, keep_csv=False, progress=lambda rows: None)

    def apply(self, prepared: Prepared) -> Synchronised:
        """Synchronise a session as it was prepared, within no limits."""
        limits = Limits()
        step = Synchronise(
            id="synchronise", origin=ORIGIN, connector=self.step.connector, limits=limits, link_limits=limits
        )
        return synchronise(
            step,
            prepared,
            self.plan,
            self.store,
            mode=prepared.mode,
            force=False,
            max_absent=None,
            progress=lambda rows: None,
        )

    def stored(self) -> Stored:
        """All that the store holds, in the form of the model."""
        return Stored(
            {each.entity_type: self._resources(each.entity_type) for each in self.step.entity_types},
            {each.association: self._links(each) for each in self.step.associations},
            {each.association: self._waiting(each.association) for each in self.step.associations},
        )

    def rejects(self) -> dict[str, str]:
        """The reject files of the last preparation, by name."""
        found = (*self.workspace.collect.glob("*.nullpk.csv"), *self.workspace.collect.glob("*.duplicates.csv"))
        return {path.name: path.read_bytes().decode() for path in found}

    def _resources(self, entity_type: str) -> dict[str, Row]:
        source = next(each for each in self.step.entity_types if each.entity_type == entity_type)
        names = [each.property for each in source.columns]
        columns = ", ".join(quoted(each) for each in names)
        rows = self.engine.rows(f"SELECT {columns} FROM {resource_table(entity_type)}")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        by_key = {row[source.key]: row for row in found}
        assert len(by_key) == len(found), "two resources have one key"
        return by_key

    def _links(self, link: LinkSource) -> set[Pair]:
        keys = {each.entity_type: quoted(each.key) for each in self.step.entity_types}
        one, two = link.side1.entity_type, link.side2.entity_type
        rows: list[Pair] = self.engine.rows(
            f"SELECT a.{keys[one]}, b.{keys[two]} FROM {link_table(link.association)} l "
            f"LEFT JOIN {resource_table(one)} a ON l.{SIDE[1]} = a.{ID} "
            f"LEFT JOIN {resource_table(two)} b ON l.{SIDE[2]} = b.{ID}"
        )
        assert len(set(rows)) == len(rows), "a link is stored twice"
        return set(rows)

    def _waiting(self, association: str) -> set[Pair]:
        return set(self.engine.rows("SELECT _1, _2 FROM state.unresolved WHERE association = ?", [association]))


def plan(step: Prepare) -> Plan:
    """The layouts of what a preparation loads."""
    entity_types = tuple(
        EntityTypeLayout(
            name=each.entity_type,
            connector=step.connector,
            key=each.key,
            display=None,
            properties=tuple(PropertyLayout(column.property, column.type) for column in each.columns),
        )
        for each in step.entity_types
    )
    associations = tuple(
        AssociationLayout(
            name=each.association,
            connector=step.connector,
            entity_type1=each.side1.entity_type,
            property1=f"{each.association}1",
            is_collection1=each.side1.is_collection,
            entity_type2=each.side2.entity_type,
            property2=f"{each.association}2",
            is_collection2=each.side2.is_collection,
        )
        for each in step.associations
    )
    return Plan(form=1, digest="", items=(), steps=(step,), entity_types=entity_types, associations=associations)
