"""Queries that only read, and everything else an author could write instead."""

import pytest

from runtime.clients.queries import NotReadOnly, check_read_only, select
from runtime.contract import Misconfigured

READS = [
    "SELECT 1",
    "select a, b from t where c = 'x; delete from t' -- ; drop table t\n",
    "SELECT 1;",
    "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
    "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t",
    "SELECT lower(name), count(*) FILTER (WHERE x) OVER (PARTITION BY y) FROM a JOIN b USING (id) LEFT JOIN LATERAL "
    "(SELECT 1) z ON true GROUP BY 1 HAVING count(*) > 1 LIMIT 5",
    "SELECT CASE WHEN a IS NULL THEN 'update' ELSE b::text END AS state FROM \"delete\"",
]


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
@pytest.mark.parametrize("query", READS)
def test_a_query_passes(query: str, dialect: str) -> None:
    check_read_only(query, dialect)


@pytest.mark.parametrize("query", ["SELECT $$ ; drop $$", r"SELECT e'\'; drop table x; --'", "TABLE crew"])
def test_forms_of_postgresql(query: str) -> None:
    check_read_only(query, "postgres")


@pytest.mark.parametrize(
    ("query", "place", "reason"),
    [
        ("", (1, 1), "no query"),
        ("-- nothing", (1, 1), "no query"),
        ("DELETE FROM t", (1, 1), "DELETE begins no query"),
        ("SELECT 1;\n  DROP TABLE t", (1, 9), "second statement"),
        (r"SELECT 'a\'; DROP TABLE t; --'", (1, 12), "second statement"),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", (1, 15), "DELETE changes"),
        ("WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x", (1, 12), "INSERT changes"),
        ("WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x", (1, 12), "UPDATE changes"),
        ("SELECT *\nINTO copy FROM t", (2, 1), "makes a table"),
        ("SELECT * FROM t FOR UPDATE", (1, 17), "lock rows"),
        ("SELECT * FROM t FOR SHARE OF t", (1, 17), "lock rows"),
        ("SELECT lo_import('/etc/passwd')", (1, 8), "lo_import"),
        ("SELECT pg_catalog.LO_IMPORT('/etc/passwd')", (1, 19), "LO_IMPORT"),
        ('SELECT "pg_read_file"(\'x\')', (1, 8), "pg_read_file"),
        ("SELECT * FROM dblink('host=x', 'DELETE FROM y') AS d(a int)", (1, 15), "dblink"),
        ("SELECT a FROM t WHERE set_config('role', 'admin', false) = ''", (1, 23), "set_config"),
        ("SELECT nextval('ids')", (1, 8), "nextval"),
        ("SELECT 1,\n  U&\"lo\\005fimport\"('x')", (2, 3), "Unicode"),
        ("COPY t TO PROGRAM 'sh'", (1, 1), "COPY begins"),
        ("EXPLAIN ANALYZE DELETE FROM t", (1, 1), "EXPLAIN begins"),
        ("CALL tidy()", (1, 1), "CALL begins"),
        ("PRAGMA writable_schema = 1", (1, 1), "PRAGMA begins"),
        ("ATTACH 'x.db' AS y", (1, 1), "ATTACH begins"),
        ("SELECT * FROM t WHERE (a =", (1, 26), "cannot be read"),
        ("SELECT 'open", (1, 1), "cannot be read"),
        ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, (1, 1), "nested"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_at_its_place(query: str, place: tuple[int, int], reason: str) -> None:
    with pytest.raises(NotReadOnly, match=reason) as raised:
        check_read_only(query, "postgres")
    assert (raised.value.line, raised.value.column) == place


@pytest.mark.parametrize(
    ("columns", "table", "sql"),
    [
        (["code", "Len m"], "harbour.berth", 'SELECT "code", "Len m" FROM "harbour"."berth"'),
        (['a"b'], '"dbo"."um_groups"', 'SELECT "a""b" FROM "dbo"."um_groups"'),
        ([], "berth", 'SELECT * FROM "berth" LIMIT 0'),
        ([], "Quai.User", 'SELECT * FROM "quai"."user" LIMIT 0'),
    ],
)
def test_the_query_of_a_table(columns: list[str], table: str, sql: str) -> None:
    assert select(columns, table, "postgres") == sql


@pytest.mark.parametrize(
    "table",
    ["", "a b c", "(SELECT 1)", "berth; DROP TABLE berth", "lo_import('x')", "berth AS b", "a.b.c.d", "a JOIN b ON 1=1",
     "berth -- x\n, other", "generate_series(1, 5)", "'x'", "$1"],
)  # fmt: skip
def test_only_a_name_is_a_table(table: str) -> None:
    with pytest.raises(Misconfigured, match="no name of a table"):
        select([], table, "postgres")
