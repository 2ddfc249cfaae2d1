"""The engine on Spark: statements, transactions, what stands on disk, and tables too large for the driver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.engine import spark_changes, spark_work
from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import Engine
from runtime.engine.spark import Spark
from runtime.engine.spark_sql import Unsupported

pytestmark = pytest.mark.xdist_group("spark")

PERSON = 'resource."Person"'
PEOPLE = (
    "CREATE SCHEMA resource",
    f"CREATE TABLE {PERSON} (_id BIGINT, _hash UBIGINT, name VARCHAR, team VARCHAR)",
    f"INSERT INTO {PERSON} VALUES (1, 18446744073709551615, 'Ærø', 'T''1'), (2, 7, 'back\\slash', NULL), "
    "(3, NULL, '', 'T2'), (4, 7, NULL, 'T2')",
)
CHANGES = (
    f'CREATE TEMP TABLE shown AS SELECT name AS "NAME", count(*) AS many FROM {PERSON} GROUP BY ALL',
    f"CREATE TEMP TABLE pair AS SELECT a._id AS one, b._id AS two, NULL::INTEGER AS nothing FROM {PERSON} a "
    f"JOIN {PERSON} b ON a._hash = b._hash",
    f"INSERT INTO pair (two, one) SELECT _id, _id + 10 FROM {PERSON} WHERE team = 'T2'",
    "UPDATE pair SET two = NULL, nothing = 5 WHERE one = two",
    f"UPDATE {PERSON} SET name = upper(coalesce(name, 'none')) || '!', _hash = p.two "
    "FROM (SELECT one, max(two) AS two FROM pair GROUP BY one) AS p WHERE p.one = _id",
    "DELETE FROM pair WHERE rowid IN "
    "(SELECT rowid FROM pair QUALIFY row_number() OVER (PARTITION BY one ORDER BY two NULLS FIRST) > 1)",
    f"DELETE FROM {PERSON} USING pair WHERE pair.one = {PERSON}._id AND pair.two IS NULL AND pair.one > 3",
    f'ALTER TABLE {PERSON} ADD COLUMN "new ""one""" VARCHAR',
    f"INSERT INTO {PERSON} (_id, team) SELECT one, 'x' FROM pair WHERE one NOT IN (SELECT _id FROM {PERSON})",
    f'UPDATE {PERSON} SET "new ""one""" = team',
    f"ALTER TABLE {PERSON} DROP COLUMN team",
    f"CREATE OR REPLACE TABLE {PERSON} AS SELECT * EXCLUDE (_hash), 1::UBIGINT AS _hash FROM {PERSON}",
    "DELETE FROM pair",
)

TABLES = """
    SELECT CASE WHEN temporary THEN '' ELSE schema_name || '.' END || '"' || table_name || '"' FROM duckdb_tables()"""


@pytest.fixture
def spark() -> Iterator[Spark]:
    engine = Spark()
    yield engine
    engine.close()


@pytest.fixture(params=["few", "many"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """`many`: every table of more than one row is one of Spark's, in Parquet files."""
    if request.param == "many":
        for module in (spark_work, spark_changes):
            monkeypatch.setattr(module, "FEW", 1)
        monkeypatch.setattr("runtime.engine.spark.FEW", 1)
    return str(request.param)


def content(engine: Engine, table: str) -> list[str]:
    return sorted(map(repr, engine.rows(f"FROM {table}")))


@pytest.mark.usefixtures("size")
def test_every_change_of_a_table_is_as_on_duckdb(spark: Spark) -> None:
    duckdb = DuckDB()
    for statement in PEOPLE:
        assert spark.execute(statement) == duckdb.execute(statement)
    for statement in CHANGES:
        changed = duckdb.execute(statement)
        found = spark.execute(statement)
        assert statement.startswith("CREATE") or found == changed, statement
        for (table,) in duckdb.rows(TABLES):
            assert spark.rows(f"DESCRIBE {table}") == duckdb.rows(f"DESCRIBE {table}"), statement
            assert content(spark, table) == content(duckdb, table), statement
            assert spark.rows(f"SELECT count(*) FROM {table}") == duckdb.rows(f"SELECT count(*) FROM {table}")
    duckdb.close()


def test_a_transaction_is_all_or_nothing(spark: Spark, size: str) -> None:
    for statement in PEOPLE:
        spark.execute(statement)
    before = content(spark, PERSON)
    with pytest.raises(KeyError), spark.transaction():
        assert spark.execute(f"DELETE FROM {PERSON} WHERE _id > 1") == 3
        spark.execute("CREATE TEMP TABLE staged AS SELECT 1 AS x")
        assert spark.rows(f"SELECT count(*) FROM {PERSON}") == [(1,)]
        raise KeyError
    assert content(spark, PERSON) == before
    with spark.transaction():
        spark.execute("CREATE TEMP TABLE staged AS SELECT 2 AS x")
        spark.execute(f"UPDATE {PERSON} SET name = 'same' WHERE _id IN (SELECT x FROM staged)")
    assert spark.rows(f"SELECT _id FROM {PERSON} WHERE name = 'same'") == [(2,)]


@pytest.mark.usefixtures("size")
def test_what_is_committed_is_on_disk_and_nothing_else(tmp_path: Path) -> None:
    store = tmp_path / "store.spark"
    engine = Spark(store)
    for statement in PEOPLE:
        engine.execute(statement)
    engine.execute("CREATE TEMP TABLE passing AS SELECT 1 AS x")
    with pytest.raises(KeyError), engine.transaction():
        engine.execute(f"UPDATE {PERSON} SET name = 'lost'")
        raise KeyError
    engine.execute(f"UPDATE {PERSON} SET name = 'kept' WHERE _id = 4")
    expected = content(engine, PERSON)
    (store / "left-over.parquet").write_bytes(b"half a file")
    again = Spark(store)  # as after a kill: nothing was closed
    assert content(again, PERSON) == expected
    assert "kept" in str(expected) and "lost" not in str(expected)
    assert not (store / "left-over.parquet").exists()
    assert again.execute(f"INSERT INTO {PERSON} VALUES (5, 1, 'new', NULL), (6, 1, 'new', NULL)") == 2
    assert again.execute(f"DELETE FROM {PERSON} WHERE _id <> 5") == 5
    again.close()
    engine.close()
    last = Spark(store)
    assert last.rows(f"FROM {PERSON}") == [(5, 1, "new", None)]
    last.close()


def test_parameters_are_values_whatever_they_hold(spark: Spark) -> None:
    spark.execute("CREATE TABLE t (a BIGINT, b VARCHAR, c BOOLEAN)")
    texts = ["it's", '"?"', "back\\slash", "line\nbreak", "'; DROP TABLE t; --", "`", "${x}", "\x1f", "𝔘", ""]
    for number, each in enumerate(texts):
        spark.execute("INSERT INTO t VALUES (?, ?, ?)", [number - 5, each, number % 2 == 0])
    assert spark.rows("SELECT b FROM t WHERE c OR NOT c ORDER BY a") == [(each,) for each in texts]
    assert [spark.rows("SELECT a, '?' FROM t WHERE b = ? AND c = ?", [each, True]) for each in texts[:2]] == [
        [(-5, "?")],
        [],
    ]
    many = list(range(1000))
    assert len(spark.rows("SELECT a FROM t WHERE a IN (SELECT unnest(?::BIGINT[]))", [many])) == 5
    assert spark.rows("SELECT a FROM t WHERE a IN (SELECT unnest(?::BIGINT[]))", [[]]) == []
    assert [len(rows) for rows in spark.batches("SELECT * FROM t", 4)] == [4, 4, 2]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("SELECT levenshtein(b, 'x') FROM t", "LEVENSHTEIN"),
        ("SELECT a FROM t WHERE b LIKE 'x%'", "Like"),
        ("SELECT stddev(a) FROM t", "STDDEV"),
        ("SELECT DISTINCT ON (a) * FROM t ORDER BY b", "DISTINCT ON"),
        ("CREATE MACRO m(x) AS x", "MACRO|this statement|FUNCTION"),
    ],
)
def test_what_is_in_no_table_of_functions_is_refused(spark: Spark, statement: str, named: str) -> None:
    spark.execute("CREATE TABLE t (a BIGINT, b VARCHAR)")
    spark.execute("INSERT INTO t VALUES (1, 'x')")
    with pytest.raises(Unsupported, match=named):
        spark.rows(statement) if statement.startswith("SELECT") else spark.execute(statement)
