"""The text of a literal and the type it must have go in, its constant or a problem comes out (provisioning.md §4.1)."""

import base64
import binascii
import re

from compiler.expressions.infer import Place, Report, named
from compiler.expressions.tree import Constant, Expression
from compiler.expressions.types import ValueType

PREFIX = "Literal:"

_EXAMPLES = {
    ValueType.INTEGER: "write digits, for example `Literal:42`",
    ValueType.DOUBLE: "write a number with a decimal point, for example `Literal:1.5`",
    ValueType.BOOLEAN: "write `Literal:true` or `Literal:false`",
    ValueType.GUID: "write 32 hexadecimal digits",
    ValueType.BYTES: "write base64",
    ValueType.RESOURCE: "write the integer key of the resource",
}


def parse_literal(text: str, place: Place, expected: ValueType | None, report: Report) -> Expression:
    """The constant that a text is as a value of type `expected` (None: a text)."""
    kind = expected or ValueType.STRING
    if kind is ValueType.DATETIME:
        return report.error(
            "E125", "a date cannot be a literal", place, 'write `C#:return "20300101".ParseUniversalDate("yyyyMMdd");`'
        )
    value = literal_value(text, kind)
    if value is None:
        return report.error("E124", f"`{text}` is not {named(kind)}", place, _EXAMPLES.get(kind, ""))
    kind = ValueType.INTEGER if kind is ValueType.RESOURCE else kind
    return Constant(type=kind, value=value, start=place[0], end=place[1])


def literal_value(text: str, kind: ValueType) -> str | int | float | bool | None:
    """A text as a value of a type, None when it is not one."""
    if kind is ValueType.STRING:
        return text if "\0" not in text else None
    text = text.strip()
    if kind in (ValueType.INTEGER, ValueType.RESOURCE):
        return _integer(text)
    if kind is ValueType.DOUBLE:
        return float(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", text) else None
    if kind is ValueType.BOOLEAN:
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
    if kind is ValueType.GUID:
        digits = text.strip("{}()").replace("-", "").lower()
        return digits if re.fullmatch("[0-9a-f]{32}", digits) else None
    return _base64(text) if kind is ValueType.BYTES else None


def _integer(text: str) -> int | None:
    value = int(text) if re.fullmatch("[+-]?[0-9]{1,19}", text) else None
    return value if value is not None and -(2**63) <= value < 2**63 else None


def _base64(text: str) -> str | None:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return text
