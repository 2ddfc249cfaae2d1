"""What `import compiler` costs and gives."""

import subprocess
import sys

import pytest

import compiler


def test_the_names_of_the_package() -> None:
    from compiler.catalogue.catalogue import Catalogue
    from compiler.pipeline import Compilation, compile_folder

    assert (compiler.Catalogue, compiler.Compilation, compiler.compile_folder) == (
        Catalogue,
        Compilation,
        compile_folder,
    )
    with pytest.raises(AttributeError, match="nothing"):
        compiler.nothing  # noqa: B018 - asking is the test


def _loaded(module: str, libraries: set[str]) -> str:
    """Which of the libraries a fresh interpreter has loaded after importing a module."""
    code = f"import {module}, sys; print(*sorted({libraries} & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_package_loads_no_library() -> None:
    assert _loaded("compiler", {"lxml", "msgspec", "sqlglot", "xmlschema", "tree_sitter"}) == ""


def test_importing_the_pipeline_loads_no_heavy_library() -> None:
    assert _loaded("compiler.pipeline", {"sqlglot", "xmlschema", "tree_sitter", "duckdb"}) == ""
