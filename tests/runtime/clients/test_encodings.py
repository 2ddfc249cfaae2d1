"""Encodings by their .NET names, against what iconv says of the same octets."""

import subprocess

import pytest

from runtime.clients.encodings import decoder, mark

PAGES = [37, 273, 277, 278, 280, 284, 285, 297, 500, 871, 1047, *range(1140, 1150)]


def iconv(octets: bytes, source: str, target: str = "UTF-8") -> bytes:
    return subprocess.run(["iconv", "-f", source, "-t", target], input=octets, capture_output=True, check=True).stdout


@pytest.mark.parametrize("page", PAGES)
def test_mainframe_pages_agree_with_iconv(page: int) -> None:
    octets = bytes(each for each in range(256) if each != 0x15)
    assert decoder(f"IBM{page:03}").decode(octets) == iconv(octets, f"IBM{page:03}").decode()


@pytest.mark.parametrize(
    ("name", "peer"),
    [("utf-8", "UTF-8"), ("Unicode", "UTF-16LE"), ("unicodeFFFE", "UTF-16BE"), ("utf-16BE", "UTF-16BE"),
     ("utf-32", "UTF-32LE"), ("iso-8859-15", "ISO-8859-15"), ("windows-1252", "CP1252"), ("1252", "CP1252"),
     ("65001", "UTF-8"), ("28605", "ISO-8859-15"), ("IBM850", "CP850"), ("ibm437", "CP437")],
)  # fmt: skip
def test_names_of_dotnet(name: str, peer: str) -> None:
    text = "Käse, Rüben\n"
    octets = iconv(text.encode(), "UTF-8", peer)
    assert decoder(name).decode(octets, final=True) == text


def test_new_line_of_the_mainframe() -> None:
    assert decoder("IBM01047").decode(b"\xc1\x15\xc2") == "A\nB"


@pytest.mark.parametrize("name", ["", "utf-9", "klingon", "99999", "base64", "rot13", "hex"])
def test_unknown_names(name: str) -> None:
    with pytest.raises(ValueError, match="unknown encoding"):
        decoder(name)


def test_marks() -> None:
    assert mark(b"\xef\xbb\xbfa") == ("utf-8", 3)
    assert mark(b"\xff\xfe\x00\x00") == ("utf-32-le", 4)
    assert mark(b"\xff\xfea\x00") == ("utf-16-le", 2)
    assert mark(b"a,b") == ("", 0)
