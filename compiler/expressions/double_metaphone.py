"""A name goes in, its primary Double Metaphone code comes out: how it sounds, in at most four consonants.

After Lawrence Philips's published description (2000): each letter has one function, which looks around itself and says
what is heard and how many letters that was. `0` is the sound of `th`, `X` that of `sh`, `A` a vowel at the start.
"""

import unicodedata
from collections.abc import Callable

from compiler.expressions import folding

_LENGTH = 4
_VOWELS = "AEIOUY"
_KEPT = "ÇÑ"
_PADDING = " " * 8

Heard = tuple[str, int]
"""What is heard, and how many letters it took."""


class Name:
    """A name in upper case; positions outside it hold spaces."""

    def __init__(self, text: str) -> None:
        self._padded = _PADDING + text + _PADDING
        self.last = len(text) - 1
        self.is_slavo_germanic = any(part in text for part in ("W", "K", "CZ", "WITZ"))
        self.is_germanic = text.startswith(("VAN ", "VON ", "SCH"))

    def has(self, at: int, *parts: str) -> bool:
        """Whether one of the parts stands at a position."""
        return self._padded.startswith(parts, at + len(_PADDING))

    def letter(self, at: int) -> str:
        return self._padded[at + len(_PADDING)]

    def is_vowel(self, at: int) -> bool:
        return self.letter(at) in _VOWELS

    def doubled(self, at: int, *others: str) -> int:
        """2 when the same letter, or one of the others, follows, else 1."""
        return 2 if self.letter(at + 1) in (self.letter(at), *others) else 1


def double_metaphone(name: str) -> str:
    """The primary code; empty for a text without letters."""
    word = Name(_prepared(name))
    at = 1 if word.has(0, "GN", "KN", "PN", "WR", "PS") else 0
    code = ""
    if word.has(0, "X"):
        code, at = "S", 1
    while len(code) < _LENGTH and at <= word.last:
        heard, taken = _LETTERS.get(word.letter(at), _silent)(word, at)
        code += heard
        at += taken
    return code[:_LENGTH]


def _prepared(name: str) -> str:
    if name.isascii():
        return name.strip().upper()
    composed = folding.upper(unicodedata.normalize("NFC", name.strip()))
    return "".join(each if each in _KEPT else folding.upper(folding.remove_diacritics(each)) for each in composed)


def _silent(name: Name, at: int) -> Heard:
    return "", 1


def _plain(sound: str) -> Callable[[Name, int], Heard]:
    """A letter that always sounds the same, once when it is doubled."""
    return lambda name, at: (sound, name.doubled(at))


def _vowel(name: Name, at: int) -> Heard:
    return ("A" if at == 0 else ""), 1


def _c(name: Name, at: int) -> Heard:
    if _is_hard_ach(name, at) or name.has(at, "CHIA"):
        return "K", 2
    if at == 0 and name.has(at, "CAESAR"):
        return "S", 2
    if name.has(at, "CH"):
        return _ch(name, at), 2
    if name.has(at, "CZ") and not name.has(at - 2, "WICZ"):
        return "S", 2
    if name.has(at + 1, "CIA"):
        return "X", 3
    if name.has(at, "CC") and not (at == 1 and name.has(0, "M")):
        return _cc(name, at)
    return _single_c(name, at)


def _is_hard_ach(name: Name, at: int) -> bool:
    """As in `Bacher`, `Macht`."""
    if at <= 1 or name.is_vowel(at - 2) or not name.has(at - 1, "ACH") or name.has(at + 2, "I"):
        return False
    return not name.has(at + 2, "E") or name.has(at - 2, "BACHER", "MACHER")


def _ch(name: Name, at: int) -> str:
    if at > 0 and name.has(at, "CHAE"):
        return "K"
    if at == 0 and name.has(1, "HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM") and not name.has(0, "CHORE"):
        return "K"
    if name.is_germanic or name.has(at - 2, "ORCHES", "ARCHIT", "ORCHID") or name.has(at + 2, "T", "S"):
        return "K"
    opens = at == 0 or name.has(at - 1, "A", "O", "U", "E")
    if opens and name.has(at + 2, "L", "R", "N", "M", "B", "H", "F", "V", "W", " "):
        return "K"
    return "K" if at > 0 and name.has(0, "MC") else "X"


def _cc(name: Name, at: int) -> Heard:
    if not name.has(at + 2, "I", "E", "H") or name.has(at + 2, "HU"):
        return "K", 2
    is_accident = (at == 1 and name.has(0, "A")) or name.has(at - 1, "UCCEE", "UCCES")
    return ("KS" if is_accident else "X"), 3


def _single_c(name: Name, at: int) -> Heard:
    if name.has(at, "CK", "CG", "CQ"):
        return "K", 2
    if name.has(at, "CI", "CE", "CY"):
        return "S", 2
    if name.has(at + 1, " C", " Q", " G"):
        return "K", 3
    return "K", 2 if name.has(at + 1, "C", "K", "Q") and not name.has(at + 1, "CE", "CI") else 1


def _d(name: Name, at: int) -> Heard:
    if name.has(at, "DG"):
        return ("J", 3) if name.has(at + 2, "I", "E", "Y") else ("TK", 2)
    return "T", name.doubled(at, "T")


def _g(name: Name, at: int) -> Heard:
    if name.has(at + 1, "H"):
        return _gh(name, at), 2
    if name.has(at + 1, "N"):
        return _gn(name, at), 2
    if name.has(at + 1, "LI") and not name.is_slavo_germanic:
        return "KL", 2
    if _is_hard_g(name, at):
        return "K", 2
    if name.has(at + 1, "E", "I", "Y") or name.has(at - 1, "AGGI", "OGGI"):
        return ("K" if name.is_germanic or name.has(at + 1, "ET") else "J"), 2
    return "K", name.doubled(at)


def _gh(name: Name, at: int) -> str:
    if at > 0 and not name.is_vowel(at - 1):
        return "K"
    if at == 0:
        return "J" if name.has(2, "I") else "K"
    if name.has(at - 2, "B", "H", "D") or name.has(at - 3, "B", "H", "D") or name.has(at - 4, "B", "H"):
        return ""
    if at > 2 and name.has(at - 1, "U") and name.has(at - 3, "C", "G", "L", "R", "T"):
        return "F"
    return "" if name.has(at - 1, "I") else "K"


def _gn(name: Name, at: int) -> str:
    if at == 1 and name.is_vowel(0) and not name.is_slavo_germanic:
        return "KN"
    return "KN" if name.has(at + 2, "EY") or name.is_slavo_germanic else "N"


def _is_hard_g(name: Name, at: int) -> bool:
    """As in `Gerhard` at the start, in `Berger` later on."""
    if at == 0:
        starts = ("Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER")
        return name.has(1, *starts)
    if not name.has(at + 1, "ER", "Y") or name.has(0, "DANGER", "RANGER", "MANGER"):
        return False
    return not name.has(at - 1, "E", "I", "RGY", "OGY")


def _h(name: Name, at: int) -> Heard:
    """Heard only between vowels and at the start before one."""
    is_heard = (at == 0 or name.is_vowel(at - 1)) and name.is_vowel(at + 1)
    return ("H", 2) if is_heard else ("", 1)


def _j(name: Name, at: int) -> Heard:
    if name.has(at, "JOSE") or name.has(0, "SAN "):
        return ("H" if name.has(0, "SAN ") or (at == 0 and name.has(4, " ")) else "J"), 1
    taken = name.doubled(at)
    if at in (0, name.last) or (name.is_vowel(at - 1) and not name.is_slavo_germanic and name.has(at + 1, "A", "O")):
        return "J", taken
    is_silent = name.has(at + 1, "L", "T", "K", "S", "N", "M", "B", "Z") or name.has(at - 1, "S", "K", "L")
    return ("" if is_silent else "J"), taken


def _m(name: Name, at: int) -> Heard:
    """The b of `dumb` and `thumber` is silent."""
    if name.has(at - 1, "UMB") and (at + 1 == name.last or name.has(at + 2, "ER")):
        return "M", 2
    return "M", name.doubled(at)


def _p(name: Name, at: int) -> Heard:
    return ("F", 2) if name.has(at + 1, "H") else ("P", name.doubled(at, "B"))


def _r(name: Name, at: int) -> Heard:
    """The last r of the French `Rogier` is silent."""
    is_french = at == name.last and name.has(at - 2, "IE") and not name.has(at - 4, "ME", "MA")
    return ("" if is_french and not name.is_slavo_germanic else "R"), name.doubled(at)


def _s(name: Name, at: int) -> Heard:
    if name.has(at - 1, "ISL", "YSL"):
        return "", 1
    if at == 0 and name.has(at, "SUGAR"):
        return "X", 1
    if name.has(at, "SH"):
        return ("S" if name.has(at + 1, "HEIM", "HOEK", "HOLM", "HOLZ") else "X"), 2
    if name.has(at, "SIO", "SIA"):
        return "S", 3
    if (at == 0 and name.has(1, "M", "N", "L", "W")) or name.has(at + 1, "Z"):
        return "S", 2 if name.has(at + 1, "Z") else 1
    if name.has(at, "SC"):
        return _sc(name, at), 3
    is_french = at == name.last and name.has(at - 2, "AI", "OI")
    return ("" if is_french else "S"), name.doubled(at, "Z")


def _sc(name: Name, at: int) -> str:
    if name.has(at + 2, "H"):
        return "SK" if name.has(at + 3, "OO", "UY", "ED", "EM") else "X"
    return "S" if name.has(at + 2, "I", "E", "Y") else "SK"


def _t(name: Name, at: int) -> Heard:
    if name.has(at, "TION", "TIA", "TCH"):
        return "X", 3
    if name.has(at, "TH", "TTH"):
        is_hard = name.has(at + 2, "OM", "AM") or name.is_germanic
        return ("T" if is_hard else "0"), 2
    return "T", name.doubled(at, "D")


def _w(name: Name, at: int) -> Heard:
    if name.has(at, "WR"):
        return "R", 2
    heard = "A" if at == 0 and (name.is_vowel(1) or name.has(0, "WH")) else ""
    ends = at == name.last and name.is_vowel(at - 1)
    if ends or name.has(at - 1, "EWSKI", "EWSKY", "OWSKI", "OWSKY") or name.has(0, "SCH"):
        return heard, 1
    return (heard + "TS", 4) if name.has(at, "WICZ", "WITZ") else (heard, 1)


def _x(name: Name, at: int) -> Heard:
    """Silent at the end of French names: `Breaux`."""
    is_french = at == name.last and name.has(at - 2, "AU", "OU")
    return ("" if is_french else "KS"), name.doubled(at, "C")


def _z(name: Name, at: int) -> Heard:
    return ("J", 2) if name.has(at + 1, "H") else ("S", name.doubled(at))


_LETTERS: dict[str, Callable[[Name, int], Heard]] = {
    **dict.fromkeys(_VOWELS, _vowel),
    "B": _plain("P"),
    "C": _c,
    "Ç": lambda name, at: ("S", 1),
    "D": _d,
    "F": _plain("F"),
    "G": _g,
    "H": _h,
    "J": _j,
    "K": _plain("K"),
    "L": _plain("L"),
    "M": _m,
    "N": _plain("N"),
    "Ñ": lambda name, at: ("N", 1),
    "P": _p,
    "Q": _plain("K"),
    "R": _r,
    "S": _s,
    "T": _t,
    "V": _plain("F"),
    "W": _w,
    "X": _x,
    "Z": _z,
}
