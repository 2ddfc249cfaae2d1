"""A .NET encoding name and a file's first octets in; the decoder of its text out. Never replaces what it cannot read.

The mainframe code pages that Python lacks stand here as their differences from IBM037 (taken from glibc's iconv).
"""

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_ALIASES = {
    "unicode": "utf-16-le", "utf-16": "utf-16-le", "utf16": "utf-16-le", "unicodefffe": "utf-16-be",
    "utf-32": "utf-32-le", "utf32": "utf-32-le", "us-ascii": "ascii",
}  # fmt: skip
"""Names that .NET reads otherwise than Python: without a mark UTF-16 and UTF-32 are little-endian."""

_CODE_PAGES = {65000: "utf-7", 65001: "utf-8", 1200: "utf-16-le", 1201: "utf-16-be", 12000: "utf-32-le",
               12001: "utf-32-be", 20127: "ascii", 932: "cp932", 936: "gbk", 54936: "gb18030", 51949: "euc-kr",
               **{28590 + part: f"iso8859-{part}" for part in range(1, 16) if part != 12}}  # fmt: skip

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
          (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))  # fmt: skip

_FROM_037 = {
    37: "",
    273: "43{4aÄ4f!59~5aÜ5f^63[6aö7c§a1ßb0¢b5@ba¬bb|c0äcc¦d0üdc}e0Öec\\fc]",
    277: "47}4a#4f!5a¤5bÅ5f^67$6aø70¦7bÆ7cØ80@9c{9e[9f]a1üb0¢ba¬bb|c0æd0ådc~",
    278: "43{47}4a§4f!51`5a¤5bÅ5f^63#67$6aö79é7bÄ7cÖ9f]a1üb0¢b5[ba¬bb|c0äcc¦d0ådc~ec@",
    280: "44{48\\4a°4f!51]54}58~5aé5f^6aò79ù7b£7c§90[a1ìb0¢b1#b5@ba¬bb|c0àcd¦d0èdd`e0ç",
    284: "49¦4a[5a]69#6añ7bÑa1¨b0¢ba^bb!bd~",
    285: "4a$5b£a1‾b0¢b1[ba^bc~",
    297: "44@48\\4a°4f!51{54}5a§5f^6aù79µ7b£7cà90[a0`a1¨b0¢b1#b5]ba¬bb|bd~c0éd0èdd¦e0ç",
    500: "4a[4f!5a]5f^b0¢ba¬bb|",
    871: "4aþ4f!5aÆ5fÖ79ð7cÐ8c`8e{9c}9e]a1öac@ae[b0¢ba¬bb|be\\c0Þcc~d0æe0´ec^",
    1047: "5f^ad[b0¬baÝbb¨bd]",
    1140: "9f€",
    1141: "43{4aÄ4f!59~5aÜ5f^63[6aö7c§9f€a1ßb0¢b5@ba¬bb|c0äcc¦d0üdc}e0Öec\\fc]",
    1142: "47}4a#4f!5a€5bÅ5f^67$6aø70¦7bÆ7cØ80@9c{9e[9f]a1üb0¢ba¬bb|c0æd0ådc~",
    1143: "43{47}4a§4f!51`5a€5bÅ5f^63#67$6aö71\\79é7bÄ7cÖ9f]a1üb0¢b5[ba¬bb|c0äcc¦d0ådc~e0Éec@",
    1144: "44{48\\4a°4f!51]54}58~5aé5f^6aò79ù7b£7c§90[9f€a1ìb0¢b1#b5@ba¬bb|c0àcd¦d0èdd`e0ç",
    1145: "49¦4a[5a]69#6añ7bÑ9f€a1¨b0¢ba^bb!bd~",
    1146: "4a$5b£9f€a1¯b0¢b1[ba^bc~",
    1147: "44@48\\4a°4f!51{54}5a§5f^6aù79µ7b£7cà90[9f€a0`a1¨b0¢b1#b5]ba¬bb|bd~c0éd0èdd¦e0ç",
    1148: "4a[4f!5a]5f^9f€b0¢ba¬bb|",
    1149: "4aÞ4f!5aÆ5fÖ79ð7cÐ8c`8e{9c}9e]9f€a1öac@ae[b0¢ba¬bb|be\\c0þcc~d0æe0´ec^",
}
"""By code page: hexadecimal octet and letter, one after the other, where it differs from IBM037."""


class Ebcdic(codecs.IncrementalDecoder):
    """Decodes one of the mainframe's code pages; its new line (0x15) becomes a line feed."""

    def __init__(self, page: int) -> None:
        super().__init__("strict")
        letters = list(bytes(range(256)).decode("cp037"))
        for octet, letter in re.findall("(..)(.)", _FROM_037[page], re.DOTALL):
            letters[int(octet, 16)] = letter
        letters[0x15] = "\n"
        self._letters = "".join(letters)

    def decode(self, input: "ReadableBuffer", final: bool = False) -> str:
        return codecs.charmap_decode(input, self.errors, self._letters)[0]


def decoder(name: str) -> codecs.IncrementalDecoder:
    """The strict decoder of a .NET encoding name or code page number. Raises ValueError for an unknown name."""
    plain = name.strip().lower()
    page = re.fullmatch(r"(?:ibm|cp|ccsid|ebcdic-cp-)?-?0*([0-9]+)", plain)
    if page and int(page[1]) in _FROM_037:
        return Ebcdic(int(page[1]))
    if plain.isdecimal():
        plain = _CODE_PAGES.get(int(plain), f"cp{int(plain)}")
    try:
        made = codecs.getincrementaldecoder(_ALIASES.get(plain, plain))("strict")
        if isinstance(made.decode(b"", final=True), str):  # base64 and the like are codecs too, but not of text
            return made
    except (LookupError, UnicodeError, TypeError):
        pass
    raise ValueError(f"unknown encoding {name!r}; known are utf-8, utf-16, iso-8859-1, windows-1252, IBM1047, …")


def mark(head: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark at the start of `head` announces, and its length; ("", 0) without one."""
    for octets, name in _MARKS:
        if head.startswith(octets):
            return name, len(octets)
    return "", 0


def announced(file: BinaryIO, declared: str | None) -> tuple[str, list[str]]:
    """The encoding of a file: its byte order mark, which is skipped, else as declared, else UTF-8; and a remark
    where mark and declaration disagree."""
    marked, length = mark(file.read(4))
    file.seek(length)
    if not marked or not declared or type(decoder(marked)) is type(decoder(declared)):
        return marked or declared or "utf-8", []
    return marked, [f"the byte order mark says {marked}, not {declared} as the settings do; the mark wins"]
