"""A real PostgreSQL, and SQLite files written by SQLite."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from compiler.catalogue.package import Secret
from compiler.plan.steps import ExportColumn, ExportTable
from runtime.connectors.sql import PACKAGE, SqlDatabase, SqlSettings
from runtime.contract import Batch, Misconfigured, Mode, Opening, Request, Unreachable
from tests.runtime.connectors.contract import Case, ExportContract, Exported, ExtraContract, Failure, Switch, gather
from tests.servers.ports import free_port
from tests.servers.postgresql import ADMIN, PASSWORD, PostgreSQL

COUNT = 45_000
SCHEMA = f'''
CREATE SCHEMA harbour;
CREATE TABLE harbour.berth (code text PRIMARY KEY, length_m numeric(8, 2), "Last Survey" date, "user" text);
INSERT INTO harbour.berth
  SELECT 'B' || lpad(n::text, 6, '0'), n * 1.5, DATE '2031-01-01' + n % 365,
    CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN 'u' || n END
  FROM generate_series(1, {COUNT}) AS n;
CREATE TABLE "Odd ""Name""" (a int);
CREATE SEQUENCE ids;
CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'INSERT INTO "Odd ""Name""" VALUES (1) RETURNING 1';
'''


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with PostgreSQL() as running:
        running.run(SCHEMA)
        yield running


def settings(connection: str, **others: Any) -> SqlSettings:
    return SqlSettings(connection_string=Secret(connection), **others)


def opened(
    given: SqlSettings, package: str = "Usercube.SQL.PostgreSQL@0000001", cancelled: Switch | None = None
) -> SqlDatabase:
    opening = Opening(identifier="Dock", package=package, work=Path(), cancelled=cancelled or Switch())
    return SqlDatabase(given, opening)


def table(name: str, *columns: str | ExportColumn) -> ExportTable:
    return ExportTable(name, tuple(ExportColumn(each) if isinstance(each, str) else each for each in columns))


def request(*tables: ExportTable) -> Request:
    return Request(mode=Mode.COMPLETE, tables=tables)


def export(database: SqlDatabase, *tables: ExportTable) -> Exported:
    return gather(database.export(request(*tables)))


def query(server: PostgreSQL, sql: str, *columns: str | ExportColumn) -> Exported:
    tables = (table("Dock", *columns),) if columns else ()
    return export(opened(settings(server.connection_string, sql_command=sql)), *tables)


class TestPostgresqlContract(ExportContract, ExtraContract):
    package = PACKAGE

    @pytest.fixture
    def case(self, server: PostgreSQL) -> Case:
        good = server.connection_string
        nobody = free_port()
        key = "ConnectionString"
        return Case(
            package="Usercube.SQL.PostgreSQL",
            settings=settings(good),
            written={"ConnectionString": good},
            secrets=(PASSWORD, PASSWORD.replace('"', '""')),
            request=request(table("Dock_harbour.berth", "CODE", "length_m", "Last Survey", "user")),
            cut=server.cut,
            module="psycopg",
            failures=(
                Failure(settings=settings(good.replace(f"Port={server.port}", f"Port={nobody}")), kind=Unreachable),
                Failure(settings=settings(good.replace("Winch", "Wench")), kind=Misconfigured, key=key),
                Failure(settings=settings(good.replace("=postgres", "=dry")), kind=Misconfigured, key=key),
                Failure(settings=settings("Database=x"), kind=Misconfigured, key=key),
                Failure(settings=settings(good, sql_command="DROP TABLE x"), kind=Misconfigured, key="SqlCommand"),
                Failure(
                    settings=settings(good, sql_command="SELECT a FROM gone"), kind=Misconfigured, key="SqlCommand"
                ),
            ),
        )


class TestSqliteContract(ExportContract):
    package = PACKAGE

    def test_every_ability_is_proved(self) -> None:
        """PostgreSQL's class proves the package's; SQLite comes with Python."""
        assert isinstance(self, ExportContract)

    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        path = tmp_path / "crew.db"
        with closing(sqlite3.connect(path)) as writer, writer:
            writer.execute("CREATE TABLE crew (badge INTEGER, name TEXT, notes TEXT)")
            writer.executemany("INSERT INTO crew VALUES (?, ?, ?)", ((n, f"Hand {n}", "x" * 200) for n in range(COUNT)))
        junk = tmp_path / "junk.db"
        junk.write_bytes(b"no database, " * 100)
        lite = {"provider_class_full_name": "Microsoft.Data.Sqlite.SqliteFactory"}
        return Case(
            package="Usercube.SQL",
            settings=settings(f"Data Source={path}", **lite),
            written={
                "ConnectionString": f"Data Source={path}",
                "ProviderClassFullName": "Microsoft.Data.Sqlite.SqliteFactory",
            },
            request=request(table("Dock_crew", "badge", "Name", "notes")),
            cut=lambda: os.truncate(path, 100_000),
            failures=(
                Failure(settings=settings(f"Data Source={tmp_path}/gone.db", **lite), kind=Unreachable),
                Failure(settings=settings(f"Data Source={junk}", **lite), kind=Misconfigured, key="ConnectionString"),
                Failure(settings=settings("Version=3", **lite), kind=Misconfigured, key="ConnectionString"),
                Failure(settings=settings("Server=a"), kind=Misconfigured, key="ProviderClassFullName"),
            ),
        )


def test_a_query_is_one_table(server: PostgreSQL) -> None:
    sql = "SELECT code AS \"Code\", length_m, '' AS empty, NULL AS nothing FROM harbour.berth ORDER BY code LIMIT 2;"
    exported = query(server, sql, "CODE", "length_m")
    assert exported.columns == {"Dock": ("CODE", "length_m", "empty", "nothing")}
    assert exported.rows == {"Dock": [("B000001", "1.50", "", None), ("B000002", "3.00", "", None)]}


def test_mapped_tables_agree_with_psql(server: PostgreSQL) -> None:
    database = opened(settings(server.connection_string))
    exported = export(database, table("Dock_harbour.berth", "length_M", "user", "Code"))
    said = server.run("SELECT length_m, coalesce(\"user\", '(null)'), code FROM harbour.berth").splitlines()
    rows = exported.rows["Dock_harbour.berth"]
    assert ["|".join("(null)" if cell is None else cell for cell in row) for row in rows] == said
    assert exported.columns["Dock_harbour.berth"] == ("length_M", "user", "Code")


def test_a_quoted_table_name_and_an_empty_table(server: PostgreSQL) -> None:
    name = 'Dock_public."Odd ""Name"""'
    exported = export(opened(settings(server.connection_string)), table(name, "a"))
    assert exported.columns == {name: ("a",)}
    assert exported.count == 0


def test_values_of_every_type(server: PostgreSQL) -> None:
    sql = r"""SELECT true AS b, 0.1::float8 AS f, 1e20::float8 AS g, 12.500::numeric AS n, '\x00ff'::bytea AS o,
      TIMESTAMP '2031-02-01 12:34:56.789' AS t, TIMESTAMPTZ '2031-02-01 00:30:00+02' AS z, DATE '2031-02-01' AS d,
      'infinity'::timestamptz AS i, '-infinity'::date AS j, 'ab '::char(5) AS c,
      '5F2504E0-4F89-11D3-9A0C-0305E82C3301'::uuid AS u, ARRAY['b', 'A', NULL] AS a, ARRAY[]::int[] AS e,
      '{"k": [1, 2]}'::jsonb AS k, INTERVAL '1 day 2 hours' AS v, TIME '10:00' AS w, '10.0.0.1'::inet AS x,
      int4range(1, 5) AS r, 'mon'::name AS m, 9223372036854775807 AS l"""
    (row,) = query(server, sql).rows["Dock"]
    assert row == (
        "true",
        "0.1",
        "1e+20",
        "12.500",
        "AP8=",
        "20310201123456",
        "20310131223000",
        "20310201000000",
        None,
        None,
        "ab   ",
        "5f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "A\nb",
        None,
        '{"k": [1, 2]}',
        "1 day 02:00:00",
        "10:00:00",
        "10.0.0.1",
        "[1,5)",
        "mon",
        "9223372036854775807",
    )


def test_formats(server: PostgreSQL) -> None:
    sql = """SELECT '5F2504E0-4F89-11D3-9A0C-0305E82C3301'::uuid AS u, '2031-02-01 10:00:00' AS d, x AS n
      FROM (VALUES ('7'), ('x')) v(x)"""
    formats = {"u": "Guid", "d": "DateTime", "n": "Int32"}
    columns = [ExportColumn(name, format=format) for name, format in formats.items()]
    exported = query(server, sql, *columns)
    guid, date = "5f2504e04f8911d39a0c0305e82c3301", "20310201100000"
    assert exported.rows["Dock"] == [(guid, date, "7"), (guid, date, None)]
    assert [note.count for note in exported.notes] == [1]
    with pytest.raises(Misconfigured, match="format SID"):
        query(server, sql, ExportColumn("u", format="SID"))


def test_a_query_from_a_file(server: PostgreSQL, tmp_path: Path) -> None:
    path = tmp_path / "crew.sql"
    path.write_bytes(b"\xef\xbb\xbf-- of the day\nSELECT 'Zo\xc3\xab' AS name\n")
    given = settings(server.connection_string, sql_file=str(path))
    assert export(opened(given)).rows == {"Dock": [("Zoë",)]}
    path.write_text("SELECT 1 AS a;\nDELETE FROM harbour.berth")
    with pytest.raises(Misconfigured, match="second statement") as raised:
        export(opened(given))
    assert raised.value.key == "SqlFile"


@pytest.mark.parametrize(
    "sql",
    ["SELECT sneak() AS a", "SELECT * FROM harbour.berth, sneak()"],
)
def test_a_function_that_writes_is_stopped_by_the_server(server: PostgreSQL, sql: str) -> None:
    with pytest.raises(Misconfigured, match="read-only"):
        query(server, sql)
    assert server.run('SELECT count(*) FROM "Odd ""Name"""').strip() == "0"


def test_the_server_takes_one_statement_even_if_the_check_were_fooled(
    server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.connectors.sql.check_read_only", lambda text, dialect: None)
    for sql in (
        "SELECT 1 AS a; COMMIT; DROP TABLE harbour.berth",
        "DELETE FROM harbour.berth RETURNING code",
        "SELECT 1 AS a INTO x",
        "SELECT code FROM harbour.berth FOR UPDATE",
    ):
        with pytest.raises(Misconfigured):
            query(server, sql)
    assert server.run("SELECT count(*) FROM harbour.berth").strip() == str(COUNT)


@pytest.mark.parametrize(
    ("sql", "sentence"), [("SELECT 1", "column 1 .* has no name"), ("SELECT 1 AS a, 2 AS a", "both|two columns")]
)
def test_result_columns_need_names_of_their_own(server: PostgreSQL, sql: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence):
        query(server, sql)


def test_tables_and_columns_that_are_not_there(server: PostgreSQL) -> None:
    database = opened(settings(server.connection_string))
    with pytest.raises(Misconfigured, match="no column 'depth'"):
        export(database, table("Dock_harbour.berth", "depth"))
    with pytest.raises(Misconfigured, match="does not exist"):
        export(database, table("Dock_harbour.pier", "code"))
    with pytest.raises(Misconfigured, match="does not begin with"):
        export(database, table("Quay_berth", "code"))
    with pytest.raises(Misconfigured, match="one table"):
        export(opened(settings(server.connection_string, sql_command="SELECT 1 AS a")), table("Dock_berth", "a"))


def test_a_query_past_its_time(server: PostgreSQL) -> None:
    sql = "SELECT count(*) AS n FROM harbour.berth a, harbour.berth b WHERE a.code <> b.code"
    with pytest.raises(Unreachable, match="within Timeout"):
        export(opened(settings(server.connection_string, sql_command=sql, timeout=1)))


def test_a_query_that_runs_is_cancelled(server: PostgreSQL) -> None:
    sql = "SELECT count(*) AS n FROM harbour.berth a, harbour.berth b WHERE a.code <> b.code"
    switch = Switch()
    timer = threading.Timer(0.5, lambda: setattr(switch, "on", True))
    timer.start()
    began = time.monotonic()
    with pytest.raises(Unreachable, match="cancelled"):
        export(opened(settings(server.connection_string, sql_command=sql, timeout=0), cancelled=switch))
    timer.join()
    assert time.monotonic() - began < 1.5


def test_the_session_is_gone_when_the_export_is_abandoned(server: PostgreSQL) -> None:
    items = iter(opened(settings(server.connection_string)).export(request(table("Dock_harbour.berth", "code"))))
    while not (isinstance(item := next(items), Batch) and item.rows):
        pass
    assert sessions(server) == "1"
    items.close()  # type: ignore[attr-defined]  # the export is a generator
    until = time.monotonic() + 2
    while sessions(server) != "0" and time.monotonic() < until:
        time.sleep(0.02)
    assert sessions(server) == "0"


def sessions(server: PostgreSQL) -> str:
    return server.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'accordant'").strip()


def test_remarks_and_the_alias(server: PostgreSQL, tmp_path: Path) -> None:
    given = settings(
        f"{server.connection_string};Colour=red",
        sql_command="SELECT 1 AS a",
        csv_encoding="windows-1252",
        provider_class_full_name="Oracle.ManagedDataAccess.Client.OracleClientFactory",
    )
    messages = [note.message for note in export(opened(given)).notes]
    assert ["OracleClient" in messages[0], "'colour'" in messages[1], "windows-1252" in messages[2]] == [True] * 3
    assert ADMIN in opened(settings(server.connection_string), "sql").check()
    path = tmp_path / "x.db"
    sqlite3.connect(path).close()
    path.touch()
    assert opened(settings(f"Data Source={path}"), "sql").check().startswith("SQLite")


def test_what_sqlite_itself_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.connectors.sql.check_read_only", lambda text, dialect: None)
    path = tmp_path / "crew.db"
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("CREATE TABLE crew (badge INTEGER)")
    before = path.read_bytes()
    for sql in (
        "DELETE FROM crew",
        f"ATTACH '{tmp_path}/new.db' AS y",
        "PRAGMA journal_mode = WAL",
        "COMMIT",
        "SELECT load_extension('x')",
        "SELECT 1 AS a; DELETE FROM crew",
    ):
        with pytest.raises(Misconfigured):
            export(opened(settings(f"Data Source={path}", sql_command=sql), "sql"))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["crew.db"]


def test_sqlite_past_its_time(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch()
    sql = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS n FROM t"
    with pytest.raises(Unreachable, match="within Timeout"):
        export(opened(settings(f"Data Source={path}", sql_command=sql, timeout=1), "sql"))


def test_sqlite_outside_the_roots(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch()
    opening = Opening(identifier="Dock", package="sql", work=Path(), roots=(tmp_path / "in",))
    with pytest.raises(Misconfigured, match="SourcesRootPaths"):
        SqlDatabase(settings(f"Data Source={path}"), opening).check()


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="character 8"):
        settings("Host=a;Password='hush")
