"""Which engine a workspace has: chosen once, remembered, and nothing of Spark where it is another."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.engine.opening import AnotherEngine, choose, engine_of, opened
from runtime.engine.spark import Spark
from runtime.workspace import Workspace
from tests.runtime.cli.command import accordant, harbor


def test_a_new_workspace_takes_what_it_is_given(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    assert engine_of(workspace) == "duckdb"
    choose(workspace, "spark", None)
    assert engine_of(workspace) == "spark"
    store = opened(workspace)  # no statement yet, so no Spark either
    assert isinstance(store, Spark)
    store.execute("CREATE SCHEMA state")
    store.execute("CREATE TABLE state.x (value BIGINT)")
    store.execute("INSERT INTO state.x VALUES (?)", [4])
    store.close()
    choose(workspace, None, "spark://nowhere:7077")
    again = opened(Workspace(workspace.root))
    assert again.rows("FROM state.x") == [(4,)]
    again.close()
    with pytest.raises(AnotherEngine, match="is one of spark"):
        choose(workspace, "duckdb", None)


def test_a_standing_store_keeps_its_engine(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    store = opened(workspace)
    assert isinstance(store, DuckDB)
    store.close()
    choose(workspace, "duckdb", None)
    with pytest.raises(AnotherEngine, match="is one of duckdb"):
        choose(workspace, "spark", None)
    with pytest.raises(AnotherEngine, match="a master is for"):
        choose(workspace, None, "local[4]")
    assert not (tmp_path / "store.spark").exists()


def test_the_command_says_it_as_wrong_usage(tmp_path: Path) -> None:
    conf, workspace = harbor(tmp_path), tmp_path / "workspace"
    assert accordant("apply", conf, "-w", workspace, "--yes", "--no-fulfil").code == 0
    refused = accordant("evaluate", conf, "-w", workspace, "--engine", "spark")
    assert refused.code == 2
    assert "is one of duckdb" in refused.err


def test_nothing_of_spark_is_loaded_otherwise(tmp_path: Path) -> None:
    """Not even what is small: a workspace on DuckDB is opened, and pyspark, py4j and pyarrow stay where they are."""
    code = (
        "import sys; from pathlib import Path; import runtime.cli.options, runtime.runner.runner; "
        "from runtime.engine.opening import opened; from runtime.workspace import Workspace; "
        "store = opened(Workspace(Path(sys.argv[1]))); store.rows('SELECT 1'); store.close(); "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'pyspark', 'py4j', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
