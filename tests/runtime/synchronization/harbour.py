"""A small plan of our own, files written into its export folder, and one call that prepares and synchronises them."""

from collections.abc import Sequence
from pathlib import Path

from compiler.plan.plan import AssociationLayout, EntityTypeLayout, Plan, PropertyLayout
from compiler.plan.steps import EntitySource, Limits, LinkEnd, LinkSource, Origin, Prepare, SourceColumn, Synchronise
from runtime.contract import Mode, Value
from runtime.export.csv import CsvFile
from runtime.store.store import Store
from runtime.synchronization.apply import Synchronised, synchronise
from runtime.synchronization.prepare import prepare
from runtime.synchronization.sessions import Prepared
from runtime.workspace import Workspace
from tests.runtime import engines

ORIGIN = Origin("harbour.xml", 3, 5)
SAILOR = (
    SourceColumn("Book", "book no"),
    SourceColumn("Name", "name"),
    SourceColumn("Mail", "mail"),
    SourceColumn("SignedOn", "signed", "DateTime"),
    SourceColumn("Active", "active", "Bool"),
    SourceColumn("Rank", "rank", "Int32"),
)
SHIP = (SourceColumn("Code", "code", "Int32"), SourceColumn("Title", "title"))
SAILOR_COLUMNS = ("book no", "name", "mail", "signed", "active", "rank", "ship", "unmapped")
SHIP_COLUMNS = ("title", "code")
PERMIT_COLUMNS = ("sailor mail", "ship code")


def prepare_step() -> Prepare:
    """Sailors with the ship they serve on, ships, and permits in a file of their own."""
    sailor = EntitySource(
        entity_type="Sailor", table="Crew_sailors", key="Book", columns=SAILOR, limits=Limits(), origin=ORIGIN
    )  # noqa: E501
    ship = EntitySource(
        entity_type="Ship", table="Crew_ships", key="Code", columns=SHIP, limits=Limits(), origin=ORIGIN
    )  # noqa: E501
    serves = LinkSource(
        association="Serves",
        table="Crew_sailors",
        own_file=False,
        limits=Limits(),
        origin=ORIGIN,
        side1=LinkEnd("book no", "Sailor", "Book", False),
        side2=LinkEnd("ship", "Ship", "Code", True),
    )
    permits = LinkSource(
        association="Permits",
        table="Crew_permits",
        own_file=True,
        limits=Limits(),
        origin=ORIGIN,
        side1=LinkEnd("sailor mail", "Sailor", "Mail", True),
        side2=LinkEnd("ship code", "Ship", "Code", True),
    )
    return Prepare(
        id="prepare Crew", origin=ORIGIN, connector="Crew", entity_types=(sailor, ship), associations=(serves, permits)
    )  # noqa: E501


def plan(step: Prepare | None = None) -> Plan:
    """The layouts, with a property and an association that nothing loads, and the steps."""
    sailor = [PropertyLayout(each.property, each.type) for each in SAILOR] + [PropertyLayout("Nickname")]
    ship = [PropertyLayout(each.property, each.type) for each in SHIP]
    return Plan(
        form=1,
        digest="",
        items=(),
        steps=(step or prepare_step(), synchronise_step()),
        entity_types=(
            EntityTypeLayout(name="Sailor", connector="Crew", key="Book", display="Name", properties=tuple(sailor)),
            EntityTypeLayout(name="Ship", connector="Crew", key="Code", display="Title", properties=tuple(ship)),
        ),
        associations=tuple(
            AssociationLayout(
                name=name,
                connector=connector,
                entity_type1="Sailor",
                property1=f"{name}1",
                is_collection1=True,
                entity_type2="Ship",
                property2=f"{name}2",
                is_collection2=True,
            )
            for name, connector in (("Serves", "Crew"), ("Permits", "Crew"), ("Likes", None))
        ),
    )


def synchronise_step(limits: Limits | None = None, link_limits: Limits | None = None) -> Synchronise:
    """Without limits unless they are given."""
    return Synchronise(
        id="synchronise Crew",
        origin=ORIGIN,
        connector="Crew",
        limits=limits or Limits(),
        link_limits=link_limits or Limits(),
    )  # noqa: E501


def sailor(book: Value, name: Value = "N", mail: Value = None, ship: Value = None, rank: Value = None) -> list[Value]:
    """One row of the sailors' file."""
    return [book, name, mail, "2031-02-03", "TRUE", rank, ship, "x"]


class Harbour:
    """A workspace with its store, and the plan above."""

    def __init__(self, root: Path, step: Prepare | None = None, database: Path | None = None) -> None:
        self.workspace = Workspace(root)
        self.workspace.create()
        self.step = step or prepare_step()
        self.plan = plan(self.step)
        self.engine = engines.opened(database)
        self.store = Store(self.engine)
        self.store.lay_out(self.plan)
        self.sessions = 0

    def write(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> Path:
        """A raw file in the export folder."""
        path = self.workspace.export_output / f"{table}.csv"
        with CsvFile(path, columns) as file:
            file.write(rows)
        return path

    def fill(
        self,
        sailors: Sequence[Sequence[Value]],
        ships: Sequence[Sequence[Value]] = (),
        permits: Sequence[Sequence[Value]] = (),
    ) -> None:
        """All three raw files."""
        self.write("Crew_sailors", SAILOR_COLUMNS, sailors)
        self.write("Crew_ships", SHIP_COLUMNS, ships)
        self.write("Crew_permits", PERMIT_COLUMNS, permits)

    def prepare(self, mode: Mode = Mode.COMPLETE, *, session: str = "", keep_csv: bool = False) -> Prepared:
        """A session of its own name unless one is given."""
        self.sessions += 1
        return prepare(
            self.step,
            self.workspace,
            mode,
            session=session or f"session-{self.sessions}",
            keep_csv=keep_csv,
            progress=lambda rows: None,
        )  # noqa: E501

    def apply(
        self,
        prepared: Prepared,
        mode: Mode = Mode.COMPLETE,
        *,
        step: Synchronise | None = None,
        force: bool = False,
        max_absent: int | None = None,
    ) -> Synchronised:
        """Synchronise a session."""
        return synchronise(
            step or synchronise_step(),
            prepared,
            self.plan,
            self.store,
            mode=mode,
            force=force,
            max_absent=max_absent,
            progress=lambda rows: None,
        )

    def run(self, mode: Mode = Mode.COMPLETE) -> Synchronised:
        """Prepare and synchronise."""
        return self.apply(self.prepare(mode), mode)

    def sailors(self) -> dict[str, tuple[str | None, ...]]:
        """Name, mail, date, flag, rank of every sailor stored, by book."""
        rows = self.engine.rows('SELECT "Book", "Name", "Mail", "SignedOn", "Active", "Rank" FROM resource."Sailor"')
        return {row[0]: row[1:] for row in rows}

    def links(self, association: str) -> set[tuple[str, str]]:
        """Book and ship's code of every link stored."""
        return set(
            self.engine.rows(
                f'SELECT a."Book", b."Code" FROM link."{association}" l JOIN resource."Sailor" a ON l._1 = a._id '
                'JOIN resource."Ship" b ON l._2 = b._id'
            )
        )
