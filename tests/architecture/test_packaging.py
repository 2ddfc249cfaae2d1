"""The wheel: what is in it, and that it works where folders of its packages' names stand in the way."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)], ROOT)
    return next(folder.glob("accordant-*.whl"))


@pytest.fixture(scope="module")
def accordant(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel into an environment that borrows only the libraries of this one."""
    folder = tmp_path_factory.mktemp("environment")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
    python = folder / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", str(wheel))
    _run([sys.executable, "-m", "pip", "--python", str(python), *install], folder)
    site = next((folder / "lib").glob("python*/site-packages"))
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    site.joinpath("libraries.pth").write_text("\n".join(libraries) + "\n", encoding="utf-8")
    return folder / "bin" / "accordant"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A working directory in which folders and packages of our names stand."""
    for name in ("compiler", "runtime", "schemas"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError('the wrong package')\n", encoding="utf-8")
    return tmp_path


def test_wheel_holds_both_packages_and_the_schemas(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"compiler", "runtime", names[-1].partition("/")[0]}
    schemas = {path.name for path in (ROOT / "schemas").glob("*.xsd")}
    assert {name.rpartition("/")[2] for name in names if name.startswith("compiler/_schemas/")} >= schemas
    assert not [name for name in names if "test" in name.lower() or name.startswith("samples")]


def test_command_runs_beside_folders_of_its_packages_names(accordant: Path, elsewhere: Path) -> None:
    assert _run([str(accordant), "--version"], elsewhere).startswith("accordant ")
    assert "validate" in _run([str(accordant), "--help"], elsewhere)


def test_installed_command_validates_the_sample(accordant: Path, elsewhere: Path) -> None:
    out = _run([str(accordant), "validate", str(ROOT / "samples" / "harbor")], elsewhere)
    assert "no findings" in out


def test_installed_command_writes_the_schemas(accordant: Path, elsewhere: Path) -> None:
    _run([str(accordant), "schema", "written"], elsewhere)
    assert (elsewhere / "written" / "schemas" / "configuration.xsd").read_bytes() == (
        ROOT / "schemas" / "configuration.xsd"
    ).read_bytes()


def _run(command: list[str], folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
