"""A size goes in; a large configuration of our own invention, the same for every run, comes out as a folder of XML.

Every reference resolves and every expression compiles. Every `EVERY`-th file leaves one confidence level out, so that
there are findings to place: one W407 each.
"""

import random
from collections.abc import Iterator
from pathlib import Path

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">\n'
FOOT = "</ConfigurationFile>\n"
EVERY = 20
TYPES = 6
COLUMNS = 22
_WORDS = (
    "harbour pilot crane quay ledger berth tide signal anchor cargo manifest customs freight lantern mooring "
    "tonnage ballast dredger jetty keel beacon chart wharf rope sextant galley hull rudder compass buoy"
).split()
_PERSON = ("Number", "First", "Last", "Login", "Mail", "Title", "Site", "Phone", "Grade", "Started")


def write(folder: Path, files: int, bytes_wanted: int) -> int:
    """Write the configuration below `folder`; returns how many elements it has. Comments fill it up to the size."""
    chance = random.Random(6_2)
    elements = 0
    for number in range(files):
        lines = list(_shared(chance) if number == 0 else _system(number, chance))
        elements += sum(line.lstrip()[1] not in "!/" for line in lines) + 1
        text = HEAD + "\n".join(lines) + "\n" + FOOT
        path = folder / f"Site{number // 25:02}" / f"System{number:03}.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, lines, bytes_wanted // files, chance), encoding="utf-8")
    return elements


def _filled(text: str, lines: list[str], size: int, chance: random.Random) -> str:
    """The file with remarks between its lines until it has its size."""
    missing = size - len(text.encode())
    if missing <= 0:
        return text
    remarks = 30
    each = missing // remarks - 12
    places = set(chance.sample(range(len(lines)), min(remarks, len(lines))))
    body = [f"<!-- {_words(chance, each)} -->\n{line}" if at in places else line for at, line in enumerate(lines)]
    return HEAD + "\n".join(body) + "\n" + FOOT


def _words(chance: random.Random, length: int) -> str:
    text = " ".join(chance.choices(_WORDS, k=max(1, length // 6)))
    return text[: max(0, length)]


def _names(chance: random.Random, count: int = 3) -> str:
    return " ".join(
        f'DisplayName_L{number}="{" ".join(chance.choices(_WORDS, k=4))} (É{number})"' for number in range(1, count + 1)
    )


def _shared(chance: random.Random) -> Iterator[str]:
    for number, code in enumerate(("en-GB", "fr-FR", "nl-NL"), 1):
        yield f'  <Language Code="{code}" IndicatorNumber="{number}" />'
    yield f'  <Policy Identifier="Port" {_names(chance)} IsProvisioningEnabled="true" />'
    yield from _connector("Staff", chance)
    yield from _entity_type("Staff_Person", _PERSON, chance)
    yield from _mapping("Staff_Person", "Staff", _PERSON)


def _system(number: int, chance: random.Random) -> Iterator[str]:
    name = f"System{number:03}"
    yield from _connector(name, chance)
    columns = [f"{chance.choice(_WORDS).title()}{at:02}" for at in range(COLUMNS)]
    for at in range(TYPES):
        entity_type = f"{name}_Type{at}"
        yield from _entity_type(entity_type, columns, chance, navigations=True)
        yield from _mapping(entity_type, name, columns)
        yield from _association(entity_type, name, columns, chance)
        is_short = number % EVERY == 0 and at == 0
        yield from _resource_type(f"{name}_Account{at}", entity_type, columns, chance, is_short)
        yield f'  <ResourceTypeMapping Identifier="{name}_Account{at}" Connection="{name}-out" />'


def _connector(name: str, chance: random.Random) -> Iterator[str]:
    limit = chance.randrange(20, 900)
    yield f'  <Connector Identifier="{name}" {_names(chance)} Agent="Local" MaximumInsertedLines="{limit}" />'
    for suffix, package in (("in", "CSV"), ("out", "FulfillToFile")):
        yield (
            f'  <Connection Identifier="{name}-{suffix}" {_names(chance)} Connector="{name}"'
            f' Package="Usercube.{package}@0000001" />'
        )


def _entity_type(
    name: str, columns: list[str] | tuple[str, ...], chance: random.Random, *, navigations: bool = False
) -> Iterator[str]:
    yield f'  <EntityType Identifier="{name}" {_names(chance)}>'
    for at, column in enumerate(columns):
        key = ' IsKey="true"' if at == 0 else ""
        yield f'    <Property Identifier="{column}" {_names(chance)} TargetColumnIndex="{at}"{key} />'
    for side in ("Above", "Below") if navigations else ():
        yield f'    <Property Identifier="{side}" {_names(chance)} Type="ForeignKey" />'
    yield "  </EntityType>"


def _mapping(entity_type: str, connector: str, columns: list[str] | tuple[str, ...]) -> Iterator[str]:
    yield (
        f'  <EntityTypeMapping Identifier="{entity_type}" Connector="{connector}"'
        f' ConnectionTable="{connector}-in_{entity_type}">'
    )
    for at, column in enumerate(columns):
        key = ' IsPrimaryKey="true"' if at == 0 else ""
        yield f'    <Property Identifier="{column}" ConnectionColumn="{column.lower()}"{key} />'
    yield "  </EntityTypeMapping>"


def _association(entity_type: str, connector: str, columns: list[str], chance: random.Random) -> Iterator[str]:
    yield (
        f'  <EntityAssociation Identifier="{entity_type}_Tree" {_names(chance)} Property1="{entity_type}:Above"'
        f' Property2="{entity_type}:Below" IsProperty2Collection="true" />'
    )
    end = f"{entity_type}:{columns[0]}"
    yield (
        f'  <EntityAssociationMapping Identifier="{entity_type}_Tree" Connector="{connector}"'
        f' ConnectionTable="{connector}-in_{entity_type}" Column1="{columns[0].lower()}" Column2="above"'
        f' EntityPropertyMapping1="{end}" EntityPropertyMapping2="{end}" />'
    )


def _resource_type(name: str, target: str, columns: list[str], chance: random.Random, is_short: bool) -> Iterator[str]:
    yield (
        f'  <ResourceType Identifier="{name}" {_names(chance)} Policy="Port" SourceEntityType="Staff_Person"'
        f' TargetEntityType="{target}" BlockProvisioning="false">'
    )
    yield "    <TypeRule />"
    for column in columns[:18]:
        yield f'    <ScalarRule Property="{column}" {_value(chance)} />'
    level = "" if is_short else ' TargetMatchedConfidenceLevel="100"'
    yield f'    <QueryRule Property="Above" SourceBinding="Number" TargetBinding="{columns[0]}"{level} />'
    yield "  </ResourceType>"
    yield (
        f'  <ResourceCorrelationRule ResourceType="{name}" Policy="Port" SourceBinding="Number"'
        f' TargetBinding="{columns[0]}" SourceMatchedConfidenceLevel="100" />'
    )


def _value(chance: random.Random) -> str:
    """Half of the values are bindings; most expressions are shared by many systems, some stand alone."""
    one, two = chance.sample(_PERSON, 2)
    kind = chance.random()
    if kind < 0.5:
        return f'Binding="{one}"'
    if kind < 0.65:
        return f'Binding="{one}" Expression="ToLower"'
    if kind < 0.8:
        return f'Expression="C#:person:return person.{one} + &quot;-&quot; + person.{two};"'
    if kind < 0.95:
        return f'Expression="C#:p:return string.IsNullOrEmpty(p.{one}) ? p.{two} : p.{one}.ToUpper();"'
    word = chance.choice(_WORDS) + str(chance.randrange(10_000))
    return f'Expression="C#:person:return &quot;{word}.&quot; + person.{one}.Trim();"'
