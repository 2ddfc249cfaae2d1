"""Transformations in the plan: what is exported for them, and their order; mapping elements with their options."""

from compiler.plan.changes import DateForm, JoinColumns, KeepRows, ShiftDates
from compiler.plan.render import steps
from compiler.plan.steps import Export, ExportColumn, Fulfil, Prepare
from compiler.plan.transformations import columns_read
from tests.conftest import CATALOGUE, CompileText

CONNECTOR = """
<Language Code="en-GB" IndicatorNumber="1" />
<Connector Identifier="Staff" DisplayName_L1="Staff" />
<Connection Identifier="Cards" DisplayName_L1="Cards" Connector="Staff" Package="Garden.Tree">
  <Transformation Type="WhereValue" Table="cards_LIST.csv" Column="state" WhereOperator="CotContains"
                  WhereValue="off" />
  <Transformation Type="TransformDate" Table="Cards_list" InputColumn="expiry" Column="until" AddedDays="-0.5"
                  MinYear="1990" DatePattern="dd.MM.yyyy" />
  <Transformation Type="ConcatColumns" Table="Cards_list" Column="label" InputColumn="no" InputColumn3="until"
                  ConcatSeparator=" " RemoveEmpty="true" SortValues="1" />
  <Transformation Type="WhereValue" Table="Cards_list" Column="label" WhereOperator="Regex" WhereValue="^\\d" />
</Connection>
<EntityType Identifier="Card">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="Label" />
  <Property Identifier="Until" Type="DateTime" />
</EntityType>
<EntityTypeMapping Identifier="Card" Connector="Staff" ConnectionTable="Cards_list">
  <Property Identifier="Number" ConnectionColumn="no" IsPrimaryKey="true" />
  <Property Identifier="Label" ConnectionColumn="label" />
  <Property Identifier="Until" ConnectionColumn="until" Format="1601Date" />
</EntityTypeMapping>
"""


def test_transformations_stand_in_the_order_of_the_document(compile_text: CompileText) -> None:
    compilation = compile_text(CONNECTOR)
    assert compilation.plan is not None, compilation.findings
    (table,) = next(compilation.plan.of(Prepare)).transformed
    assert table.table == "Cards_list"
    assert "1 entity types, 0 associations, 1 tables transformed" in steps(compilation.plan)
    off, shift, join, digit = table.changes
    assert off == KeepRows(column="state", operator="NotContains", value="off")
    assert isinstance(shift, ShiftDates) and isinstance(shift.form, DateForm)
    assert (shift.input, shift.column, shift.days, shift.from_year, shift.to_year) == (
        "expiry",
        "until",
        -0.5,
        1990,
        None,
    )
    assert (shift.form.pattern, shift.form.write) == ("dd.MM.yyyy", "%d.%m.%Y")
    assert join == JoinColumns(column="label", inputs=("no", "until"), separator=" ", without_empty=True, sorted=True)
    assert digit == KeepRows(column="label", operator="Regex", value=r"^[\p{Nd}]")


def test_what_is_exported_is_what_the_mapped_columns_are_made_of(compile_text: CompileText) -> None:
    compilation = compile_text(CONNECTOR)
    assert compilation.plan is not None
    (table,) = next(compilation.plan.of(Export)).tables
    assert table.columns == (
        ExportColumn("no"),
        ExportColumn("state"),
        ExportColumn("expiry", "DateTime", "1601Date"),
    )


def test_a_column_that_is_read_before_it_is_made_is_read_from_the_file() -> None:
    again = (JoinColumns(column="a", inputs=("b", "c")), JoinColumns(column="b", inputs=("a", "d")))
    assert columns_read(["a", "b", "e"], again) == ["b", "e", "c", "d"]
    assert columns_read(["a"], ()) == ["a"]
    assert columns_read(["a"], (KeepRows(column="z"),)) == ["a", "z"]


def test_attributes_of_one_kind_of_mapping_are_options(compile_text: CompileText) -> None:
    compilation = compile_text(
        CONNECTOR
        + """
<Policy Identifier="Garden" DisplayName_L1="Garden" IsProvisioningEnabled="true" />
<Connector Identifier="Cloud" DisplayName_L1="Cloud" />
<Connection Identifier="Desk" DisplayName_L1="Desk" Connector="Cloud" Package="Usercube.SnowTicket@0000001" />
<EntityType Identifier="Ticket"><Property Identifier="Key" IsKey="true" /></EntityType>
<EntityTypeMapping Identifier="Ticket" Connector="Cloud" />
<ResourceType Identifier="Ticket_Card" DisplayName_L1="Card" Policy="Garden" SourceEntityType="Card"
              TargetEntityType="Ticket"><TypeRule /></ResourceType>
<ServiceNowResourceTypeMapping Identifier="Ticket_Card" Connection="Desk" TicketCallerId="gate" TicketImpact="High"
                               TicketUrgency="Low" TicketSynchroIsNotAvailable="1">
  <Property Property="Key" IsDNProperty="true" />
</ServiceNowResourceTypeMapping>
"""
    )
    assert compilation.plan is not None, compilation.findings
    assert {each.code for each in compilation.findings} == {"W187"}
    (kind,) = next(each for each in compilation.plan.of(Fulfil) if each.connection == "Desk").resource_types
    assert kind.options == {"TicketCallerId": "gate", "TicketImpact": "High", "TicketSynchroIsNotAvailable": "true"}
    assert next(each for each in kind.properties if each.property == "Key").is_dn


def test_a_password_stands_in_no_plan(compile_text: CompileText) -> None:
    from compiler.plan.codec import encode

    compilation = compile_text(
        CONNECTOR + '<PasswordResetSettings Identifier="Letter" DefaultPassword="Foxglove-7" MustChange="true" />'
    )
    assert compilation.plan is not None
    data = encode(compilation.plan)
    assert b"Letter" in data
    assert b"Foxglove" not in data
    assert CATALOGUE.unavailable("Garden.Tree") is None


def test_a_shift_is_planned_to_be_taken_back(compile_text: CompileText) -> None:
    compilation = compile_text(
        CONNECTOR.replace(' DatePattern="dd.MM.yyyy"', "")
        + """
<Policy Identifier="Garden" DisplayName_L1="Garden" IsProvisioningEnabled="true" />
<ResourceType Identifier="Card_Card" DisplayName_L1="Card" Policy="Garden" SourceEntityType="Card"
              TargetEntityType="Card"><TypeRule /><ScalarRule Property="Until" Binding="Until" /></ResourceType>
<LdapResourceTypeMapping Identifier="Card_Card" Connection="Cards" DefaultObjectClass="card"
                         RDNAttributeIdentifier="no" />
"""
    )
    assert compilation.plan is not None, compilation.findings
    (kind,) = next(compilation.plan.of(Fulfil)).resource_types
    until = next(each for each in kind.properties if each.property == "Until")
    assert (until.column, until.format) == ("expiry", "1601Date")
    assert until.shift == ShiftDates(column="until", input="expiry", days=-0.5, from_year=1990)
    assert next(each for each in kind.properties if each.property == "Number").shift is None
