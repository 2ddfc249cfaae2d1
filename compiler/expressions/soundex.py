"""A name goes in, its American Soundex code comes out: the first letter and three digits for consonants."""

from compiler.expressions import folding

_DIGITS = {
    letter: digit
    for digit, letters in {"1": "BFPV", "2": "CGJKQSXZ", "3": "DT", "4": "L", "5": "MN", "6": "R"}.items()
    for letter in letters
}
_LENGTH = 4


def soundex(name: str) -> str:
    """Four characters; empty for a text without any of the letters A to Z (as the US National Archives describe it).

    Neighbours of one digit count once, also with H or W between them; a vowel between them keeps them apart.
    """
    plain = name if name.isascii() else folding.remove_diacritics(name)
    letters = [each for each in folding.upper(plain) if "A" <= each <= "Z"]
    if not letters:
        return ""
    code, before = letters[0], _DIGITS.get(letters[0], "")
    for letter in letters[1:]:
        digit = _DIGITS.get(letter, "")
        if digit and digit != before:
            code += digit
        if letter not in "HW":
            before = digit
    return code[:_LENGTH].ljust(_LENGTH, "0")
