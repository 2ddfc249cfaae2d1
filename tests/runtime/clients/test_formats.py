"""Values as directories keep them, in and out of internal text."""

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clients.formats import FORMATS, date_text, decoder, encoder, number_text, ordinal_ignore_case, read_date

CASES = [
    (None, [b"Quay", b"Pier"], "Quay"),
    ("", ["Käpt'n".encode()], "Käpt'n"),
    ("Bool", [b"TRUE"], "true"),
    ("bool", [b"FALSE"], "false"),
    ("Byte", [b"255"], "255"),
    ("Int16", [b"-32768"], "-32768"),
    ("Int32", [b"+007"], "7"),
    ("Int64", [b"9223372036854775807"], "9223372036854775807"),
    ("Double", [b"5.0"], "5"),
    ("Double", [b"-.25"], "-0.25"),
    ("Bytes", [b"\x00\xff"], "AP8="),
    ("Binary", [b""], ""),
    ("Guid", [bytes(range(16))], "030201000504070608090a0b0c0d0e0f"),
    ("Guid", [b"5F2504E0-4f89-11d3-9a0c-0305e82c3301"], "5f2504e04f8911d39a0c0305e82c3301"),
    ("SID", [bytes.fromhex("010500000000000515000000a065cf7e784b9b5fe77c8770091c0100")],
     "S-1-5-21-2127521184-1604012920-1887927527-72713"),
    ("sid", [b"S-1-5-32-544"], "S-1-5-32-544"),
    ("1601Date", [b"132539328000000000"], "20210101000000"),
    ("DateTime", [b"0"], None),
    ("datetime", [b"9223372036854775807"], None),
    ("DateTime", [b"20310201123456.9Z"], "20310201123456"),
    ("DateTime", [b"20310201123456"], "20310201123456"),
    ("DateTime", [b"2031020112+0230"], "20310201093000"),
    ("DateTime", [b"203102011230.5Z"], "20310201123030"),
    ("RDN", [b"CN=Quill\\, Vera,OU=Staff,DC=dock"], "CN=Quill\\, Vera"),
    ("RDN", [b'cn="a,b"+uid=1,o=x'], 'cn="a,b"+uid=1'),
    ("MultivaluedText", [b"beta", b"Alpha", b"_c"], "Alpha\nbeta\n_c"),
    ("Concat:;", [b"a;;b;"], "a\nb"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "values", "text"), CASES)
def test_external_values_to_text(format: str | None, values: list[bytes], text: str | None) -> None:
    assert decoder(format, "String")(values) == text


@pytest.mark.parametrize("format", [None, *sorted(FORMATS - {"concat"}), "Concat:|"])
def test_no_value_is_null(format: str | None) -> None:
    assert decoder(format)([]) is None


@pytest.mark.parametrize("format", [None, *sorted(FORMATS - {"concat", "rdn"}), "Concat:|"])
def test_null_and_empty_clear_the_attribute(format: str | None) -> None:
    assert encoder(format)(None) == []
    assert encoder(format)("") == []


@pytest.mark.parametrize(
    ("format", "value"),
    [
        ("Bool", b"yes"), ("Byte", b"256"), ("Byte", b"-1"), ("Int16", b"32768"), ("Int32", b"1_000"),
        ("Int64", b"1e3"),        ("Int64", b"9" * 5000), ("Double", b"nan"), ("Double", b"1e999"), ("Guid", b"short"),
        ("SID", b"\x01\x02\x03"), ("SID", b"S-1-99999999999999999999"), ("DateTime", b"tomorrow"),
        ("DateTime", b"92" * 9 + b"0"),
        ("RDN", b"no name"), ("RDN", b'cn="open'), (None, b"\xff\xfe"), ("DateTime", "²".encode()),
    ],
)  # fmt: skip
def test_a_value_of_another_form_says_why(format: str | None, value: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w") as raised:
        decoder(format)([value])
    assert len(str(raised.value)) < 120


@pytest.mark.parametrize("format", ["Colour", "Concat", "Concat:", "Int32:4", "Bit:flags:2"])
def test_an_unknown_format_is_refused(format: str) -> None:
    with pytest.raises(ValueError, match="(?i)format"):
        decoder(format)
    with pytest.raises(ValueError, match="(?i)format"):
        encoder(format)


@pytest.mark.parametrize(
    ("format", "text", "values"),
    [
        (None, "é", ["é".encode()]),
        ("Bool", "true", [b"TRUE"]),
        ("Guid", "030201000504070608090a0b0c0d0e0f", [bytes(range(16))]),
        ("DateTime", "20310201123456", [b"20310201123456Z"]),
        ("DateTime", "2031-02-01T12:34:56+02:00", [b"20310201103456Z"]),
        ("1601Date", "20210101000000", [b"132539328000000000"]),
        ("MultivaluedText", "a\nb", [b"a", b"b"]),
        ("Concat:, ", "a\nb", [b"a, b"]),
    ],
)
def test_text_to_external_values(format: str | None, text: str, values: list[bytes]) -> None:
    assert encoder(format, "String")(text) == values


@pytest.mark.parametrize(
    ("format", "text"), [("Bytes", "%%"), ("Byte", "300"), ("DateTime", "soon"), ("1601Date", "15000101000000")]
)
def test_a_text_that_cannot_be_written_says_why(format: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        encoder(format)(text)


def test_rdn_is_never_written() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        encoder("RDN")(None)


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_survive(number: int) -> None:
    assert decoder("Int64")(encoder("Int64")(str(number))) == str(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_survive(number: float) -> None:
    assert float(decoder("Double")(encoder("Double")(number_text(number))) or "") == number


@given(st.binary(min_size=1))
def test_octets_survive(octets: bytes) -> None:
    assert encoder("Bytes")(decoder("Bytes")([octets])) == [octets]


@given(st.uuids())
def test_guids_survive(guid: uuid.UUID) -> None:
    assert decoder("Guid")(encoder("Guid")(str(guid))) == guid.hex


@given(st.integers(0, 2**48 - 1), st.lists(st.integers(0, 2**32 - 1), max_size=15))
def test_sids_survive(authority: int, subs: list[int]) -> None:
    octets = bytes([1, len(subs)]) + authority.to_bytes(6, "big") + b"".join(sub.to_bytes(4, "little") for sub in subs)
    assert encoder("SID")(decoder("SID")([octets])) == [octets]


@given(st.datetimes(datetime(1601, 1, 2), datetime(9999, 12, 30)), st.sampled_from(["DateTime", "1601Date"]))
def test_dates_survive_to_the_second(moment: datetime, format: str) -> None:
    text = date_text(moment)
    assert decoder(format)(encoder(format)(text)) == text
    assert read_date(text) == moment.replace(microsecond=0, tzinfo=UTC)


@given(st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_many_values_survive_in_one_order(values: list[str]) -> None:
    text = decoder("MultivaluedText")([value.encode() for value in values])
    assert decoder("MultivaluedText")(list(reversed(encoder("MultivaluedText")(text)))) == text


def test_order_is_that_of_upper_case() -> None:
    assert sorted(["é", "_", "ß", "Z", "a"], key=ordinal_ignore_case) == ["a", "Z", "_", "é", "ß"]
