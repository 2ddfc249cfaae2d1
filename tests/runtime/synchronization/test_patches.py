"""Many rows of which few change: incremental sessions share a base and say the truth through a patch over it."""

from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.contract import Mode, Value
from runtime.engine.engine import literal
from runtime.synchronization.rows import all_rows
from runtime.synchronization.sessions import Prepared, accept
from tests.runtime.synchronization.harbour import Harbour, sailor

ROWS = 100
Rows = list[list[Value]]


def people(count: int = ROWS) -> Rows:
    return [sailor(f"K{number}", f"N{number}", f"{number}@x") for number in range(count)]


def prepared(harbour: Harbour, rows: Rows, mode: Mode = Mode.INCREMENTAL) -> Prepared:
    harbour.fill(rows)
    found = harbour.prepare(mode)
    accept(found)
    return found


def held(harbour: Harbour, session: Prepared) -> dict[str, str | None]:
    """Key and name of all rows of a session that was accepted."""
    home = str(Path(session.previous) / session.session)
    session = msgspec.structs.replace(session, folder=home)
    query = all_rows(session, session.entity_types["Sailor"])
    rows = harbour.engine.rows(f'SELECT "Book", "Name" FROM ({query})')
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def kept(rows: Rows) -> dict[str, str | None]:
    """What should be kept of them: the first of each key."""
    found: dict[str, str | None] = {}
    for row in rows:
        if row[0] and row[0].strip():
            found.setdefault(row[0], row[1])
    return found


def changed(harbour: Harbour, session: Prepared) -> set[tuple[str, str, str | None]]:
    file = Path(session.previous) / session.session / session.entity_types["Sailor"].changes
    rows = harbour.engine.rows(f'SELECT _command, "Book", "Name" FROM read_parquet({literal(str(file))})')
    assert len(set(rows)) == len(rows)
    return set(rows)


def expected(before: dict[str, str | None], after: dict[str, str | None]) -> set[tuple[str, str, str | None]]:
    found = {("insert", key, name) for key, name in after.items() if key not in before}
    found |= {("delete", key, None) for key in before if key not in after}
    return found | {("update", key, name) for key, name in after.items() if key in before and before[key] != name}


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["update", "drop", "add", "repeat", "repeat first", "clear", "swap"]),
        st.integers(0, ROWS - 1),
        st.sampled_from(["", "A", "B", None]),
    ),
    max_size=4,
)


def edited(rows: Rows, edits: list[tuple[str, int, str | None]]) -> Rows:
    rows = [list(row) for row in rows]
    for edit, at, name in edits:
        place = at % len(rows)
        new = [rows[place][0], name, *rows[place][2:]]
        match edit:
            case "update":
                rows[place] = new
            case "drop":
                del rows[place]
            case "add":
                rows.insert(place, sailor(f"X{at % 5}", name))
            case "repeat":
                rows.append(new)
            case "repeat first":
                rows.insert(0, new)
            case "clear":
                rows[place][0] = " "
            case "swap":
                rows[place], rows[0] = rows[0], rows[place]
    return rows


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EDITS, min_size=1, max_size=5))
def test_a_history_of_small_changes(tmp_path_factory: object, history: list[list[tuple[str, int, str | None]]]) -> None:
    harbour = Harbour(tmp_path_factory.mktemp("history"))  # type: ignore[attr-defined]
    rows = people()
    prepared(harbour, rows, Mode.COMPLETE)
    for edits in history:
        before, rows = kept(rows), edited(rows, edits)
        session = prepared(harbour, rows)
        assert session.mode is Mode.INCREMENTAL
        assert held(harbour, session) == kept(rows)
        assert changed(harbour, session) == expected(before, kept(rows))
        assert session.entity_types["Sailor"].kept == len(kept(rows))
    harbour.engine.close()


def base_of(session: Prepared) -> Path:
    return Path(session.previous) / session.session / session.entity_types["Sailor"].rows


def test_the_base_is_shared_until_too_much_of_it_changed(tmp_path: Path) -> None:
    harbour, rows = Harbour(tmp_path), people()
    number = base_of(prepared(harbour, rows, Mode.COMPLETE)).stat().st_ino
    for percent in (5, 10, 15):
        rows[percent][1] = "changed"
        rows[percent + 1][1] = "changed"
        session = prepared(harbour, rows)
        assert base_of(session).stat().st_ino == number
    assert session.entity_types["Sailor"].patched == 6
    for at in range(15):
        rows[at][1] = "once more"
    session = prepared(harbour, rows)
    assert session.entity_types["Sailor"].patch == ""
    assert base_of(session).stat().st_ino != number
    assert held(harbour, session) == kept(rows)


def test_hashes_of_another_engine_are_made_anew(tmp_path: Path) -> None:
    harbour, rows = Harbour(tmp_path), people()
    first = prepared(harbour, rows, Mode.COMPLETE)
    rows[7][1] = "changed"
    second = prepared(harbour, rows)
    for session in (first, second):
        manifest = Path(session.previous) / second.session / "session.json"
        manifest.write_bytes(manifest.read_bytes().replace(session.engine.encode(), b"duckdb 0.1"))
    before = kept(rows)
    rows[8][1] = "changed too"
    del rows[50]
    third = prepared(harbour, rows)
    assert changed(harbour, third) == expected(before, kept(rows))
    assert held(harbour, third) == kept(rows)


def test_quotes_inside_bare_cells_do_not_lead_astray(tmp_path: Path) -> None:
    """Two of them hide as many line breaks as they bring to light: the count of records is right by chance."""
    harbour, rows = Harbour(tmp_path), people()
    rows[8][1] = "a\nb\nc"
    prepared(harbour, rows, Mode.COMPLETE)
    rows[7][1], rows[9][1] = "5' pipe", "6' pipe"
    rows.append(sailor("K8", "again"))
    harbour.fill(rows)
    raw = harbour.workspace.export_output / "Crew_sailors.csv"
    raw.write_bytes(raw.read_bytes().replace(b"' pipe", b'" pipe'))
    session = harbour.prepare(Mode.INCREMENTAL)
    accept(session)
    assert changed(harbour, session) == {("update", "K7", '5" pipe'), ("update", "K9", '6" pipe')}
    assert held(harbour, session)["K8"] == "a\nb\nc"
    rejected = (harbour.workspace.collect / "Sailor.duplicates.csv").read_text(encoding="utf-8")
    assert rejected.splitlines()[1:] == ['"Crew_sailors.csv",104,K8,again,,2031-02-03,TRUE,,,x']


def test_a_key_that_two_rows_have_by_turns(tmp_path: Path) -> None:
    """The row that counted goes and the repeated one, which was rejected before, takes its place."""
    harbour, rows = Harbour(tmp_path), people()
    rows.append(sailor("K3", "second"))
    prepared(harbour, rows, Mode.COMPLETE)
    before = kept(rows)
    rows[3][0] = "K300"
    session = prepared(harbour, rows)
    assert changed(harbour, session) == expected(before, kept(rows))
    assert ("update", "K3", "second") in changed(harbour, session)
    rows.reverse()
    assert changed(harbour, prepared(harbour, rows)) == set()
