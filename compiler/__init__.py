"""The compiler: declarative identity XML goes in, an execution plan comes out."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compiler.catalogue.catalogue import Catalogue
    from compiler.pipeline import Compilation, compile_folder

__all__ = ["Catalogue", "Compilation", "compile_folder"]

_HOMES = {
    "Catalogue": "compiler.catalogue.catalogue",
    "Compilation": "compiler.pipeline",
    "compile_folder": "compiler.pipeline",
}


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for: `import compiler` stays cheap."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
