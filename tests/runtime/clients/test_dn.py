"""Distinguished names: the examples of RFC 4514, and properties that every name keeps."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime.clients import dn

VALUES = st.text(st.characters(codec="utf-8"), min_size=1)
PAIRS = st.tuples(st.sampled_from(["cn", "ou", "2.5.4.3"]), VALUES)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("UID=jsmith,DC=example", ((("UID", "jsmith"),), (("DC", "example"),))),
        ("OU=Sales+CN=J.  Smith", ((("OU", "Sales"), ("CN", "J.  Smith")),)),
        (r"CN=James \"Jim\" Smith\, III", ((("CN", 'James "Jim" Smith, III'),),)),
        (r"CN=Before\0dAfter", ((("CN", "Before\rAfter"),),)),
        (r"CN=Lu\C4\8Di\C4\87", ((("CN", "Lučić"),),)),
        ("1.3.6.1.4.1.1466.0=#04024869", ((("1.3.6.1.4.1.1466.0", "Hi"),),)),
        (" cn = a , ou = b ", ((("cn", "a"),), (("ou", "b"),))),
        (r"cn=\ two\ ", ((("cn", " two "),),)),
        ("cn=a=b#c", ((("cn", "a=b#c"),),)),
        ("cn=", ((("cn", ""),),)),
    ],
)
def test_reads(text: str, names: dn.Dn) -> None:
    assert dn.parse(text) == names


@pytest.mark.parametrize(
    "text", ["people", "cn", "=a", "cn=a,", ",cn=a", "cn=a,,cn=b", 'cn="a"', "cn=a;ou=b", "cn=a<b", "cn=a\\", "cn=a\\q",
             "cn=a\x00", "cn=#04zz>", "cn=#0405aa", "c n=a", "cn=a+"]
)  # fmt: skip
def test_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="distinguished name"):
        dn.parse(text)


@given(st.lists(st.lists(PAIRS, min_size=1, max_size=3), max_size=4))
@example([[("cn", " ")]])
@example([[("cn", "#")], [("ou", "\\")]])
def test_what_is_written_reads_back(names: list[list[tuple[str, str]]]) -> None:
    name = tuple(tuple(rdn) for rdn in names)
    assert dn.parse(dn.to_text(name)) == name


@given(VALUES)
def test_a_value_stays_one_value(value: str) -> None:
    text = f"cn={dn.escape(value)},dc=example"
    assert dn.parse(text) == ((("cn", value),), (("dc", "example"),))
    assert dn.parent_text(text) == "dc=example"
    assert "\x00" not in text


@given(st.binary(min_size=1))
def test_octets_that_are_no_text_come_out_as_they_were(data: bytes) -> None:
    value = data.decode("utf-8", "surrogateescape")
    ((pair,),) = dn.parse(f"cn={dn.escape(value)}")
    assert pair[1].encode("utf-8", "surrogateescape") == data
    dn.escape(value).encode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Ada Byron,OU=People", "cn=ada   byron, ou=people"),
        ("cn=a+uid=b", "UID=b+CN=a"),
        ("2.5.4.3=x", "commonName=X"),
        (r"cn=a\,b", r"cn=a\2Cb"),
        ("cn=Łódź", "CN=łÓDŹ"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert dn.same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("cn=a", "cn=b"), ("cn=a,ou=b", "cn=a"), (r"cn=a\,ou=b", "cn=a,ou=b"), ("a", "A")]
)
def test_different_names(one: str, other: str) -> None:
    assert not dn.same(one, other)


def test_parent_in_the_servers_spelling() -> None:
    assert dn.parent_text(r"cn=a\,b\\,OU=Péople , DC=Example") == "OU=Péople , DC=Example"
    assert dn.parent_text("dc=example") == ""
    assert dn.parent_text("") == ""


def test_one_relative_name() -> None:
    assert dn.parse_rdn(r"cn=a\,b") == (("cn", "a,b"),)
    for text in ("cn=a,ou=b", ""):
        with pytest.raises(ValueError, match="relative"):
            dn.parse_rdn(text)
