"""The documented white list, member by member: what each gives, as .NET 8 does, or that it is not supported yet.

Everything runs as SQL and row by row. `NOT_YET` names what the language authorises and this version refuses (E499).
"""

import pytest

from compiler.expressions.to_python import evaluate, text_of
from tests.compiler.expressions.given import Resource
from tests.compiler.expressions.world import compiled, value_in_sql

ROW = {
    "code": "aXbXc",
    "FirstName": "12",
    "LastName": "Vera",
    "Rank": "7",
    "Pay": "2.5",
    "OnDuty": "true",
    "Since": "20240305060708",
    "Until": "20250101000000",
    "Logs": [
        {"_id": 1, "Text": "b", "Hours": "3"},
        {"_id": 2, "Text": "A", "Hours": "-1"},
        {"_id": 3, "Text": "b", "Hours": "4"},
    ],
}

TEXTS = {
    'k.code.CompareTo("b")': "-1",
    "k.code.Contains('X')": "true",
    "k.code.EndsWith('c')": "true",
    'k.code.Equals("axbxc", StringComparison.OrdinalIgnoreCase)': "true",
    'k.code.IndexOf("X")': "1",
    'k.code.IndexOf("X", 2)': "3",
    'k.code.IndexOf("X", 9)': None,
    'k.code.IndexOf("", 5)': "5",
    'k.code.Insert(1, "-")': "a-XbXc",
    "k.code.LastIndexOf('X')": "3",
    '"e\\u0301".Normalize()': "é",
    "k.code.PadLeft(8, '-')": "---aXbXc",
    "k.code.PadRight(8, '-')": "aXbXc---",
    "k.code.Remove(2)": "aX",
    "k.code.Replace('X', 'Y')": "aYbYc",
    'k.code.Replace("X", null)': "abc",
    'k.code.Split("X")[1]': "b",
    "k.code.StartsWith('a')": "true",
    "k.code.Substring(1, 2)": "Xb",
    "k.code[1..3]": "Xb",
    "k.code[..^1]": "aXbX",
    "k.code[^2]": "X",
    "k.code.ToCharArray().Length": "5",
    "k.code.ToLower()": "axbxc",
    "k.code.ToUpperInvariant()": "AXBXC",
    "k.code.Trim('a', 'c')": "XbX",
    "k.code.TrimStart(new[] { 'a', 'X' })": "bXc",
    "k.code.Length": "5",
    'string.Compare("a", "B", true)': "-1",
    'string.CompareOrdinal("a", "B")': "1",
    "string.Concat(k.code, 1, 'c')": "aXbXc1c",
    'string.Equals(k.code, "aXbXc")': "true",
    'string.Format("{0:D3}|{1,7}|{1,-7}|{{", k.Rank, k.code)': "007|  aXbXc|aXbXc  |{",
    '$"{k.Rank,4:D2}|{k.Since:yyyy}|{k.Pay:F2}"': "  07|2024|2.50",
    "string.IsNullOrEmpty(k.code)": "false",
    "string.IsNullOrWhiteSpace(null)": "true",
    "string.Join(',', k.code.Split('X'))": "a,b,c",
    "new string('x', 3)": "xxx",
    "new string(k.LastName.Reverse().ToArray())": "areV",
}
NUMBERS = {
    'k.Rank.Value.ToString("D4")': "0007",
    '(-7).ToString("D3")': "-007",
    'k.Rank.Value.ToString("X2")': "07",
    '255.ToString("x")': "ff",
    '(-1).ToString("X")': "FFFFFFFF",
    '1234567.ToString("N0")': "1,234,567",
    '1234567.ToString("#,##0")': "1,234,567",
    '7.ToString("000")': "007",
    '1234.5.ToString("N")': "1,234.50",
    '2.345.ToString("F2")': "2.35",
    '(-0.001).ToString("F2")': "-0.00",
    '2.5.ToString("0.00")': "2.50",
    '2.5.ToString("0.0##")': "2.5",
    '0.25.ToString("#.##")': ".25",
    "k.Rank.Value.CompareTo(3)": "1",
    "k.Rank.Equals(7)": "true",
    'int.Parse("12") + 1': "13",
    'int.TryParse("x", out var n) ? n : -1': "-1",
    "int.MaxValue": "2147483647",
    "int.Max(3, k.Rank.Value)": "7",
    "int.Min(3, k.Rank.Value)": "3",
    "int.Abs(-3)": "3",
    "int.Sign(-3)": "-1",
    "int.Clamp(9, 1, 5)": "5",
    "k.Rank.HasValue": "true",
    "k.Rank.GetValueOrDefault(3)": "7",
    "Nullable.Compare(k.Rank, null)": "1",
    "Nullable.Equals(k.Rank, 7)": "true",
    "k.OnDuty.Value ^ true": "false",
    "k.OnDuty.Value & k.Rank > 3 | false": "true",
}
CHARACTERS = {
    "char.IsDigit('1')": "true",
    "char.IsLetter('é')": "true",
    "char.IsControl('\\n')": "true",
    "char.IsAscii('é')": "false",
    "char.IsAsciiDigit('٣')": "false",
    "char.IsAsciiLetter('a')": "true",
    "char.IsAsciiLetterLower('A')": "false",
    "char.IsAsciiLetterUpper('A')": "true",
    "char.IsAsciiLetterOrDigit('_')": "false",
    "char.IsBetween('b', 'a', 'c')": "true",
    "char.IsPunctuation('!')": "true",
    "char.IsWhiteSpace('\\t')": "true",
    "char.ToUpper('a')": "A",
    "char.ToString('a')": "a",
    "(int)'a'": "97",
    "'a'.CompareTo('b')": "-1",
}
CONVERTED = {
    "Convert.ToInt32(k.FirstName)": "12",
    "Convert.ToInt32('a')": "97",
    "Convert.ToInt32(2.5)": "2",
    "Convert.ToInt64(true)": "1",
    "Convert.ToInt16(k.FirstName)": "12",
    'Convert.ToByte("256")': None,
    'Convert.ToSByte("-128")': "-128",
    'Convert.ToUInt16("-1")': None,
    'Convert.ToUInt32("4294967295")': "4294967295",
    'Convert.ToDouble("1.5")': "1.5",
    "Convert.ToBoolean(0)": "false",
    "Convert.ToString(k.Rank)": "7",
}
TEXTS_OF_LOGS, HOURS = "k.Logs.Select(l => l.Text)", "k.Logs.Select(l => l.Hours)"
SEQUENCES = {
    f'{TEXTS_OF_LOGS}.Aggregate("", (a, b) => a + b)': "bAb",
    f"{HOURS}.Aggregate(0.5, (a, b) => a + b.Value)": "6.5",
    f'{TEXTS_OF_LOGS}.Where(x => x == "q").DefaultIfEmpty("none").First()': "none",
    f'{TEXTS_OF_LOGS}.FirstOrDefault(x => x == "q", "none")': "none",
    f'{TEXTS_OF_LOGS}.Where(x => x == "q").LastOrDefault("none")': "none",
    "k.Logs.SingleOrDefault(l => l.Hours > 30, k.Logs.First()).Text": "b",
    f"string.Concat({TEXTS_OF_LOGS}.Order())": "Abb",
    f"string.Concat({TEXTS_OF_LOGS}.OrderDescending())": "bbA",
    f"string.Concat({TEXTS_OF_LOGS}.Select((x, i) => x + i))": "b0A1b2",
    f"string.Concat({TEXTS_OF_LOGS}.Where((x, i) => i != 1))": "bb",
    "k.Logs.Select((l, i) => l.Hours + i).Max()": "6",
    f"{TEXTS_OF_LOGS}.SequenceEqual({TEXTS_OF_LOGS})": "true",
    f"string.Concat({TEXTS_OF_LOGS}.TakeLast(2))": "Ab",
    f"string.Concat({TEXTS_OF_LOGS}.Skip(k.Rank.Value - 6))": "Ab",
    f"string.Concat({TEXTS_OF_LOGS}.SkipLast(k.Rank.Value - 6))": "bA",
    f"string.Concat({TEXTS_OF_LOGS}.Take(k.Rank.Value - 6))": "b",
    f'{TEXTS_OF_LOGS}.ToList().IndexOf("A")': "1",
    f"{TEXTS_OF_LOGS}.Cast<string>().OfType<string>().Count()": "3",
    "Enumerable.Range(2, 3).Sum()": "9",
    'string.Concat(Enumerable.Repeat("ab", 2))': "abab",
}
DATES = {
    "k.Since.Value.Add(TimeSpan.FromDays(1))": "20240306060708",
    "k.Since.Value.AddDays(-0.5)": "20240304180708",
    "k.Since.Value.AddHours(1)": "20240305070708",
    "k.Since.Value.AddMicroseconds(1000000)": "20240305060709",
    "k.Since.Value.AddMilliseconds(1000)": "20240305060709",
    "k.Since.Value.AddMinutes(1)": "20240305060808",
    "k.Since.Value.AddMonths(1)": "20240405060708",
    "k.Since.Value.AddSeconds(1)": "20240305060709",
    "k.Since.Value.AddTicks(10000000)": "20240305060709",
    "k.Since.Value.AddYears(1)": "20250305060708",
    "DateTime.Compare(k.Since.Value, k.Until.Value)": "-1",
    "k.Since.Value.CompareTo(k.Until.Value)": "-1",
    "DateTime.DaysInMonth(2024, 2)": "29",
    "k.Since.Value.Equals(k.Until.Value)": "false",
    "DateTime.Equals(k.Since.Value, k.Since.Value)": "true",
    "k.Since.Value.ToUniversalTime()": "20240305060708",
    'k.Since.Value.ToString("yyyy-MM-dd")': "2024-03-05",
}
ALL = {**TEXTS, **NUMBERS, **CHARACTERS, **CONVERTED, **SEQUENCES, **DATES}


@pytest.mark.parametrize(("body", "value"), ALL.items(), ids=list(ALL))
def test_member(body: str, value: str | None) -> None:
    result = compiled(f"C#:k:return {body};", None, None)
    assert result.tree is not None, result.problems
    assert value_in_sql(result.tree, ROW) == value
    assert text_of(evaluate(result.tree, Resource(ROW))) == value


@pytest.mark.parametrize("body", ALL, ids=list(ALL))
def test_member_of_nothing(body: str) -> None:
    """With every property null, SQL and row by row agree."""
    result = compiled(f"C#:k:return {body};", None, None)
    assert result.tree is not None
    assert value_in_sql(result.tree, {}) == text_of(evaluate(result.tree, Resource({})))


NOT_YET = [
    *(
        f"{TEXTS_OF_LOGS}.{name}(x => x)"
        for name in ("GroupBy", "SelectMany", "DistinctBy", "MaxBy", "MinBy", "TakeWhile")
    ),
    *(f"{TEXTS_OF_LOGS}.{name}(2)" for name in ("Chunk", "Zip", "ToDictionary", "SkipWhile")),
    "k.Since.Value.GetDateTimeFormats()",
    "char.GetNumericValue('7')",
    "char.IsSurrogate('7')",
    "int.IsEvenInteger(4)",
    'string.Copy("a")',
    'Convert.ToDecimal("1.5")',
    'Convert.ToDateTime("2024-01-01")',
    "Convert.ToBase64String(null)",
    "Convert.ToChar(97)",
]


@pytest.mark.parametrize("body", NOT_YET)
def test_what_is_authorised_and_not_supported_is_said_so(body: str) -> None:
    assert [each.code for each in compiled(f"C#:k:return {body};", None, None).problems] == ["E499"]


OUTSIDE = [
    "DateTime.Now",
    "k.Since.Value.ToLocalTime()",
    "Math.Round(k.Pay.Value)",
    "Guid.NewGuid()",
    "k.LastName.GetType()",
    "System.IO.File.Exists(k.code)",
    "Environment.MachineName",
    "(decimal)k.Pay",
    "1.5m",
    "typeof(string)",
    "k.Rank & 1",
    "k.Rank << 1",
]


@pytest.mark.parametrize("body", OUTSIDE)
def test_what_is_outside_is_refused(body: str) -> None:
    assert {each.code for each in compiled(f"C#:k:return {body};", None, None).problems} <= {"E601", "E612"}
    assert compiled(f"C#:k:return {body};", None, None).tree is None
