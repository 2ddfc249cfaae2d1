"""A .NET format of numbers goes in (`D4`, `X2`, `F2`, `N0`, `0.00`, `#,##0`); what writes numbers by it comes out.

Invariant culture: a point before decimals, commas between thousands. Halves are rounded away from zero.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext

_STANDARD = re.compile(r"([DdXxFfNn])([0-9]{0,2})")
_CUSTOM = re.compile(r"(?P<whole>[#,]*[0,]*)(?:\.(?P<point>0*#*))?")
_DECIMALS = 2
_WIDE = 2**32


def problem(pattern: object) -> str:
    """Why numbers cannot be written by a format; empty when they can."""
    if not isinstance(pattern, str) or not pattern:
        return "the format must be a constant text"
    custom = _CUSTOM.fullmatch(pattern)
    if _STANDARD.fullmatch(pattern) or (custom is not None and ("0" in pattern or "#" in pattern)):
        return ""
    return (
        f"the format `{pattern}` of numbers is not supported; there are D, X, F, N and those of `0`, `#`, `.` and `,`"
    )


def problem_of_real(pattern: object) -> str:
    """The same for real numbers, which neither `D` nor `X` writes."""
    wrong = problem(pattern)
    return wrong or (f"the format `{pattern}` is for whole numbers" if str(pattern)[0] in "DdXx" else "")


def written(value: int | float, pattern: str) -> str:
    """The number in a format."""
    standard = _STANDARD.fullmatch(pattern)
    if standard is None:
        return _custom(value, pattern)
    kind, digits = standard[1], int(standard[2]) if standard[2] else None
    if kind in "Dd":
        return f"{'-' if value < 0 else ''}{abs(int(value)):0{digits or 1}d}"
    if kind in "Xx":
        bits = _WIDE if -(_WIDE // 2) <= value < 0 else _WIDE**2
        text = f"{int(value) % bits:0{digits or 1}x}" if value < 0 else f"{int(value):0{digits or 1}x}"
        return text.upper() if kind == "X" else text
    return _fixed(value, _DECIMALS if digits is None else digits, commas=kind in "Nn", keeps_sign=True)


def _fixed(value: int | float, decimals: int, *, commas: bool, keeps_sign: bool) -> str:
    """So many decimals; `F` and `N` keep the sign of a number that is rounded to zero."""
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    text = f"{abs(rounded):,f}" if commas else f"{abs(rounded):f}"
    is_negative = value < 0 and (rounded != 0 or keeps_sign)
    return f"-{text}" if is_negative else text


def _custom(value: int | float, pattern: str) -> str:
    found = _CUSTOM.fullmatch(pattern)
    assert found is not None
    whole, point = found["whole"], found["point"] or ""
    text = _fixed(value, len(point), commas="," in whole, keeps_sign=False)
    sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
    digits, _, rest = text.partition(".")
    least = whole.count("0")
    digits = digits.lstrip("0,") if not least else digits.zfill(least + (least - 1) // 3 * ("," in whole))
    rest = rest[: point.count("0")] + rest[point.count("0") :].rstrip("0")
    return sign + digits + (f".{rest}" if rest else "")
