"""What tests of stores may ask for: to run once with each engine."""

import os
from collections.abc import Iterator

import pytest

from tests.runtime import engines

EVERYTHING = os.environ.get("ACCORDANT_ENGINES") == "all"
"""Whether every test of stores runs on Spark too, which takes long, or those with the mark `on_spark_too`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "each_engine" in metafunc.fixturenames:
        both = EVERYTHING or metafunc.definition.get_closest_marker("on_spark_too") is not None
        spark = pytest.param("spark", marks=pytest.mark.xdist_group("spark"))
        metafunc.parametrize("each_engine", ["duckdb", *([spark] if both else [])], indirect=True)


@pytest.fixture
def each_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine's name; stores that the test opens are made with it."""
    engines.choose(request.param)
    yield request.param
    engines.choose("duckdb")
    engines.close_all()
