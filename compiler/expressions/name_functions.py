"""The functions over names of people and entries, one entry each: how names sound, distinguished names, user names."""

from compiler.expressions.distinguished_name import format_dn
from compiler.expressions.double_metaphone import double_metaphone
from compiler.expressions.function import Function, parameters
from compiler.expressions.soundex import soundex
from compiler.expressions.types import ValueType
from compiler.expressions.user_names import build_username, build_username_sql, build_username_with_initials

S, I = ValueType.STRING, ValueType.INTEGER  # noqa: E741 - columns of the table below

_UTIL = ("UtilExpressions", "Usercube.Expressions.Functions.UtilExpressions")

NAME_FUNCTIONS = (
    Function("ToSoundex", "builtin", parameters(S), S, None, soundex, "The American Soundex code, four characters."),
    Function("ToDoubleMetaphone", "builtin", parameters(S), S, None, double_metaphone,
             "The primary Double Metaphone code, at most four characters."),
    Function("ToFormatedDN", "builtin", parameters(S), S, None, format_dn,
             "The distinguished name as RFC 4514 writes it, types in upper case; null for what is none."),
    Function("UtilExpressions.BuildUsername", "static", parameters(S, S, S, S, I), S, build_username_sql,
             build_username, "first name, last name, separator, suffix, iteration",
             takes_null=True, classes=_UTIL, nesting=26),
    Function("UtilExpressions.BuildUsernameWithInitials", "static", parameters(S, S, S, S, I, I), S, None,
             build_username_with_initials, "first name, last name, separator, suffix, longest length, iteration",
             takes_null=True, classes=_UTIL),
)  # fmt: skip
