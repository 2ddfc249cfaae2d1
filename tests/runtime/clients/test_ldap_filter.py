"""Search filters: the octets of RFC 4511 for the texts of RFC 4515 (made with pyasn1), and what is no filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clients import ldap_filter


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("(cn=Babs)", "a30a0402636e040442616273"),
        ("cn=Babs", "a30a0402636e040442616273"),
        ("(!(cn=T))", "a209a3070402636e040154"),
        ("(&(a=1)(b=2))", "a010a306040161040131a306040162040132"),
        ("( | (a=1) (b=2) )", "a110a306040161040131a306040162040132"),
        ("(o=univ*of*mich*)", "a41504016f30108004756e697681026f6681046d696368"),
        ("(cn=*ab)", "a40a0402636e300482026162"),
        ("(cn=a*b)", "a40c0402636e3006800161820162"),
        ("(seeAlso=)", "a30b0407736565416c736f0400"),
        ("(cn:caseExactMatch:=F)", "a917810e6361736545786163744d617463688202636e830146"),
        ("(cn:=B)", "a9078202636e830142"),
        ("(sn:dn:2.4.6:=B)", "a9118105322e342e368202736e8301428401ff"),
        ("(o:dn:=A)", "a90982016f8301418401ff"),
        ("(:dn:2.4.6.8:=D)", "a90f8107322e342e362e388301448401ff"),
        ("(cn=*)", "8702636e"),
        (r"(o=P \28x\29\2a\5c\00)", "a30d04016f040850202878292a5c00"),
        ("(cn>=5)", "a5070402636e040135"),
        ("(cn<=5)", "a6070402636e040135"),
        ("(cn~=5)", "a8070402636e040135"),
        (r"(sn=Lu\c4\8di\c4\87)", "a30d0402736e04074c75c48d69c487"),
        ("(sn=Lučić)", "a30d0402736e04074c75c48d69c487"),
        ("(cn;lang-fr=a)", "a30f040a636e3b6c616e672d6672040161"),
        ("(&)", "a000"),
        ("(|)", "a100"),
    ],
)
def test_encodes(text: str, octets: str) -> None:
    assert ldap_filter.encode(text).hex() == octets


@pytest.mark.parametrize(
    "text",
    ["", "()", "(cn)", "(cn=a", "cn=a)", "(cn=a))", "(cn=a)(sn=b)", "(&cn=a)", "(!(a=b)(c=d))", "((cn=a))", "(cn=a(b)",
     "(cn=a)b)", r"(cn=\2)", r"(cn=\gg)", "(cn=\\", "(cn=\x00)", "(=a)", "(c n=a)", "(cn>=a*)", "(cn=a**b)", "(:=a)",
     "(cn:a:b:=c)", "(cn:=a*)", "(1a=b)", "(cn=a" + ")" * 200, "(!" * 200 + "(a=b)" + ")" * 200],
)  # fmt: skip
def test_refuses_with_the_place(text: str) -> None:
    with pytest.raises(ValueError, match=r"no search filter: .*character \d+"):
        ldap_filter.encode(text)


@given(st.binary())
def test_a_value_stays_a_value(value: bytes) -> None:
    data = ldap_filter.encode(ldap_filter.equals("cn", value))
    assert data.startswith(b"\xa3") and b"\x04\x02cn" in data
    assert data.endswith(value)


@pytest.mark.parametrize("name", ["", "cn)(uid=*", "cn=", "c n", "cn\x00"])
def test_a_name_is_no_filter(name: str) -> None:
    with pytest.raises(ValueError, match="no attribute name"):
        ldap_filter.equals(name, "x")


@given(st.text())
def test_any_text_is_a_filter_or_a_value_error(text: str) -> None:
    try:
        assert ldap_filter.encode(text)
    except ValueError:
        pass


def test_any_of() -> None:
    assert ldap_filter.any_of(["(a=b)"]) == "(a=b)"
    assert ldap_filter.any_of(["(a=b)", "(c=d)"]) == "(|(a=b)(c=d))"
