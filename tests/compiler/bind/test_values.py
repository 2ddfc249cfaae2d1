"""Attributes as typed values: every spelling that the language allows, and what becomes of those it does not."""

from math import inf

import pytest

from compiler.bind.values import family_number, read_attributes
from compiler.model.connectors import Agent, Connection, Connector, DeactivationExportFulfill
from compiler.model.contexts import ContextRule
from compiler.model.metadata import EntityAssociationMapping, EntityProperty, PropertyType
from compiler.model.node import Node
from compiler.model.provisioning import TypeRule
from compiler.source.document import Element
from compiler.span import SourceFile


def _read(node: type[Node], **attributes: str) -> dict[str, object]:
    return read_attributes(node, Element(node.tag, attributes, (), SourceFile("test.xml", ""), 0))


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("1", True), ("FALSE", False), ("0", False), (" true ", True)],
)
def test_booleans_in_every_spelling(text: str, value: bool) -> None:
    assert _read(EntityProperty, Identifier="x", IsKey=text)["is_key"] is value


@pytest.mark.parametrize("text", ["DateTime", "datetime", "4", " DATETIME "])
def test_enumerations_by_name_and_number(text: str) -> None:
    assert _read(EntityProperty, Identifier="x", Type=text)["type"] is PropertyType.DateTime


def test_an_enumeration_named_none() -> None:
    read = _read(Connection, Identifier="x", DeactivationExportFulfill="None")
    assert read["deactivation_export_fulfill"] is DeactivationExportFulfill.None_


@pytest.mark.parametrize("text", ["", "seven", "1.5", "0x10", "9" * 30, "١"])
def test_what_is_no_number_gives_way_to_the_default(text: str) -> None:
    assert "maximum_inserted_lines" not in _read(Connector, Identifier="x", MaximumInsertedLines=text)


def test_integers_may_be_negative() -> None:
    assert _read(EntityProperty, Identifier="x", TargetColumnIndex="-1")["target_column_index"] == -1


@pytest.mark.parametrize(("text", "value"), [("2.5", 2.5), (" -1e3 ", -1000.0), (".5", 0.5), ("7.", 7.0), ("INF", inf)])
def test_numbers_with_a_fraction(text: str, value: float) -> None:
    assert _read(ContextRule, Identifier="x", ReductionOutlierPercentage=text)["reduction_outlier_percentage"] == value


@pytest.mark.parametrize("text", ["", "a few", "1,5", "infinity", "1e", "٢"])
def test_what_is_no_fraction_gives_way_to_the_default(text: str) -> None:
    assert "reduction_outlier_percentage" not in _read(ContextRule, Identifier="x", ReductionOutlierPercentage=text)


def test_an_empty_text_counts_as_absent() -> None:
    assert "format" not in _read(EntityProperty, Identifier="x", Format="")


def test_a_missing_required_value_is_empty() -> None:
    read = _read(Connection, Identifier="x")
    assert (read["connector"], read["package"], read["display_name"]) == ("", "", {})


def test_localised_texts_are_held_by_language() -> None:
    read = _read(Agent, Identifier="x", DisplayName_L1="Greenhouse", DisplayName_L16="Serre", DisplayName_L17="no")
    assert read["display_name"] == {1: "Greenhouse", 16: "Serre"}


def test_dimension_criteria_are_held_by_number() -> None:
    read = _read(TypeRule, D0="North", DV="South", d3v="East", D10="West", D4V="no", L10="true")
    assert read["d"] == {0: "North", 31: "South", 32: "West"}
    assert read["l"] == {32: True}


def test_other_spellings_of_a_name() -> None:
    read = _read(EntityAssociationMapping, Identifier="x", MaximumLinkInsertedLines="7")
    assert read["maximum_inserted_lines"] == 7


@pytest.mark.parametrize(
    ("family", "name", "number"),
    [
        ("D", "D0", 0),
        ("D", "Dv", 31),
        ("D", "D3V", 127),
        ("D", "D4V", None),
        ("D", "D00", None),
        ("D", "DW", None),
        ("D", "DisplayName_L1", None),
        ("DisplayName_L", "DisplayName_L0", None),
        ("DisplayName_L", "DisplayName_L01", None),
        ("DisplayName_L", "DisplayName_L10", 10),
    ],
)
def test_numbers_of_families(family: str, name: str, number: int | None) -> None:
    assert family_number(family, name) == number
