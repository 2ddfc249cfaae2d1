"""Texts near to dates are read alike by SQL and row by row; what a format writes is read back."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compiler.expressions import date_formats
from compiler.expressions.to_python import evaluate, text_of
from tests.compiler.expressions.given import Resource
from tests.compiler.expressions.world import tree_of, value_in_sql

FORMATS = (
    "yyyyMMdd",
    "dd/MM/yyyy",
    "d.M.yy",
    "yy-MM-dd HH:mm",
    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
    "dd MMM yyyy h:mm:ss.FFF tt",
    "MMMM d yyyy",
    "ddMMyyHHmmss",
    "hh:mm tt d/M/yyyy",
    "ss.fffffff mm HH yyyy",
    "s",
    "u",
    "o",
    "r",
    "yyyy-MM-ddTHH:mm:sszzz",
    "dddd d MMMM yyyy HH:mm z",
    "ffffff ss mm HH dd MM yyyy zz",
    "yyyyMMddHHmmssK",
)
EXTREMES = [datetime.min, datetime(9999, 12, 31, 23, 59, 59), datetime(1950, 1, 1), datetime(2049, 12, 31, 12, 0)]
DATES = st.sampled_from(EXTREMES) | st.datetimes() | st.datetimes(datetime(1949, 1, 1), datetime(2051, 1, 1))
NOISE = st.sampled_from(list("0123456789 /:.-TtZzaApPmMé٣\n") + ["", "Jan", "mar"])
FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("pattern", FORMATS)
@FEW
@given(date=DATES, at=st.integers(0, 30), noise=NOISE, cut=st.integers(0, 2))
def test_texts_near_to_dates_are_read_alike(pattern: str, date: datetime, at: int, noise: str, cut: int) -> None:
    tree = tree_of(f"ParseUniversalDate:{pattern}", "code")
    written = date_formats.format_date(date, pattern)
    for text in (written, written[:at] + noise + written[at + cut :], written.upper(), written.lower()):
        assert value_in_sql(tree, {"code": text}) == text_of(evaluate(tree, Resource({"code": text}))), text


@pytest.mark.parametrize("pattern", FORMATS)
@FEW
@given(date=st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)))
def test_what_a_format_writes_is_read_back(pattern: str, date: datetime) -> None:
    written = date_formats.format_date(date, pattern)
    found = date_formats.parse_date(written, pattern)
    assert found is not None and date_formats.format_date(found, pattern) == written


@pytest.mark.parametrize("pattern", FORMATS)
@FEW
@given(date=DATES)
def test_dates_are_written_alike(pattern: str, date: datetime) -> None:
    tree = tree_of(f'C#:k:return k.Since.ToString("{pattern}");')
    row = {"Since": text_of(date)}
    written = date_formats.format_date(date.replace(microsecond=0), pattern)
    assert value_in_sql(tree, row) == written == evaluate(tree, Resource(row))
