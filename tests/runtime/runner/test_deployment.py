"""A deployment happens whole or not at all, and the history says who did what, when and why."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from compiler.plan import codec
from compiler.plan.plan import FORMAT, AssociationLayout, EntityTypeLayout, Item, Plan, PropertyLayout
from runtime.engine.duckdb import DuckDB
from runtime.runner.deployment import GuardedDeletion, deploy, losses, recover
from runtime.runner.history import Deployment, DeploymentDamaged, deployed, deployed_sources, deployments
from runtime.runner.report import Options, Stage, StepReport
from runtime.runner.runner import run
from runtime.store.store import Store
from runtime.workspace import Workspace

XML = [("Quay/Quay.xml", b"<ConfigurationFile/>\n"), ("Ö.xml", b"<ConfigurationFile></ConfigurationFile>\n")]


def entity(name: str, *properties: str, connector: str | None = "Fleet") -> EntityTypeLayout:
    key = properties[0] if connector else None
    layouts = tuple(map(PropertyLayout, properties))
    return EntityTypeLayout(name=name, connector=connector, key=key, display=None, properties=layouts)


def crew(one: str, other: str) -> AssociationLayout:
    return AssociationLayout(
        name="Crew",
        connector="Fleet",
        entity_type1=one,
        property1="Sailors",
        is_collection1=True,
        entity_type2=other,
        property2="Ship",
        is_collection2=False,
    )


def plan(digest: str, *layouts: EntityTypeLayout | AssociationLayout, connector: str = "Fleet") -> Plan:
    return Plan(
        form=FORMAT,
        digest=digest,
        sources=f"sources of {digest}",
        entity_types=tuple(each for each in layouts if isinstance(each, EntityTypeLayout)),
        associations=tuple(each for each in layouts if isinstance(each, AssociationLayout)),
        steps=(),
        items=(
            Item("Connector", connector, {"Identifier": connector}, "Quay.xml:3"),
            *(Item("EntityType", each.name, {"Identifier": each.name}, "Quay.xml:4") for each in layouts),
        ),
    )


FIRST = plan("a1", entity("Ship", "Code", "Flag"), entity("Sailor", "Badge"), crew("Ship", "Sailor"))
SECOND = plan("b2", entity("Ship", "Code", "Tons"), entity("Dock", "Code"), entity("Sailor", "Badge"))


def put(workspace: Workspace, plan: Plan, **more: Any) -> Deployment | None:
    with workspace.lock():
        return deploy(workspace, plan, lambda: XML, **{"who": "Ada", **more})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "w")


@pytest.fixture
def loaded(workspace: Workspace) -> Workspace:
    """The first plan deployed; two ships, one with a flag, a sailor on board."""
    put(workspace, FIRST, reason="first")
    with opened(workspace) as store:
        store.engine.execute(
            "INSERT INTO resource.\"Ship\" VALUES (1, NULL, NULL, 'A', 'red'), (2, NULL, NULL, 'B', NULL)"
        )
        store.engine.execute("INSERT INTO resource.\"Sailor\" VALUES (3, NULL, NULL, '7')")
        store.engine.execute('INSERT INTO link."Crew" (_1, _2) VALUES (1, 3)')
        store.record("Fleet", "S1", "complete")
    return workspace


class opened:
    """The store of a workspace, open."""

    def __init__(self, workspace: Workspace) -> None:
        self._engine = DuckDB(workspace.store)

    def __enter__(self) -> Store:
        return Store(self._engine)

    def __exit__(self, *_: object) -> None:
        self._engine.close()


def layout(workspace: Workspace) -> dict[str, list[str]]:
    with opened(workspace) as store:
        rows = store.engine.rows(
            "SELECT table_schema || '.' || table_name, list(column_name ORDER BY column_name) "
            "FROM information_schema.columns WHERE table_schema IN ('resource', 'link') GROUP BY 1"
        )
    return {str(name): list(columns) for name, columns in rows}


LAYOUTS = {
    "a1": {
        "resource.Ship": ["Code", "Flag", "_from", "_hash", "_id"],
        "resource.Sailor": ["Badge", "_from", "_hash", "_id"],
        "link.Crew": ["_1", "_2", "_from"],
    },
    "b2": {
        "resource.Ship": ["Code", "Tons", "_from", "_hash", "_id"],
        "resource.Sailor": ["Badge", "_from", "_hash", "_id"],
        "resource.Dock": ["Code", "_from", "_hash", "_id"],
    },
}


def test_a_new_workspace_has_nothing(workspace: Workspace) -> None:
    assert (deployed(workspace), deployed_sources(workspace), list(deployments(workspace))) == (None, None, [])


def test_the_first_deployment_lays_out_the_store_and_is_remembered(workspace: Workspace) -> None:
    entry = put(workspace, FIRST, reason="why not")
    assert entry is not None
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.when)
    assert (entry.who, entry.reason, entry.digest, entry.sources) == ("Ada", "why not", "a1", "sources of a1")
    assert (entry.inserted, entry.updated, entry.deleted, entry.lost, entry.previous) == (4, 0, 0, (), "")
    assert deployed(workspace) == FIRST
    assert deployed_sources(workspace) == XML
    assert layout(workspace) == LAYOUTS["a1"]
    assert list(deployments(workspace)) == [entry]


def test_the_same_plan_is_not_deployed_again(workspace: Workspace) -> None:
    put(workspace, FIRST)
    assert put(workspace, FIRST) is None
    assert len(list(deployments(workspace))) == 1


def test_only_its_owner_may_look_at_a_deployment(workspace: Workspace) -> None:
    put(workspace, FIRST)
    assert all(path.stat().st_mode & 0o077 == 0 for path in workspace.deployed.rglob("*") if path.is_dir())


def test_stored_data_are_guarded(loaded: Workspace) -> None:
    with pytest.raises(GuardedDeletion) as refused:
        put(loaded, SECOND)
    found = [(each.kind, each.name, each.what, each.count) for each in refused.value.losses]
    assert sorted(found) == [("EntityAssociation", "Crew", "links", 1), ("Property", "Ship:Flag", "values", 1)]
    assert deployed(loaded) == FIRST
    assert layout(loaded) == LAYOUTS["a1"]
    assert len(list(deployments(loaded))) == 1
    assert losses(loaded, SECOND) == refused.value.losses


def test_told_so_the_data_go_in_the_same_deployment(loaded: Workspace) -> None:
    entry = put(loaded, SECOND, cascade=True, who="Grace", reason="flags are history")
    assert entry is not None
    assert {(each.name, each.count) for each in entry.lost} == {("Crew", 1), ("Ship:Flag", 1)}
    assert (entry.inserted, entry.updated, entry.deleted) == (1, 0, 1)
    assert layout(loaded) == LAYOUTS["b2"]
    with opened(loaded) as store:
        assert store.engine.rows('SELECT _id, "Code", "Tons" FROM resource."Ship" ORDER BY 1') == [
            (1, "A", None),
            (2, "B", None),
        ]
        assert store.applied("Fleet") == ""
    assert [(each.who, each.reason) for each in deployments(loaded)] == [
        ("Grace", "flags are history"),
        ("Ada", "first"),
    ]


def test_what_holds_nothing_is_no_loss_and_goes(workspace: Workspace) -> None:
    put(workspace, FIRST)
    entry = put(workspace, SECOND)
    assert entry is not None and entry.lost == ()
    assert layout(workspace) == LAYOUTS["b2"]


def test_a_scalar_that_navigates_and_back(loaded: Workspace) -> None:
    flags = replace(crew("Ship", "Sailor"), name="Flags", property1="Flag", property2="Under")
    navigating = plan("c3", entity("Ship", "Code"), entity("Sailor", "Badge"), crew("Ship", "Sailor"), flags)
    assert [(each.name, each.why) for each in losses(loaded, navigating)] == [
        ("Ship:Flag", "the property navigates now")
    ]
    put(loaded, navigating, cascade=True)
    with opened(loaded) as store:
        store.engine.execute('INSERT INTO link."Flags" (_1, _2) VALUES (1, 3)')
    assert [(each.kind, each.name) for each in losses(loaded, FIRST)] == [("EntityAssociation", "Flags")]


def test_a_plan_of_another_form_is_refused_in_words(workspace: Workspace) -> None:
    put(workspace, FIRST)
    (path,) = workspace.deployed.glob("history/*/plan.json")
    path.write_bytes(codec.encode(replace(FIRST, form=FORMAT + 1)))
    with pytest.raises(DeploymentDamaged, match=f"form {FORMAT + 1}; this version runs form {FORMAT}"):
        put(workspace, SECOND)


@pytest.mark.parametrize("name", ["plan.json", "deployment.json", "sources.zip"])
def test_a_damaged_deployment_is_said_in_words(workspace: Workspace, name: str) -> None:
    put(workspace, FIRST)
    (path,) = workspace.deployed.glob(f"history/*/{name}")
    for damage in (lambda: path.write_bytes(b"{barnacles"), path.unlink):
        damage()
        with pytest.raises(DeploymentDamaged, match=re.escape(name)):
            deployed(workspace), list(deployments(workspace)), deployed_sources(workspace)


KILLED = """
import os, signal, sys
from pathlib import Path
from runtime.engine.duckdb import DuckDB
from runtime.workspace import Workspace
from tests.runtime.runner.test_deployment import SECOND, put

left = int(sys.argv[2])

def dying(function):
    def counted(*arguments, **named):
        tick()
        result = function(*arguments, **named)
        tick()
        return result
    return counted

def tick():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

os.fsync, os.replace = dying(os.fsync), dying(os.replace)
DuckDB.execute, DuckDB.close = dying(DuckDB.execute), dying(DuckDB.close)
put(Workspace(Path(sys.argv[1])), SECOND, cascade=True, who="Grace")
"""


def killed_at(workspace: Workspace, instant: int) -> bool:
    """Deploy the second plan in a process that is killed at an instant; False when it ended before."""
    root = Path(__file__).parents[3]
    arguments = [sys.executable, "-c", KILLED, str(workspace.root), str(instant)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60, cwd=root, env=os.environ)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def instants() -> Iterator[int]:
    """Every one of the first, then some: the machine needs a moment for each."""
    return iter([1, 2, *range(3, 260, 7)])


def test_killed_at_any_instant_the_old_or_the_new_is_deployed(loaded: Workspace, tmp_path: Path) -> None:
    seen = set()
    for instant in instants():
        copy = Workspace(tmp_path / f"w{instant}")
        subprocess.run(["cp", "-r", str(loaded.root), str(copy.root)], check=True)
        was_killed = killed_at(copy, instant)
        now = deployed(copy)
        assert now in (FIRST, SECOND)
        assert now is not None
        history = [each.digest for each in deployments(copy)]
        assert history == (["a1"] if now == FIRST else ["b2", "a1"])
        assert deployed_sources(copy) == XML
        with copy.lock():
            recover(copy)
        assert layout(copy) == LAYOUTS[now.digest], f"killed at {instant}"
        seen.add((now.digest, was_killed))
        put(copy, SECOND, cascade=True)
        assert [each.digest for each in deployments(copy)] == ["b2", "a1"]
        assert layout(copy) == LAYOUTS["b2"]
        assert len(list((copy.deployed / "history").iterdir())) == 2
        if not was_killed:
            break
    assert seen == {("a1", True), ("b2", True), ("b2", False)}


def test_between_the_moment_and_the_store_a_run_finishes_the_deployment(loaded: Workspace) -> None:
    """The store of the old plan beside the file of the new one is what a kill right after the moment leaves."""
    before = loaded.store.read_bytes()
    current = loaded.deployed / "current.json"
    put(loaded, SECOND, cascade=True)
    loaded.store.write_bytes(before)
    with opened(loaded) as store:
        _, drops = store.losses(FIRST, SECOND)
    current.write_bytes(current.read_bytes().replace(b"[]", msgspec.json.encode(drops)))
    with loaded.lock():
        assert run(SECOND, loaded, _nothing, Options(), Unwatched()).exit_code == 0
    assert layout(loaded) == LAYOUTS["b2"]
    assert '"unfinished":[]' in current.read_text()


class Unwatched:
    """Nobody watches."""

    def started(self, step: str, stage: Stage, subject: str, total: int | None) -> None: ...

    def advanced(self, step: str, done: int) -> None: ...

    def finished(self, report: StepReport) -> None: ...


def _nothing(connection: str, package: str) -> object:
    raise AssertionError(connection)
