"""Entries to rows: names as columns, flags of masks, and values that do not have their column's form."""

import pytest

from compiler.plan.steps import ExportColumn
from runtime.clients.directory_rows import Bit, Rows, bit
from runtime.clients.ldap_messages import Entry
from runtime.contract import Value

ENTRY = Entry(
    r"cn=Ada\, B.,OU=Crew, dc=example",
    {"cn": [b"Ada, B."], "mask": [b"514"], "photo": [b"\xff\xfe"], "member": [b"cn=a", b"\xff", b"cn=c"]},
)


def rows(*columns: ExportColumn, spread: str | None = None, entry: Entry = ENTRY) -> tuple[list[list[Value]], Rows]:
    made = Rows(columns, spread)
    return [list(row) for row in made.of(entry)], made


def test_names_are_columns() -> None:
    columns = (ExportColumn("dn"), ExportColumn("parentDN"), ExportColumn("CN"), ExportColumn("dn", format="RDN"))
    assert rows(*columns)[0] == [[ENTRY.dn, "OU=Crew, dc=example", "Ada, B.", r"cn=Ada\, B."]]
    assert rows(ExportColumn("parentdn"), entry=Entry("dc=example", {}))[0] == [[None]]


def test_only_what_columns_need_is_asked_for() -> None:
    columns = (ExportColumn("dn"), ExportColumn("off", format="Bit:Mask:2"), ExportColumn("MASK"), ExportColumn("cn"))
    assert rows(*columns)[1].attributes == ("MASK", "cn")
    assert rows(ExportColumn("dn"))[1].attributes == ("1.1",)


def test_flags() -> None:
    columns = [ExportColumn(f"b{n}", format=f"bit:mask:{n}") for n in (1, 2, 10, 64)]
    assert rows(*columns)[0] == [["0", "1", "1", "0"]]
    assert rows(*columns, entry=Entry("cn=a", {}))[0] == [["0", "0", "0", "0"]]


def test_a_bad_value_spoils_its_cell_alone() -> None:
    columns = (ExportColumn("dn"), ExportColumn("cn"), ExportColumn("photo"), ExportColumn("x", format="Bit:cn:1"))
    found, made = rows(*columns)
    assert found == [[ENTRY.dn, "Ada, B.", None, None]]
    assert made.failed == 2
    said = [note.message.removeprefix(f"{ENTRY.dn}: ") for note in made.notes()]
    assert [text.partition(" left empty: ")[0] for text in said] == ["column photo", "column x"]


def test_a_bad_value_spoils_its_row_alone() -> None:
    found, made = rows(ExportColumn("dn"), ExportColumn("member"), spread="Member")
    assert found == [[ENTRY.dn, "cn=a"], [ENTRY.dn, None], [ENTRY.dn, "cn=c"]]
    assert made.failed == 1


def test_a_name_that_is_no_text_does_not_reach_the_file() -> None:
    found, made = rows(ExportColumn("dn"), ExportColumn("cn"), entry=Entry("cn=\udcff", {"cn": [b"x"]}))
    assert found == [[None, "x"]]
    assert made.failed == 1


@pytest.mark.parametrize("text", ["Bit", "Bit:", "bit:mask", "bit:mask:0", "bit:mask:65", "bit::1", "bit:mask:x"])
def test_no_flag(text: str) -> None:
    with pytest.raises(ValueError, match="Bit:<Property>:<n>"):
        bit(text)


def test_a_flag() -> None:
    assert bit("Bit:userAccountControl:2") == Bit("userAccountControl", 2)
    assert bit("BIT: mask : 64 ") == Bit("mask", 1 << 63)
    assert bit("Bool") is None
