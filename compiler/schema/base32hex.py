"""A number goes in, its digits in attribute names come out: 10 is A, 42 is 1A, 127 is 3V (language.md §2.8)."""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"


def base32hex(number: int) -> str:
    """The digits of a number from 0 to 1023, without leading zeros."""
    return (DIGITS[number // 32] if number > 31 else "") + DIGITS[number % 32]
