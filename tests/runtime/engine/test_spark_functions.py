"""Every function and operator that the engine on Spark knows gives what it gives on DuckDB, whatever the value."""

import re
from collections.abc import Iterator

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.engine.spark import Spark
from runtime.engine.spark_functions import AGGREGATES, AS_SPARK, GATHERING, IN_BATCHES

pytestmark = pytest.mark.xdist_group("spark")

VALUES = """
    CREATE TABLE v AS SELECT row_number() OVER () AS id, * FROM (VALUES
        ('Ærø Straße', 'ß', 3, 2.5::DOUBLE, true, '20310203040506'),
        ('İıΑΣ ǆ', 'σ', -1, -0.5::DOUBLE, false, '20240229235959'),
        ('e' || chr(769) || ' Å', ' ', 0, 1e300::DOUBLE, NULL, '2024'),
        ('back\\slash ''x''', 'x', 9223372036854775807, NULL, true, ''),
        ('', '', NULL, 3.0::DOUBLE, false, '00010101000000'),
        (NULL, NULL, 7, 0.0::DOUBLE, NULL, NULL),
        ('a-b  c-d', '-', 40, -7.25::DOUBLE, true, '99991231235959'),
        ('𝔘nicode ﬁ', 'ﬁ', -9223372036854775808, 1.5::DOUBLE, true, '19700101000000')
    ) AS w(a, b, n, x, t, d)"""

TEXTS = """
    upper(a) ; lower(a) ; replace(a, 'ß', b) ; chr(65 + id::INTEGER) ; strlen(a) ; length(a) ; left(a, 2) ; right(a, 2)
    substring(a, 2, 3) ; substr(a, -2) ; trim(a) ; lpad(b, 5, '*') ; rpad(b, 5, '*') ; contains(a, b)
    starts_with(a, left(a, 1)) ; suffix(a, b) ; strpos(a, b) ; strip_accents(a) ; greatest(a, b) ; nullif(a, b)
    hash(a, n) ; concat(a, b, n) ; a || b ; a || n || t ; concat_ws('/', a, b) ; md5(a) ; coalesce(a, b, 'none')
    regexp_matches(a, '(?i)stra') ; regexp_full_match(b, '\\p{L}') ; regexp_extract(a, '(\\w+)-(\\w+)', 2)
    least(n, 5) ; ord(left(a, 1)) ; nfc_normalize(a) ; regexp_extract_all(a, '\\w+')
    regexp_replace(a, '[a-e]', '\\\\0\\\\0', 'g') ; string_split(a, ' ') ; string_split_regex(a, '[ -]+')
    CASE WHEN t THEN a WHEN n > 1 THEN b END ; a IS NOT DISTINCT FROM b ; n BETWEEN 0 AND 7 ; a IN ('', 'x', NULL)
"""
LISTS = """
    list_transform([a, b], lambda it: upper(it)) ; list_filter([a, b], lambda it: it <> '') ; len([a, b])
    list_reduce([n, 1, 2], lambda p, q: p % 10 + q) ; list_extract([a, b], 2) ; list_slice([a, b, a], 2, 3)
    list_sort([b, a, NULL, b], 'DESC') ; list_reverse([a, b]) ; list_position([a, b], b) ; list_contains([a], b)
    list_concat([a], [b]) ; list_sum([x, 1]) ; list_avg([x, 1]) ; list_min([a, b]) ; list_max([a, b])
    list_sort(list_distinct([a, b, a])) ; array_to_string([a, b], '+') ; struct_extract({'p q': a, 'r': n}, 'p q')
    map_extract_value(map(['k'], [a]), 'k') ; map_contains(map(['k'], [a]), 'l')
    map_concat(map(['k'], [a]), map(['l'], [b]))
"""
DATES = """
    try_strptime(d, '%Y%m%d%H%M%S') ; strftime(try_strptime(d, '%Y%m%d%H%M%S'), '%A %-d %B %y, %I:%M %p')
    timezone('UTC', timezone('Europe/Paris', try_strptime(d, '%Y%m%d%H%M%S')))
    epoch_us(try_strptime(d, '%Y%m%d%H%M%S')) ; last_day(try_strptime(d, '%Y%m%d%H%M%S'))
    dayofyear(try_strptime(d, '%Y%m%d%H%M%S')) ; millisecond(try_strptime(d, '%Y%m%d%H%M%S'))
    try(try_strptime(d, '%Y%m%d%H%M%S') + to_microseconds(1500000))
    epoch(try_strptime(d, '%Y%m%d%H%M%S')) ; date_trunc('day', try_strptime(d, '%Y%m%d%H%M%S'))
    year(try_strptime(d, '%Y%m%d%H%M%S')) ; month(try_strptime(d, '%Y%m%d%H%M%S'))
    day(try_strptime(d, '%Y%m%d%H%M%S')) ; hour(try_strptime(d, '%Y%m%d%H%M%S'))
    minute(try_strptime(d, '%Y%m%d%H%M%S')) ; second(try_strptime(d, '%Y%m%d%H%M%S'))
    try(try_strptime(d, '%Y%m%d%H%M%S') + to_years(1)) ; try(try_strptime(d, '%Y%m%d%H%M%S') - to_months(1))
    try(try_strptime(d, '%Y%m%d%H%M%S') + to_days(1)) ; try(try_strptime(d, '%Y%m%d%H%M%S') + to_hours(25))
    try(try_strptime(d, '%Y%m%d%H%M%S') + to_minutes(61)) ; try(try_strptime(d, '%Y%m%d%H%M%S') + to_seconds(61))
"""
NUMBERS = """
    round_even(x, 0) ; trunc(x) ; isfinite(x) ; x::VARCHAR ; n::VARCHAR ; t::VARCHAR ; TRY_CAST(b AS BIGINT)
    try(n + 1) ; try(n * 2) ; try(n // 0) ; n % 7 ; n & 3 ; -x ; x / 2 ; x > n
"""
AGGREGATED = (
    "SELECT t, count(*), count(a), count(DISTINCT b), min(a), max(n), arg_min(n, id) FROM v GROUP BY ALL",
    "SELECT t, list(a ORDER BY b DESC NULLS FIRST, id), list(n ORDER BY id) FILTER (n > 0) FROM v GROUP BY t",
    "SELECT t, string_agg(a, '+' ORDER BY a) FROM v GROUP BY t",
    "SELECT list(a) FILTER (a = 'nobody'), string_agg(a, '-') FILTER (n > 100 AND n < 0), count(*) FILTER (t) FROM v",
    "SELECT array_agg({'a': a, 'n b': upper(b)} ORDER BY a NULLS FIRST) FROM v",
    "SELECT id, row_number() OVER (PARTITION BY t ORDER BY a DESC, id), min(n) OVER (PARTITION BY t) FROM v",
    "SELECT b, upper(max(lower(a))) FROM v GROUP BY ALL HAVING count(*) > 0",
)
RELATIONS = (
    "SELECT * FROM v AS l FULL JOIN (SELECT id + 3 AS id, a FROM v) AS r ON l.id = r.id",
    "SELECT * FROM v SEMI JOIN (SELECT id FROM v WHERE t) AS w USING (id)",
    "SELECT id FROM v ANTI JOIN (SELECT n AS id FROM v) AS w USING (id) WHERE a IS NOT NULL",
    "SELECT id FROM v WHERE (a, b) NOT IN (SELECT a, b FROM v WHERE id = 1)",
    "SELECT id FROM v WHERE n NOT IN (SELECT n FROM v WHERE id <> 5 AND id > 4)",
    "SELECT id FROM v WHERE n NOT IN (SELECT n FROM v)",
    "SELECT id FROM v WHERE NOT EXISTS (FROM v w WHERE w.n = v.id OR w.id = v.id + 1)",
    "SELECT id, a FROM v QUALIFY row_number() OVER (PARTITION BY t ORDER BY a) = 1",
    "SELECT id, t FROM (SELECT DISTINCT ON (t) * FROM v ORDER BY t, a DESC, id)",
    "SELECT DISTINCT unnest([a, b]) AS value FROM v",
    "SELECT id, a FROM v UNION ALL BY NAME SELECT b AS a, n AS later FROM v",
    "SELECT a FROM v UNION SELECT b FROM v ORDER BY 1",
    "SELECT * EXCLUDE (x, d) FROM v ORDER BY a, id",
    "SELECT id FROM v ORDER BY a DESC, upper(b) LIMIT 3",
    "SELECT l.id, r.id FROM v l JOIN v r ON lower(l.a) = lower(r.a) AND l.x IS NOT DISTINCT FROM r.x",
    "WITH w AS (SELECT a AS c, n FROM v WHERE n > 0) SELECT upper(c), w.n FROM w JOIN v USING (n)",
    "SELECT (SELECT coalesce(max(id), 0) FROM v) + row_number() OVER (ORDER BY id) FROM v",
    "SELECT v.id, r.i FROM v, range(2) r(i) WHERE v.id IN (SELECT unnest([1, 2, 2]))",
)


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[DuckDB, Spark]]:
    duckdb, spark = DuckDB(), Spark()
    for engine in (duckdb, spark):
        engine.execute(VALUES)
    yield duckdb, spark
    spark.close()
    duckdb.close()


def expressions(text: str) -> list[str]:
    return [each for each in re.split(r"\s*[;\n]\s*", text) if each]


@pytest.mark.parametrize("group", [TEXTS, LISTS, DATES, NUMBERS], ids=["texts", "lists", "dates", "numbers"])
def test_expressions(engines: tuple[DuckDB, Spark], group: str) -> None:
    duckdb, spark = engines
    given = expressions(group)
    query = f"SELECT {', '.join(f'{each} AS r{index}' for index, each in enumerate(given))} FROM v ORDER BY id"
    expected, found = duckdb.rows(query), spark.rows(query)
    for index, each in enumerate(given):
        assert [repr(row[index]) for row in found] == [repr(row[index]) for row in expected], each


@pytest.mark.parametrize("query", [*AGGREGATED, *RELATIONS])
def test_queries(engines: tuple[DuckDB, Spark], query: str) -> None:
    expected, found = ([repr(row) for row in engine.rows(query)] for engine in engines)
    is_ordered = re.search(r"ORDER BY [^()]*$", query) is not None
    assert (found if is_ordered else sorted(found)) == (expected if is_ordered else sorted(expected))


def test_every_function_of_the_tables_has_a_case() -> None:
    text = " ".join((TEXTS, LISTS, DATES, NUMBERS, *AGGREGATED, *RELATIONS)).upper()
    known = {*IN_BATCHES, *AS_SPARK, *AGGREGATES, *GATHERING}
    assert [name for name in sorted(known) if not re.search(rf"\b{name}\(", text)] == []
