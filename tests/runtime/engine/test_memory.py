"""Sizes as people write them, and what the engine is given of them."""

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.engine.memory import LEAST, bytes_of, engines_share


@pytest.mark.parametrize(
    ("size", "count"),
    [("512MB", 512 * 10**6), (" 2gb ", 2 * 10**9), ("1.5 GiB", 3 * 2**29), ("300000k", 3 * 10**8), ("7", 7)],
)
def test_sizes(size: str, count: int) -> None:
    assert bytes_of(size) == count


@pytest.mark.parametrize("size", ["", "much", "-5MB", "5PB", "5MBs", "80%"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="is no size; write it like 512MB"):
        bytes_of(size)


def test_the_engine_gets_less_than_the_run() -> None:
    engine = DuckDB(memory_limit=engines_share(512 * 10**6))
    try:
        assert engine.rows("SELECT current_setting('memory_limit')") == [("396.7 MiB",)]
    finally:
        engine.close()


def test_without_a_size_it_is_a_share_of_the_machine() -> None:
    share = bytes_of(engines_share(0))
    assert LEAST // 2 < share < 2**50
    assert share > bytes_of(engines_share(1))
