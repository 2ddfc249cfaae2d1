"""One row of values in JSON goes in; the columns of a query over it, for DuckDB, and the same in Python, come out.

A collection is a list of objects whose keys are paths, `_id` the resource's id; one that is not given is empty, one
that is null belongs to a missing resource.
"""

from collections.abc import Mapping

from sqlglot import exp

Path = tuple[str, ...]


class Rows:
    """A LIST column, which remembers the fields that are asked for."""

    def __init__(self, column: exp.Expression) -> None:
        self._column = column
        self.fields: dict[str, Rows | None] = {}

    def value(self) -> exp.Expression:
        return self._column.copy()

    def field(self, path: Path) -> str:
        name = ".".join(path) or "_id"
        self.fields.setdefault(name, None)
        return name

    def collection(self, path: Path) -> "tuple[str, Rows]":
        name = ".".join(path)
        further = self.fields.get(name) or Rows(exp.column(name))
        self.fields[name] = further
        return name, further

    def type(self) -> str:
        """The type of the column, of what was asked for."""
        fields = (f'"{name}" {_type(name, further)}' for name, further in {"_id": None, **self.fields}.items())
        return f"STRUCT({', '.join(fields)})[]"

    def of(self, items: list[dict[str, object]] | None) -> list[dict[str, object]] | None:
        """Items as the column holds them."""
        if items is None:
            return None
        return [{name: self._field(each, name) for name in ("_id", *self.fields)} for each in items]

    def _field(self, each: dict[str, object], name: str) -> object:
        further = self.fields.get(name)
        return each.get(name) if further is None else further.of(each.get(name, []))  # type: ignore[arg-type]


def _type(name: str, further: Rows | None) -> str:
    if further is not None:
        return further.type()
    return "BIGINT" if name.rpartition(".")[2] in ("_id", "Light", "Chief", "Author") else "VARCHAR"


class Columns:
    """The columns of one row; every name is known."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given
        self.collections: dict[str, Rows] = {}

    def __call__(self, path: Path) -> exp.Expression:
        name = ".".join(path) or "_id"
        return exp.column(name, quoted=True) if name in self._given else exp.cast(exp.Null(), _type(name, None))

    def collection(self, path: Path) -> Rows:
        name = ".".join(path)
        return self.collections.setdefault(name, Rows(exp.column(name, quoted=True)))

    def source(self) -> tuple[str, list[object]]:
        """The one row as SQL, and its parameters."""
        columns: dict[str, tuple[str, object]] = {
            name: ("BIGINT" if isinstance(value, int) else "VARCHAR", value)
            for name, value in self._given.items()
            if name not in self.collections
        }
        for name, rows in self.collections.items():
            columns[name] = rows.type(), rows.of(self._given.get(name, []))  # type: ignore[arg-type]
        row = ", ".join(f'CAST(? AS {kind}) AS "{name}"' for name, (kind, _) in columns.items())
        return (f"(SELECT {row})" if row else "(SELECT 1)"), [value for _, value in columns.values()]


class Shown(Columns):
    """For SQL that is compared as text."""

    def __init__(self) -> None:
        super().__init__({})

    def __call__(self, path: Path) -> exp.Expression:
        return exp.column(".".join(path) or "_id", quoted=True)


class Resource:
    """The same row for Python."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given

    def __call__(self, path: Path) -> object:
        name = ".".join(path) or "_id"
        found = self._given.get(name)
        if name not in self._given and name.rpartition(".")[2] in ("Logs", "Lines"):
            return []
        return [Resource(each) for each in found] if isinstance(found, list) else found
