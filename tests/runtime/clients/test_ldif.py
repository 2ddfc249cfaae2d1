"""Records of RFC 2849, whole and broken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clients.ldif import Reader, Record
from runtime.clients.tabular import Malformed


def refuse(url: str) -> bytes:
    raise ValueError(f"not {url}")


def read(data: bytes, *wanted: str) -> list[Record]:
    return list(Reader(wanted, refuse).records(data.splitlines(keepends=True)))


def test_a_file_with_everything() -> None:
    data = (
        b"# made by hand,\n  over two lines\nversion: 1\ndn: cn=Ada,o=Lab\nobjectClass: person\nCN:Ada\n"
        b"cn:   Countess \ndescription: a long\n  story\n# in between\njpegPhoto:: AAEC\n"
        b"userCertificate;binary:: /w==\n"
        b"cn;lang-fr: Adele\n\n\ndn:: Y249WsOpLG89TGFi\r\ncn: Z\r\n"
    )
    ada, zoe = read(data, "cn", "description", "jpegphoto", "userCertificate;binary", "cn;lang-FR")
    assert ada == Record(1, "add", {
        "dn": [b"cn=Ada,o=Lab"], "cn": [b"Ada", b"Countess "], "description": [b"a long story"],
        "jpegphoto": [b"\x00\x01\x02"], "usercertificate": [b"\xff"], "cn;lang-fr": [b"Adele"],
    })  # fmt: skip
    assert zoe == Record(16, "add", {"dn": ["cn=Zé,o=Lab".encode()], "cn": [b"Z"]})


def test_change_records() -> None:
    data = (
        b"dn: cn=A\ncontrol: 1.2.3 true\nchangetype: add\ncn: A\n\n"
        b"dn: cn=B\nchangetype: modify\nreplace: cn\ncn: C\n-\n\n"
        b"dn: cn=C\nchangeType: delete\n"
    )
    assert [(record.change, record.values.get("cn")) for record in read(data, "cn")] == [
        ("add", [b"A"]), ("modify", None), ("delete", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"dn: cn=A\ncn: A\nnonsense\n", 3),
        (b"dn: cn=A\n\ncn: A\n", 3),
        (b"dn: cn=A\n\n dn: cn=B\n", 3),
        (b"dn: cn=A\ncn:: %%%\n", 2),
        (b"dn: cn=A\ndescription: long\n  er\ncn:: QQ=\n", 4),
        (b"dn: cn=A\nc n: A\n", 2),
        (b"dn: cn=A\ncn: \xff\n", 2),
        (b"dn: cn=A\ncn:< file:///etc/hostname\n", 2),
        (b"dn:: /w==\n", 1),
        (b"dn: cn=A\ncontrol: 1.2.3\ncn: A\n", 2),
        (b"hello\n", 1),
        (b"dn: cn=A\n-\n", 2),
    ],
)
def test_a_malformed_record_names_its_line(data: bytes, line: int) -> None:
    with pytest.raises(Malformed) as raised:
        read(data, "cn")
    assert raised.value.line == line


def test_octets_of_attributes_that_nobody_wants_are_left_alone() -> None:
    assert read(b"dn: cn=A\nphoto:: %%%\nfile:< http://host/\nsn: \xff\n", "cn")[0].values == {"dn": [b"cn=A"]}


NAMES = st.from_regex(r"\A[a-z][a-z0-9-]{0,6}\Z")
VALUES = st.binary(max_size=200)


@given(
    st.lists(st.dictionaries(NAMES.filter(lambda name: name != "dn"), VALUES, max_size=4), max_size=4),
    st.integers(2, 30),
)
def test_what_was_written_is_read(entries: list[dict[str, bytes]], width: int) -> None:
    def folded(line: str) -> str:
        return line[:width] + "".join(f"\n {line[at : at + width]}" for at in range(width, len(line), width))

    text = ""
    for at, entry in enumerate(entries):
        lines = [f"dn: cn={at}", *(f"{name}:: {base64.b64encode(value).decode()}" for name, value in entry.items())]
        text += "\n".join(map(folded, lines)) + "\n\n"
    names = {name for entry in entries for name in entry} - {"control", "changetype"}
    expected = [{name: [entry[name]] for name in entry if name in names} for entry in entries]
    assert [{k: v for k, v in each.values.items() if k != "dn"} for each in read(text.encode(), *names)] == expected
