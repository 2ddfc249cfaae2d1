"""The packages at hand go in; the JSON Schema of the settings files and a reference page per package come out.

Both are written from the declarations alone, so that there is no second text to keep.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from compiler.catalogue.agent import AgentSettings
from compiler.catalogue.declaration import Declared, Form, in_words, keys_of
from compiler.catalogue.package import Package, Secret, Settings, Verb

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    Secret: {"type": "string", "writeOnly": True, "format": "password"},
    bool: {"type": ["boolean", "string"], "pattern": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"},
    int: {"type": ["integer", "string"], "pattern": "^[+-]?[0-9]+$"},
    float: {"type": ["number", "string"], "pattern": "^[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$"},
}
_LIMITS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}
_VERBS = {
    Verb.CHECK: "check the connection",
    Verb.DISCOVER: "read the schema",
    Verb.EXPORT: "export",
    Verb.FULFIL: "fulfil",
    Verb.RESET_PASSWORD: "reset passwords",
}


def json_schema(packages: Iterable[Package]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `appsettings.agent.json`.

    A section of `Connections` does not say its package, so that each fits one definition out of `$defs`, which are
    named by the packages' aliases. Keys may be written in any letter case, the schema knows the documented one.
    """
    ordered = sorted(packages, key=lambda package: package.alias)
    connection = {"anyOf": [{"$ref": f"#/$defs/{package.alias}"} for package in ordered]}
    connections = {
        "type": "object",
        "description": "One section per connection, under the connection's identifier.",
        "patternProperties": {"^[A-Za-z][A-Za-z0-9._-]*$": connection if ordered else {"type": "object"}},
    }
    agent = _structure(AgentSettings)
    return {
        "$schema": _DIALECT,
        "title": "Agent settings",
        "type": "object",
        "properties": {"Connections": connections, **agent["properties"]},
        "$defs": {package.alias: _definition(package) for package in ordered},
    }


def reference_page(package: Package) -> str:
    """The page on a package, as Markdown: what it is, its names, what it can do, its settings, what to install."""
    parts = [
        f"# {package.names[0].title}",
        package.summary,
        _names(package),
        _abilities(package),
        "## Settings",
        *_tables(package.settings, "Connections.<identifier>"),
        *_installation(package),
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _definition(package: Package) -> dict[str, Any]:
    """A package's settings; a definition says whose they are. Other keys are not read (W504), so none is proposed."""
    about = {"title": package.names[0].title, "description": package.summary, "additionalProperties": False}
    return about | _structure(package.settings)


def _structure(declared: type[Settings]) -> dict[str, Any]:
    """An object with declared keys. Secrets are never required: they may come from the environment or a vault."""
    keys = keys_of(declared)
    schema: dict[str, Any] = {"type": "object", "properties": {name: _key(key) for key in keys for name in key.names}}
    required = [key.names for key in keys if key.required and key.form.type is not Secret]
    if plain := [names[0] for names in required if len(names) == 1]:
        schema["required"] = plain
    if aliased := [names for names in required if len(names) > 1]:
        schema["allOf"] = [{"anyOf": [{"required": [name]} for name in names]} for names in aliased]
    return schema


def _key(key: Declared) -> dict[str, Any]:
    schema = _form(key.form)
    if key.description:
        schema["description"] = key.description
    if key.examples:
        schema["examples"] = list(key.examples)
    if _has_default(key):
        schema["default"] = _plain(key)
    return schema


def _form(form: Form) -> dict[str, Any]:
    if form.is_structure:
        return _structure(form.type)
    if form.is_list:
        return {"type": "array", "items": _form(form.item), **_limits(form, "Items")}
    if form.is_map:
        return {"type": "object", "additionalProperties": _form(form.item)}
    if form.choices:
        return {"enum": list(form.choices)}
    return {**_TYPES[form.type], **_limits(form, "Length")}


def _limits(form: Form, measure: str) -> dict[str, Any]:
    """The constraints of `msgspec.Meta` in JSON Schema's words."""
    found = {word: getattr(each, name) for each in form.constraints for name, word in _LIMITS.items()}
    return {word.replace("Length", measure): limit for word, limit in found.items() if limit is not None}


def _has_default(key: Declared) -> bool:
    """Whether a default is worth showing: nothing, and structures full of defaults, are not."""
    return not (key.required or key.form.is_structure or key.form.type is Secret or key.default in (None, "", (), {}))


def _plain(key: Declared) -> Any:
    """The default of a key, as an author would write it."""
    spellings = (name for name, value in key.form.choices.items() if value == key.default)
    return next(spellings, key.default)


def _names(package: Package) -> str:
    rows = [f"| `{name.identifier}` | {_cell(name.title)} |" for name in package.names]
    return "\n".join(["| Package | Shown as |", "|---|---|", *rows, f"| `{package.alias}` | short name |"])


def _abilities(package: Package) -> str:
    can = [words for verb, words in _VERBS.items() if verb in package.abilities]
    lines = [f"It can {_listed(can)}." if can else "It does nothing by itself."]
    if Verb.EXPORT in package.abilities:
        lines.append(
            f"Incremental exports: {'yes' if package.incremental else 'no, the preparation finds the changes'}."
        )
    if package.mappings:
        lines.append("Resource type mappings: " + ", ".join(f"`{name}`" for name in package.mappings) + ".")
    if package.formats:
        lines.append("Formats: " + ", ".join(f"`{name}`" for name in sorted(package.formats)) + ".")
    return "\n\n".join(lines)


def _tables(declared: type[Settings], path: str) -> list[str]:
    """The table of a structure's keys, then those of the structures inside it."""
    keys = keys_of(declared)
    if not keys:
        return [f"`{path}` needs no keys."]
    rows = [_row(key) for key in keys]
    table = "\n".join(["| Key | Value | Default | Meaning |", "|---|---|---|---|", *rows])
    inner = [(form, f"{path}.{key.name}{suffix}") for key in keys for form, suffix in [_innermost(key.form)]]
    nested = [part for form, below in inner if form.is_structure for part in _tables(form.type, below)]
    return [f"`{path}`", table, *nested]


def _innermost(form: Form) -> tuple[Form, str]:
    return (form.item, ".<n>") if form.is_list else (form.item, ".<key>") if form.is_map else (form, "")


def _row(key: Declared) -> str:
    names = ", ".join(f"`{name}`" for name in key.names)
    default = "required" if key.required else f"`{_text(_plain(key))}`" if _has_default(key) else ""
    examples = ", ".join(f"`{_text(example)}`" for example in key.examples)
    meaning = f"{key.description} Example: {examples}." if examples else key.description
    cells = (names, in_words(key.form), default, meaning)
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _installation(package: Package) -> list[str]:
    if not package.extra:
        return []
    return ["## Installation", f"Its library is an extra: `pip install 'accordant[{package.extra}]'`."]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cell(text: str) -> str:
    """Text that cannot end a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
