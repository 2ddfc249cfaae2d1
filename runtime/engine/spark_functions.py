"""How each function and operator of DuckDB is carried out on Spark: as Spark's own, or by DuckDB in batches.

What stands in none of these tables is refused. An operator is named by its class in sqlglot, a function as DuckDB does.
"""

OPEN = frozenset(
    "Alias And Or Not Paren EQ NEQ GT GTE LT LTE Is NullSafeEQ NullSafeNEQ In Tuple Ordered Order Window Exists "
    "Struct PropertyEQ Distinct Filter Where".split()
)
"""Operators that mean the same on Spark, and whose operands are seen to one by one: a join on equality stays one."""

SAME = frozenset(
    "Array Column Literal Null Boolean Identifier Star Case If Add Sub Neg DPipe Between DataType DataTypeParam "
    "TableAlias WindowSpec".split()
)
"""Nodes of expressions that mean the same on Spark."""

AS_SPARK = {
    "COALESCE": "COALESCE",
    "MD5": "MD5",
    "CONCAT_WS": "CONCAT_WS",
}
"""Functions that mean the same on Spark when what they are given are texts, whole numbers and truth values."""

AGGREGATES = {
    "COUNT": "COUNT",
    "MIN": "MIN",
    "MAX": "MAX",
    "ARG_MIN": "MIN_BY",
    "ROW_NUMBER": "ROW_NUMBER",
}
"""Functions of many rows that mean the same on Spark, and their names there."""

GATHERING = frozenset(("LIST", "ARRAY_AGG", "STRING_AGG"))
"""Functions that gather rows in an order, which Spark's do not: `spark_sql` puts them together from others."""

IN_BATCHES = frozenset(
    """
    UPPER LOWER REPLACE CHR STRLEN LENGTH LEN LEFT RIGHT SUBSTRING SUBSTR TRIM LPAD RPAD CONTAINS STARTS_WITH SUFFIX
    STRPOS STRIP_ACCENTS GREATEST LEAST NULLIF HASH CONCAT ORD NFC_NORMALIZE
    REGEXP_MATCHES REGEXP_FULL_MATCH REGEXP_EXTRACT REGEXP_EXTRACT_ALL REGEXP_REPLACE STRING_SPLIT STRING_SPLIT_REGEX
    LIST_TRANSFORM LIST_FILTER LIST_REDUCE LIST_EXTRACT LIST_SLICE LIST_SORT LIST_REVERSE LIST_POSITION LIST_CONTAINS
    LIST_CONCAT LIST_SUM LIST_AVG LIST_MIN LIST_MAX LIST_DISTINCT ARRAY_TO_STRING STRUCT_EXTRACT
    MAP MAP_CONCAT MAP_CONTAINS MAP_EXTRACT_VALUE
    TRY TRY_STRPTIME STRFTIME TIMEZONE EPOCH EPOCH_US DATE_TRUNC YEAR MONTH DAY HOUR MINUTE SECOND MILLISECOND
    LAST_DAY DAYOFYEAR TO_YEARS TO_MONTHS TO_DAYS TO_HOURS TO_MINUTES TO_SECONDS TO_MICROSECONDS
    ROUND_EVEN TRUNC ISFINITE
    """.split()
)
"""Functions that DuckDB itself computes."""

OPERATORS_IN_BATCHES = frozenset(
    "Cast TryCast Lambda Bracket Slice Dot IntDiv Div Mul Mod BitwiseAnd BitwiseOr ColumnDef".split()
)
"""Operators that DuckDB itself computes."""
