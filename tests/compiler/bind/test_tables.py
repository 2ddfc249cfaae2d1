"""Which connection a table belongs to."""

import pytest

from compiler.bind.tables import connection_of, connector_of, link_table_of, table_name, target_connector
from compiler.model.model import Model
from tests.conftest import CompileText

ELEMENTS = """
<Connector Identifier="Garden" DisplayName_L1="Garden" />
<Connection Identifier="Beds" DisplayName_L1="b" Connector="Garden" Package="Garden.Sheets" />
<Connection Identifier="Beds_North" DisplayName_L1="n" Connector="Garden" Package="Garden.Sheets" />
<EntityType Identifier="Bed">
  <Property Identifier="Code" IsKey="true" />
  <Property Identifier="Plants" Type="ForeignKey" />
</EntityType>
<EntityType Identifier="Plant">
  <Property Identifier="Name" IsKey="true" />
  <Property Identifier="Bed" Type="ForeignKey" />
</EntityType>
<EntityAssociation Identifier="Plants" Property1="Bed:Plants" IsProperty1Collection="true" Property2="Plant:Bed" />
<EntityTypeMapping Identifier="Bed" ConnectionTable="beds_all.csv">
  <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
</EntityTypeMapping>
<EntityTypeMapping Identifier="Plant" Connector="Garden" ConnectionTable="Beds_North_plants">
  <Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" />
</EntityTypeMapping>
<EntityAssociationMapping Identifier="Plants" Connector="Garden" Column1="bed" EntityPropertyMapping1="Bed:Code"
                          Column2="name" EntityPropertyMapping2="Plant:Name" />
"""


@pytest.fixture
def model(compile_text: CompileText) -> Model:
    compilation = compile_text(ELEMENTS)
    assert compilation.plan is not None
    return compilation.model


@pytest.mark.parametrize(
    ("table", "connection"),
    [
        ("Beds", "Beds"),
        ("beds_all", "Beds"),
        ("Beds_North", "Beds_North"),
        ("Beds_North_plants.csv", "Beds_North"),
        ("Beds_Northern", "Beds"),
        ("Bedsteads", None),
    ],
)
def test_the_longest_identifier_that_begins_the_name(model: Model, table: str, connection: str | None) -> None:
    found = connection_of(model, table)
    assert (found.identifier if found else None) == connection


def test_a_table_name_may_end_in_csv() -> None:
    assert table_name("Beds_all.CSV") == "Beds_all"


def test_a_mapping_without_connector_belongs_to_its_tables(model: Model) -> None:
    assert model.entity_type_mappings["Bed"].connector is None
    assert connector_of(model, model.entity_type_mappings["Bed"]) == "Garden"
    assert target_connector(model, "Plant") == "Garden"
    assert target_connector(model, "Nothing") is None


def test_links_without_table_stand_in_the_table_whose_key_they_name(model: Model) -> None:
    assert link_table_of(model, model.association_mappings["Plants"]) == "Beds_North_plants"
