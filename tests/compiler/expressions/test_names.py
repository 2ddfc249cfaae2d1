"""How names sound, distinguished names and user names: known results, and what holds of any."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.expressions.distinguished_name import escape, format_dn
from compiler.expressions.double_metaphone import double_metaphone
from compiler.expressions.soundex import soundex
from compiler.expressions.user_names import build_username, build_username_with_initials

SOUNDEX = {
    "A261": "Ashcraft Ashcroft",
    "B625": "Brockman",
    "E460": "Euler Ellery",
    "G200": "Gauss Ghosh",
    "H416": "Hilbert Heilbronn",
    "K530": "Knuth Kant",
    "L300": "Lloyd Ladd",
    "L222": "Lukasiewicz Lissajous",
    "R163": "Robert Rupert",
    "R150": "Rubin",
    "T522": "Tymczak",
    "P236": "Pfister",
    "H555": "Honeyman",
    "W252": "Washington",
    "L000": "Lee",
    "G362": "Gutierrez",
    "J250": "Jackson",
    "V532": "VanDeusen",
}
"""Codes that the US National Archives and Knuth's Sorting and Searching give as examples."""

METAPHONE = """
    maurice MRS aubrey APR cambrillo KMPR heidi HT katherine K0RN catherine K0RN richard RXRT bob PP eric ARK geoff JF
    dave TF ray R steven STFN bryce PRS randy RNT bryan PRN otto AT maisey MS zhang JNK smith SM0 schmidt XMT
    jankelowicz JNKL filipowicz FLPT arnow ARN xavier SF raspberry RSPR campbell KMPL breaux PR resnais RSN artois ART
    island ALNT carlysle KRLL sugar XKR snider SNTR schlesinger XLSN schooner SKNR schermerhorn XRMR schenker XNKR
    caesar SSR chianti KNT michael MKL chemistry KMST chorus KRS chore XR architect ARKT arch ARX orchestra ARKS
    wachtler AKTL wechsler AKSL tichner TXNR mchugh MK czerny SRN focaccia FKX bellocchio PLX bacchus PKS accident AKST
    accede AKST succeed SKST edge AJ edgar ATKR ghislane JLN hugh H laugh LF mclaughlin MKLF cough KF tough TF
    cagney KKN tagliaro TKLR danger TNJR biaggi PJ jose HS dumb TM thumb 0M rogier RJ hochmeier HKMR
    allerton ALRT acton AKTN aggar AKR alcock ALKK bacon PKN fenwick FNK knight NT wright RT philip FLP thomas TMS
""".split()
"""Primary codes of the algorithm's published examples and of the names that its implementations share as tests."""

NAMES = st.text(st.sampled_from("aAbcCdeéfgGhiIjkKlmnñoøpqrsSštßtuüvwWxyzZçł -'东"), max_size=12)
MANY = settings(max_examples=500, deadline=None)


@pytest.mark.parametrize(("code", "names"), list(SOUNDEX.items()))
def test_soundex(code: str, names: str) -> None:
    for name in names.split():
        assert soundex(name) == soundex(name.upper()) == soundex(f"-{name.lower()} ") == code


@pytest.mark.parametrize(("name", "code"), list(zip(METAPHONE[::2], METAPHONE[1::2], strict=True)))
def test_double_metaphone(name: str, code: str) -> None:
    assert double_metaphone(name) == double_metaphone(f" {name.upper()}") == code


@pytest.mark.parametrize(
    ("name", "code"), [("François", "FRNS"), ("Núñez", "NNS"), ("Muñoz", "MNS"), ("Strauß", "STRS")]
)
def test_marks_are_heard_where_they_matter(name: str, code: str) -> None:
    assert double_metaphone(name) == code


@MANY
@given(name=NAMES)
def test_codes_have_their_shape(name: str) -> None:
    assert re.fullmatch("([A-Z][0-6]{3})?", soundex(name))
    assert re.fullmatch("[A0BFHJKLMNPRSTX]{0,4}", double_metaphone(name))
    assert bool(soundex(name)) == any("A" <= each <= "Z" for each in soundex(name))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("cn=Vera Quill , ou = Pilots,dc=port", "CN=Vera Quill,OU=Pilots,DC=port"),
        ("CN=Quill, Vera;OU=x", r"CN=Quill\, Vera,OU=x"),
        ('cn="Quill, Vera", ou=a+uid = 3', r"CN=Quill\, Vera,OU=a+UID=3"),
        (r"cn=a\,b,ou=c", r"CN=a\,b,OU=c"),
        (r"cn=#sharp,ou=\23x", r"CN=\#sharp,OU=\#x"),
        ("cn=#04024869", "CN=#04024869"),
        ("cn=a\\", r"CN=a\\"),
        (r"cn=a\ ,ou=b", r"CN=a\ ,OU=b"),
        ('cn=a"b,ou=<c>', r"CN=a\"b,OU=\<c\>"),
        (r"cn=\c3\a9,2.5.4.3=x", "CN=é,2.5.4.3=x"),
        ("cn=a=b", "CN=a=b"),
        ("cn=,ou=", "CN=,OU="),
        ("cn=a,,ou=b", r"CN=a\,,OU=b"),
        ("", ""),
        ("  ", ""),
        ("Vera Quill", None),
        ("=x", None),
    ],
)
def test_distinguished_names(written: str, name: str | None) -> None:
    assert format_dn(written) == name


@MANY
@given(values=st.lists(st.text('ab ,+"\\<>;=#é0A\t', max_size=6), min_size=1, max_size=3))
def test_escaped_values_come_back_as_they_were(values: list[str]) -> None:
    name = ",".join(f"CN={escape(value)}" for value in values)
    assert format_dn(name) == name


@MANY
@given(text=st.text('cn=ou,;+ "\\#0Aé<', max_size=16))
def test_a_formatted_name_stays_as_it_is(text: str) -> None:
    name = format_dn(text)
    assert name is None or format_dn(name) == name


def test_initials_grow_with_iterations() -> None:
    made = [build_username_with_initials("Jo-Ann", "Quill", ".", None, None, each) for each in range(-1, 6)]
    assert made == ["JA.QUILL", "JA.QUILL", "JOA.QUILL", "JOAN.QUILL", "JOANN.QUILL", "JOANN.QUILL1", "JOANN.QUILL2"]


@MANY
@given(
    names=st.tuples(*(st.none() | NAMES for _ in range(4))),
    longest=st.none() | st.integers(0, 12),
    iteration=st.none() | st.integers(-2, 30),
)
def test_user_names_keep_to_their_length(
    names: tuple[str | None, str | None, str | None, str | None], longest: int | None, iteration: int | None
) -> None:
    made = build_username_with_initials(*names, longest, iteration)
    assert longest is None or len(made) <= longest
    whole = build_username(*names, iteration)
    assert whole.endswith(names[3] or "")
    assert build_username_with_initials(*names, None, 0) == build_username_with_initials(*names, -1, None)
