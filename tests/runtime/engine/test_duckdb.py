"""The embedded engine: statements, transactions, limits."""

from pathlib import Path

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.engine.engine import literal


def test_changes_are_counted(tmp_path: Path) -> None:
    engine = DuckDB(tmp_path / "store.duckdb", memory_limit="200MB", temporary=tmp_path)
    assert engine.execute("CREATE TABLE t (a BIGINT, b VARCHAR)") == 0
    assert engine.execute("INSERT INTO t SELECT i, 'x' FROM range(10) r(i)") == 10
    assert engine.execute("UPDATE t SET b = ? WHERE a < 3", ["it's"]) == 3
    assert engine.execute("DELETE FROM t WHERE b = ?", ["it's"]) == 3
    assert engine.rows("SELECT count(*), min(a) FROM t") == [(7, 3)]
    assert [len(rows) for rows in engine.batches("SELECT * FROM t", 3)] == [3, 3, 1]
    assert engine.rows("SELECT current_setting('memory_limit'), current_setting('temp_directory')") == [
        ("190.7 MiB", str(tmp_path))
    ]
    assert engine.version.startswith("duckdb ")
    engine.close()
    again = DuckDB(tmp_path / "store.duckdb")
    assert again.rows("SELECT count(*) FROM t") == [(7,)]
    again.close()


def test_a_transaction_is_all_or_nothing() -> None:
    engine = DuckDB()
    engine.execute("CREATE TABLE t (a BIGINT)")
    with pytest.raises(KeyError), engine.transaction():
        engine.execute("INSERT INTO t VALUES (1)")
        engine.execute("CREATE TEMP TABLE staged AS SELECT 1 AS x")
        raise KeyError
    assert engine.rows("SELECT count(*) FROM t") == [(0,)]
    with engine.transaction():
        engine.execute("CREATE TEMP TABLE staged AS SELECT 2 AS x")
        engine.execute("INSERT INTO t FROM staged")
    assert engine.rows("FROM t") == [(2,)]
    engine.close()


@pytest.mark.parametrize("text", ["plain", "it's", "''", "'; DROP TABLE t; --", "back\\slash", "line\nbreak", ""])
def test_literals(text: str) -> None:
    engine = DuckDB()
    assert engine.rows(f"SELECT {literal(text)}") == [(text,)]
    engine.close()


def test_a_database_beside_shares_the_limits_and_goes_when_it_is_closed(tmp_path: Path) -> None:
    engine = DuckDB(tmp_path / 'it\'s "one".duckdb', memory_limit="200MB", temporary=tmp_path)
    engine.execute("CREATE TABLE t AS SELECT 1 AS a")
    first, second = engine.beside(), engine.beside()
    first.execute("CREATE TABLE t AS SELECT * FROM range(5) r(a)")
    assert [first.rows("SELECT count(*) FROM t"), second.rows("SELECT count(*) FROM duckdb_tables()")] == [
        [(5,)],
        [(2,)],
    ]
    assert list(first.batches("SELECT a FROM t ORDER BY a", 3)) == [[(0,), (1,), (2,)], [(3,), (4,)]]
    assert first.rows("SELECT current_setting('memory_limit')") == engine.rows("SELECT current_setting('memory_limit')")
    first.close()
    second.close()
    assert engine.rows("SELECT count(*) FROM t, (FROM duckdb_databases() WHERE NOT internal)") == [(1,)]
    engine.close()
