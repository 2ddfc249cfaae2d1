"""A source of chance goes in; hostile and broken configurations and expressions come out."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from compiler.bind.read import BY_TAG
from compiler.model.node import Node, attributes_of, children_of
from compiler.schema.grammar import ElementRule, ValueType, grammar

_ROOT = Path(__file__).parents[2]
SEEDS = [path.read_bytes() for path in sorted((_ROOT / "tests/compiler/cases").glob("*.xml"))]
SEEDS += [path.read_bytes() for path in sorted((_ROOT / "samples").rglob("*.xml"))]

GARDEN = (_ROOT / "tests/compiler/cases/_garden.xml").read_bytes()
_SOUND_FILES = [data for data in SEEDS if b"<!-- beside:" not in data and b"<EntityType " in data and len(data) > 2000]
_ATTRIBUTE = re.compile(rb' (?P<name>[A-Za-z_0-9]+)="(?P<value>[^"]*)"')

_BITS = (
    b"<", b">", b"&", b'"', b"'", b"/>", b"</", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?", b"<!DOCTYPE", b"&#0;",
    b"&#x10FFFF;", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"\xc3", b"\xe2\x80\xae", b"xmlns=", b" ", b"\r",
    b"\n", b"\t", b"=", b"C#:", b"Literal:", b"Jinja:", b":", b".", b"9" * 40, b"-1", b"true", b"None",
)  # fmt: skip
"""Pieces that mean something to one of the parsers."""

_TOKENS = (
    "return", "var", "if", "else", "foreach", "in", "new", "null", "true", "false", "person", "x", "=>", "==", "!=",
    "&&", "||", "??", "?.", "?", ":", ".", ",", ";", "(", ")", "{", "}", "[", "]", "+", "-", "*", "/", "%", "!", "<",
    ">", "=", '"', '""', '"a"', "$\"", "@\"", "'c'", "'", "\\", "1", "0x1F", "1e9", "1.5m", "99999999999999999999",
    
    "Trim()", "Substring", "ToUpper()", "Length", "Select", "Where", "FirstOrDefault", "Regex", "Convert", "ToInt32",
    "DateTime", "Now",
    "string", "int", "Name", "FirstName", "Rank", "Since", "Light", "Logs", "Code", "queryHandler", "logger",
    "List", "é", "\U0001f600",
    "//", "/*", "*/", "#", "ToLower", "Concat", "ParseLocalDate", "{{", "}}", "|", "~", "is", "not", "and", "or", 
    "for",
)  # fmt: skip
_PREFIXES = (
    "C#:person:return ",
    "C#:x:return x.",
    "C#:x:",
    "C#:",
    "Literal:",
    "Jinja:",
    "Jinja:{{ ",
    "",
    "",
    "ToLower ",
)

Source = random.Random


def configuration(chance: Source) -> bytes:
    """The bytes of one file."""
    return chance.choice(_MAKERS)(chance)


def expression(chance: Source) -> str:
    """The text of an expression, sometimes a sound one with something in it changed."""
    if chance.random() < 0.4:
        return _altered(chance.choice(_SOUND), chance)
    words = chance.choices(_TOKENS, k=chance.randrange(1, 30))
    return chance.choice(_PREFIXES) + chance.choice(("", " ")).join(words)


def _altered(text: str, chance: Source) -> str:
    for _ in range(chance.randrange(1, 4)):
        at, until = sorted((chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)))
        until = min(until, at + chance.randrange(6))
        text = text[:at] + chance.choice((chance.choice(_TOKENS), "", text[at:until] * 3)) + text[until:]
    return text


def _broken(chance: Source) -> bytes:
    """A known file with bytes deleted, doubled, replaced, or pieces put in."""
    data = chance.choice(SEEDS)[:20_000]
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        until = at + chance.choice((0, 1, 1, 4, 40))
        piece = chance.choice((chance.choice(_BITS), b"", data[at:until] * 2, chance.randbytes(2)))
        data = data[:at] + piece + data[until:]
    return data


def _spliced(chance: Source) -> bytes:
    """The beginning of one file and the end of another."""
    one, two = chance.choice(SEEDS)[:20_000], chance.choice(SEEDS)[:20_000]
    return one[: chance.randrange(len(one) + 1)] + two[chance.randrange(len(two) + 1) :]


def _exchanged(chance: Source) -> bytes:
    """A sound file in which values have changed places, and attributes and lines are missing or there twice."""
    data = chance.choice(_SOUND_FILES)
    for _ in range(chance.randrange(1, 7)):
        found = list(_ATTRIBUTE.finditer(data))
        one = chance.choice(found)
        alike = [each for each in found if each["name"] == one["name"]]
        two = chance.choice(alike if chance.random() < 0.8 else found)
        value = _expression_value(chance) if chance.random() < 0.05 else two["value"]
        put = chance.choice((value,) * 9 + (None,))
        data = (
            data[: one.start()] + data[one.end() :]
            if put is None
            else data[: one.start("value")] + put + data[one.end("value") :]
        )
        if chance.random() < 0.1:
            lines = data.splitlines(keepends=True)
            at = chance.randrange(len(lines))
            data = b"".join((*lines[:at], *lines[at : at + 1] * chance.choice((0, 2)), *lines[at + 1 :]))
    return data


def _expression_value(chance: Source) -> bytes:
    return quoteattr(_without_controls(expression(chance)), {'"': "&quot;"})[1:-1].encode("utf-8", "replace")


def _made_up(chance: Source) -> bytes:
    """A sound file, and in it known elements, with attributes of the right names and values that stand in the file."""
    elements = "".join(_element(rule, BY_TAG.get(rule.name), chance, 0) for rule in _some(_rules(), chance, 4))
    return GARDEN.replace(b"</ConfigurationFile>", elements.encode("utf-8", "replace") + b"</ConfigurationFile>")


_MAKERS: tuple[Callable[[Source], bytes], ...] = (_broken, _spliced, _made_up, _exchanged, _exchanged)


def _element(rule: ElementRule, node: type[Node] | None, chance: Source, depth: int) -> str:
    kinds = {each.name: each for each in attributes_of(node)} if node else {}
    attributes = [
        f" {name}={quoteattr(_value(kinds[name].xml.kind if name in kinds else '', each.type, chance))}"
        for name, each in rule.attributes.items()
        if chance.random() < (0.97 if each.required else 0.25)
    ]
    nodes = {each.node.tag: each.node for each in children_of(node)} if node else {}
    inside = [] if depth > 3 else _some(list(rule.children.values()), chance, 4)
    children = "".join(_element(child, nodes.get(child.name), chance, depth + 1) for child in inside)
    return f"\n<{rule.name}{''.join(attributes)}>{children}</{rule.name}>"


_NAMES = sorted({found["value"].decode() for found in _ATTRIBUTE.finditer(GARDEN) if len(found["value"]) < 30})


def _value(kind: str, accepted: ValueType, chance: Source) -> str:
    if chance.random() < 0.03:
        return chance.choice(("", " ", "\n", "9" * 30, "<&>\"'", "\u202e", "x" * 500))
    if accepted.choices:
        return chance.choice(accepted.choices)
    if accepted.name == "xs:int":
        return str(chance.randrange(-3, 200))
    if kind == "expression" or (kind == "binding" and chance.random() < 0.2):
        return _without_controls(expression(chance))
    return chance.choice(_NAMES)


def _without_controls(text: str) -> str:
    return "".join(each for each in text if each >= " ")


def _rules() -> list[ElementRule]:
    return [rule for rule in grammar().children.values() if not rule.ignored]


def _some(rules: list[ElementRule], chance: Source, most: int) -> list[ElementRule]:
    return chance.choices(rules, k=chance.randrange(1, most)) if rules else []


def _expressions() -> Iterator[str]:
    from compiler.source.xml import parse_xml

    for data in SEEDS:
        document, _ = parse_xml("seed.xml", data)
        for element in document.root.walk() if document else ():
            yield from (text for name, text in element.attributes.items() if "Expression" in name and len(text) < 2000)


_SOUND = sorted(set(_expressions()))
