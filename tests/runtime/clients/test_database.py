"""Connection strings of ADO.NET, and values of databases as text."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clients.database import parse_connection_string, provider_of, text_of
from runtime.contract import Misconfigured


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Host=a;Port=5", {"host": "a", "port": "5"}),
        (" User ID = me ; user id=you;", {"userid": "you"}),
        ('Password="a;b""c\'"', {"password": "a;b\"c'"}),
        ("Password='it''s';X=", {"password": "it's", "x": ""}),
        ("a==b=c=d;", {"a=b": "c=d"}),
        (";;Data Source=/srv/x y.db;;", {"datasource": "/srv/x y.db"}),
        ("", {}),
    ],
)
def test_connection_strings(text: str, pairs: dict[str, str]) -> None:
    assert parse_connection_string(text) == pairs


@pytest.mark.parametrize("text", ["Host", "=x", "Password='hush", 'Host=a;Password="hu"sh;'])
def test_what_is_no_connection_string_is_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="character") as raised:
        parse_connection_string(text)
    assert "hu" not in str(raised.value)


KEYS = st.text(st.sampled_from("ab=c"), min_size=1, max_size=5)
VALUES = st.text(st.sampled_from("ab;='\" "), max_size=8)


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.sampled_from("'\""))
def test_quoted_pairs_survive(pairs: dict[str, str], quote: str) -> None:
    text = ";".join(
        f"{key.replace('=', '==')}={quote}{value.replace(quote, quote * 2)}{quote}" for key, value in pairs.items()
    )
    assert parse_connection_string(text) == pairs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None), ("", ""), ("x", "x"), (7, "7"), (True, "true"), (0.1, "0.1"), (5.0, "5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1.50"), "1.50"), (b"\x00\xff", "AP8="), (date(2031, 2, 1), "20310201000000"),
        (datetime(2031, 2, 1, 12, 0, 59, 999), "20310201120059"),
        (datetime(2031, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), "20310131230000"),
        (datetime(31, 2, 1, tzinfo=UTC), "00310201000000"),
        (UUID("5F2504E0-4F89-11D3-9A0C-0305E82C3301"), "5f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        (["b", None, "A"], "A\nb"), ([], None), ({"b": 1, "a": [True]}, '{"a":[true],"b":1}'),
    ],
)  # fmt: skip
def test_values_as_text(value: object, text: str | None) -> None:
    assert text_of(value) == text


def test_providers_by_factory() -> None:
    assert provider_of("Npgsql.NpgsqlFactory").name == "PostgreSQL"
    assert provider_of("Microsoft.Data.Sqlite.SqliteFactory").name == "SQLite"
    for factory in ("", "MySql.Data.MySqlClient.MySqlClientFactory"):
        with pytest.raises(Misconfigured, match="supported are PostgreSQL"):
            provider_of(factory)
