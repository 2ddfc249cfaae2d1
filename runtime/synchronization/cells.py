"""A property type in; SQL out that turns a cell into its internal text, or null where it cannot (language.md 6.2).

Booleans `true`/`false`, decimal integers, 14-digit dates in UTC, 32 hexadecimal digits of a Guid, base64. White space
around typed cells is dropped; an empty one is null. Text passes as it is.
"""

from runtime.engine.engine import Engine, literal

_SPACE = literal("".join(chr(code) for code in range(0x3001) if chr(code).isspace()))

_MACROS = {
    "cell_is_blank(v)": f"""
        CASE WHEN v IS NULL THEN true WHEN unicode(v) BETWEEN 33 AND 126 THEN false ELSE trim(v, {_SPACE}) = '' END""",
    "cell_trimmed(v)": f"trim(v, {_SPACE})",
    "cell_bool(v)": "CASE WHEN lower(v) IN ('true', '1') THEN 'true' WHEN lower(v) IN ('false', '0') THEN 'false' END",
    "cell_integer(v, low, high)": """
        CASE WHEN regexp_full_match(v, '[+-]?[0-9]{1,30}') AND TRY_CAST(v AS HUGEINT) BETWEEN low AND high
        THEN CAST(TRY_CAST(v AS HUGEINT) AS VARCHAR) END""",
    "cell_double(v)": r"""
        CASE WHEN regexp_full_match(v, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?')
             AND isfinite(TRY_CAST(v AS DOUBLE))
        THEN regexp_replace(CAST(TRY_CAST(v AS DOUBLE) + 0.0 AS VARCHAR), '\.0$', '') END""",
    "cell_guid(v)": r"""
        CASE WHEN regexp_full_match(v, '(\{[^{}]+\}|[^{}]+)')
             AND regexp_full_match(replace(trim(v, '{}'), '-', ''), '[0-9A-Fa-f]{32}')
        THEN lower(replace(trim(v, '{}'), '-', '')) END""",
    "cell_bytes(v)": "CASE WHEN TRY(from_base64(v)) IS NOT NULL THEN v END",
    "cell_offset(v)": r"""
        coalesce(TRY_CAST(regexp_extract(v, '([+-])[0-9]{2}(:?[0-9]{2})?$', 1) || (
            60 * TRY_CAST(regexp_extract(v, '[+-]([0-9]{2})(:?[0-9]{2})?$', 1) AS INTEGER)
            + coalesce(TRY_CAST(nullif(regexp_extract(v, '[+-][0-9]{2}:?([0-9]{2})$', 1), '') AS INTEGER), 0)
        ) AS INTEGER), 0)""",
    "cell_moment(v)": r"""
        CASE WHEN regexp_full_match(v, '[0-9]{14}([.][0-9]+)?Z?') THEN try_strptime(left(v, 14), '%Y%m%d%H%M%S')
             WHEN regexp_full_match(v, '[0-9]{8}') THEN try_strptime(v, '%Y%m%d')
             WHEN regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN try_strptime(v, '%Y-%m-%d')
             WHEN regexp_full_match(v, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?'
                  || ' ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?')
             THEN try_strptime(left(v, 10) || ' ' || rpad(regexp_extract(v, '^.{11}([0-9:]{5,8})', 1), 8, ':00'),
                               '%Y-%m-%d %H:%M:%S')
                  - to_minutes(CASE WHEN right(v, 1) = 'Z' THEN 0 ELSE cell_offset(substr(v, 17)) END)
        END""",
    "cell_datetime(v)": "strftime(cell_moment(v), '%Y%m%d%H%M%S')",
}
_CONVERSIONS = {
    "Bool": "cell_bool({})",
    "Byte": "cell_integer({}, 0, 255)",
    "Int16": "cell_integer({}, -32768, 32767)",
    "Int32": "cell_integer({}, -2147483648, 2147483647)",
    "Int64": "cell_integer({}, -9223372036854775808, 9223372036854775807)",
    "Double": "cell_double({})",
    "DateTime": "cell_datetime({})",
    "Guid": "cell_guid({})",
    "Bytes": "cell_bytes({})",
    "Binary": "cell_bytes({})",
}


def define_conversions(engine: Engine) -> None:
    """Make known to the engine what `internal` and `is_blank` write."""
    for signature, body in _MACROS.items():
        engine.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS ({body})")


def is_typed(type: str) -> bool:
    """Whether cells of the property type are converted at all."""
    return type in _CONVERSIONS


def is_blank(value: str) -> str:
    """SQL: whether a cell is null, empty or white space only."""
    return f"cell_is_blank({value})"


def internal(value: str, type: str) -> str:
    """SQL: the internal text of a cell."""
    return _CONVERSIONS[type].format(f"cell_trimmed({value})") if type in _CONVERSIONS else value
