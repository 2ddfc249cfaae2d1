"""Mistakes in bindings and expressions: each gives its code, at exactly the characters at fault, with advice."""

import pytest

from compiler.diagnostics.codes import CODES
from compiler.expressions.compile import compile_binding
from compiler.expressions.types import ValueType
from tests.compiler.expressions.world import World, compiled

S, I, B, D = ValueType.STRING, ValueType.INTEGER, ValueType.BOOLEAN, ValueType.DATETIME  # noqa: E741

EXPRESSIONS = [
    # syntax
    ('C#:k:return «"open;»', "E600", "not closed"),
    ("C#:k:return k.Code", "E600", "`;` is missing"),
    ("C#:k:return (k.Ran«k»;", "E600", "`)` is missing"),
    ("C#:k:return k.Rank «+»;", "E600", "operand"),
    ("C#:k:return k.code «? 1»;", "E600", "not C#"),
    ("C#:k:«return 1; } } class D { void Q() {»", "E600", "braces"),
    ('C#:k:return «"a\\0b"»;', "E600", "NUL"),
    ('C#:k:return «"\\ud800"»;', "E600", "surrogate"),
    ("«two words»", "E600", "neither"),
    # white list
    ("C#:k:return «DateTime.Now»;", "E601", "DateTime.Now"),
    ('C#:k:return «DateTime.ParseExact(k.code, "yyyy", null)»;', "E601", "ParseExact"),
    ("C#:k:return «Math.Abs(k.Rank)»;", "E601", "Math.Abs"),
    ('C#:k:return «System».IO.File.ReadAllText("x");', "E612", "System"),
    ("C#:k:return «Environment.Exit(1)»;", "E601", "Environment.Exit"),
    ("C#:k:return k.code.«GetHashCode»();", "E601", "GetHashCode"),
    ("C#:k:return k.code.«Trimm»();", "E601", "did you mean `Trim`?"),
    ("C#:k:return k.code.«Size»;", "E601", "Size"),
    ("C#:k:return k.Since.Value.«Kind»;", "E601", "Kind"),
    ("C#:k:return k.Light.«GetType»();", "E601", "GetType"),
    ('C#:k:return («k.code ??= "x"»);', "E601", "an assignment"),
    ("C#:k:return k.Rank «&» 1;", "E601", "Booleans"),
    ("C#:k:return «~k.Rank»;", "E601", "~"),
    ("C#:k:«while (true) { }» return 1;", "E601", "while"),
    ("C#:k:«k.code.Trim()»; return 1;", "E601", "statement"),
    ('C#:k:«k.code = "x"»; return 1;', "E601", "assignment"),
    ('C#:k:return «queryHandler».Select("x");', "E601", "queryHandler"),
    ("C#:k:return «iteration» + 1;", "E601", "iteration"),
    ('C#:k:return $"«{{{k.code}}}»";', "E601", "join"),
    ('C#:k:return $"{k.code«,k.Rank»}";', "E601", "constant width"),
    ("C#:k:return 1; «// why»", "E601", "comment"),
    ("C#:k:return «k => k»;", "E601", "lambda"),
    ("C#:k:return 1.5«»;", "", ""),
    ("C#:k:return «1.5m»;", "E601", "1.5m"),
    ("C#:k:«for (var i = 0; i < 3; i++) { }» return 1;", "E601", "foreach"),
    ("C#:k:«break;» return 1;", "E601", "break"),
    ("C#:k:return «new Random().Next()»;", "W614", "the same"),
    ("C#:k:return «new Random().Next(1, 2, 3)»;", "E605", "at most 2"),
    ("C#:k:return «new Random(k.Rank.Value)».Next();", "E605", "constant"),
    ("C#:k:return «new Random().NextBytes(null)»;", "E601", "NextDouble"),
    ("«C#:k:return new Random();»", "E602", ""),
    ("C#:k:return «new System.Text.StringBuilder()».Length;", "E601", "`new`"),
    ("C#:k:return new «Dictionary<string, int>»().Count;", "E601", ""),
    ("C#:k:return «(bool)k.Pay»;", "E601", "this cast"),
    ("C#:k:return «k.Logs[0]».Text;", "E601", "First()"),
    ("C#:k:return «k.Logs[1..2]».Any();", "E601", "Skip and Take"),
    ("C#:k:return k.Logs.«Take»(1).Any();", "E613", "Select"),
    ("C#:k:return k.Logs.«Distinct»().Any();", "E613", "Distinct"),
    ("C#:k:return k.Logs.«Sum»(l => l.Hours);", "E613", "Sum"),
    ("C#:k:return k.Logs.«GroupBy»(l => l.Text).Any();", "E499", "GroupBy"),
    ("C#:k:return k.Logs.«Wher»(l => true).Any();", "E601", "did you mean `Where`?"),
    ("C#:k:return k.Logs.Any(«k» => true);", "E605", "declared already"),
    ("C#:k:return k.Logs.Any(«(a, b, c) => true»);", "E601", "one parameter"),
    ("C#:k:return k.Logs.Any(l => l.«Txt» == null);", "E123", "did you mean `Text`?"),
    ("C#:k:return k.Logs.Any(l => «l.Text»);", "E602", "condition"),
    ("C#:k:return k.Logs.OrderBy(l => «l.Light»).Any();", "E602", "no order"),
    ("C#:k:return k.Logs.«ThenBy»(l => l.Text).Any();", "E605", "OrderBy"),
    ("C#:k:var n = 0; return k.Logs.Any(l => «{ n = 1; return true; }»);", "E601", "cannot change `n`"),
    ("C#:k:return k.Logs.Select(l => l.Text).Contains(«1»);", "E602", "each item is a text"),
    ("C#:k:return k.Logs.Skip(«k.code»).Any();", "E602", "an integer"),
    ("«C#:k:return k.Logs;»", "E602", "a collection"),
    ("C#:k:return k.Logs.First().«Nope»;", "E123", "Nope"),
    ("C#:k:«foreach (var x in k.Rank) { }» return 1;", "E602", "goes through a collection"),
    ("C#:k:«StringBuilder» c = null; return 1;", "E601", "StringBuilder"),
    ('C#:k:return Regex.IsMatch(k.code, «"(?=a)"»);', "E605", "look-ahead"),
    ('C#:k:return Regex.IsMatch(k.code, «"(a"»);', "E605", "no regular expression"),
    ("C#:k:return Regex.IsMatch(k.code, «k.code»);", "E605", "constant"),
    ('C#:k:return Regex.IsMatch(k.code, "a", «RegexOptions.RightToLeft»);', "E601", "RightToLeft"),
    ('C#:k:return Regex.Replace(k.code, "(a)", «"$2"»);', "E605", "$2"),
    ('C#:k:return Regex.Split(k.code, «"(a)"»).Count();', "E605", "among the pieces"),
    ('C#:k:return Regex.Matches(k.code, «"a*"»).Count;', "E605", "empty stretches"),
    ("C#:k:return «Regex.Escape(k.code)»;", "E601", "Regex.Escape"),
    ('C#:k:return Regex.Match(k.code, "a").Groups[«"b"»].Value;', "E605", "name of a group"),
    ('C#:k:return Regex.IsMatch(k.code, «"(?m)^a"»);', "E605", "Multiline"),
    ('C#:k:return «new Regex("a").Escape(k.code)»;', "E601", "IsMatch"),
    ('C#:k:return new Regex(«k.code»).IsMatch("a");', "E605", "constant"),
    ('C#:k:return «k.code[0] == "a"»;', "E602", "`==`"),
    ("C#:k:return «k.code[0] + 1»;", "E602", "`+`"),
    ('C#:k:return string.Format(«"{1}"», k.code);', "E605", "stands for no argument"),
    ('C#:k:return string.Join(",", «k.Logs»);', "E602", "select a property"),
    ("C#:k:return k.code is «int»;", "E602", "never `int`"),
    ("C#:k:return k.Rank switch { «[1]» => 2, _ => 3 };", "E601", ""),
    ("C#:k:return k.Since.Value.«GetDateTimeFormats»();", "E499", "culture"),
    ("C#:k:return «new TimeSpan(1, 2)»;", "E605", "three or four"),
    ("C#:k:return «k.Since + k.Until»;", "E602", "`+`"),
    ("C#:k:return «k.Since.Value.Add(1)»;", "E602", "`+`"),
    ("«C#:k:return k.Since - k.Until;»", "E602", "TotalDays"),
    ("C#:k:var l = k.Logs.First(); «foreach (var x in k.Logs) { l = x; }» return l.Text;", "E601", "keep a resource"),
    # queries
    ('C#:k:return queryHandler.Select<«Kepeer»>("").Any();', "E123", "no entity type"),
    ('C#:k:return queryHandler.Select<Keeper>("where «Nope» = 3").Any();', "E123", "Nope"),
    (
        r'C#:k:return queryHandler.Select<Keeper>("where \"a\" = 3").Any();'.replace(r"\"a\"", r"«\"a\"»"),
        "E600",
        "property",
    ),
    (r'C#:k:return queryHandler.Select<Keeper>("where LastName = \"é\" and «Nope» = 3").Any();', "E123", "Nope"),
    ('C#:k:return queryHandler.Select<Keeper>(@"where LastName = ""a"" and «Nope» = 3").Any();', "E123", "Nope"),
    ('C#:k:return queryHandler.Select<Keeper>("where LastName = " + «k.LastName»).Any();', "E601", "quotation marks"),
    ('C#:k:return queryHandler.Select<Keeper>("where «Logs» = null").Any();', "E607", "many"),
    ('C#:k:return queryHandler.Select<Keeper>("where Rank «~» 3").Any();', "E600", "operator"),
    (r'C#:k:return queryHandler.Select<Keeper>("where Since > «\"soon\"»").Any();', "E602", "a date"),
    ('C#:k:return queryHandler.Select<Keeper>("where Rank «=» true").Any();', "E602", "`==`"),
    ('C#:k:return queryHandler.Select<Keeper>("«as» of \\"2020-01-01\\"").Any();', "E499", "history"),
    ("C#:k:return «queryHandler.Select<Keeper>()».Any();", "E605", "one text"),
    ('C#:k:return queryHandler.Select<Keeper>("join Light of type «Lighthous» l").Any();', "E123", "no entity type"),
    (
        'C#:k:return queryHandler.Select<Keeper>("join Light of type «Island» l").Any();',
        "E123",
        "leads to `Lighthouse`",
    ),
    ('C#:k:return queryHandler.Select<Keeper>("join Logs l order by «l.Text»").Any();', "E607", "one place"),
    ('C#:k:return queryHandler.Select<Keeper>("join «Rank» l").Any();', "E602", "a resource"),
    ('C#:k:return queryHandler.Select<Keeper>("join Logs l where l.«Lines» = null").Any();', "E607", "many"),
    ('C#:k:return queryHandler.Select<Keeper>("«frobnicate»").Any();', "E600", "expected here"),
    # types
    ('C#:k:return «k.code > "a"»;', "E602", "`>`"),
    ('C#:k:return «k.Rank == "1"»;', "E602", "`==`"),
    ("C#:k:return «k.Since - 1»;", "E602", "time spans"),
    ('C#:k:return k.Light == null ? 1 : «"a"»;', "E602", "outcomes"),
    ("C#:k:if («k.code») return 1; return 2;", "E602", "condition"),
    ("C#:k:return !«k.Rank»;", "E602", "condition"),
    ('C#:k:return «k.Rank ?? "a"»;', "E602", "`??`"),
    ("C#:k:return k.code.StartsWith(«1»);", "E602", "needs a text"),
    ("C#:k:return k.Since.Value.AddMonths(«0.5»);", "E602", "an integer"),
    ('C#:k:return «k.Light» + "x";', "E602", "no text"),
    ('C#:k:var x = 1; x = «"a"»; return x;', "E602", "`x`"),
    ("C#:k:int x = «k.code»; return x;", "E602", "`x`"),
    ("«C#:k:return k.Light;»", "E602", "a resource"),
    ('C#:k:return $"{k.code:«D3»}";', "E602", "format"),
    # paths without a value
    ("C#:k:«if (k.Rank == 1) return 1;»", "E603", "not every path"),
    ("C#:k:if (k.Rank == 1) «return;» return 2;", "E603", "without a value"),
    ("C#:k:«var x = 1;»", "E603", ""),
    ("C#:«»", "E603", ""),
    # functions
    ("«ToUper»", "E604", "did you mean `ToUpper`?"),
    ("«Frobnicate»", "E604", "the functions are"),
    ("«ToUpper:x»", "E605", "takes"),
    ("«ParseUniversalDate»", "E605", "takes"),
    ("ParseUniversalDate:«yyyy-MM-dd zzz K»", "E605", "twice"),
    ("ParseUniversalDate:«yyyy-MM-dd ffffffff»", "E605", "`ffffffff`"),
    ("ParseUniversalDate:«yyyy-MM-dd ff.FF»", "E605", "twice"),
    ("ParseUniversalDate:«yyyy yy»", "E605", "twice"),
    ("ParseUniversalDate:« yyyy»", "E605", "white space"),
    ("C#:k:return k.Since.Value.ToString(«\"''\"»);", "E605", "empty"),
    ("ParseUniversalDate:«MM/yyyy/MM»", "E605", "twice"),
    ("ParseLocalDate:«Romance Standart Time»|yyyy", "E605", "Romance Standard Time"),
    ("ParseLocalDateThenAddMinutes:UTC|yyyy|«many»", "E605", "many"),
    ("C#:k:return «k.code.Substring()»;", "E605", "1 to 2 arguments"),
    ("C#:k:return k.code.PadLeft(«2000000000»);", "E605", "between 0 and"),
    ('C#:k:return k.code.PadLeft(5, «"ab"»);', "E605", "one constant character"),
    ('C#:k:return k.code.Replace(«""», "x");', "E605", "not empty"),
    ("C#:k:return k.Since.Value.ToString(«k.code»);", "E605", "constant"),
    ("C#:k:return «99999999999999999999»;", "E605", "too large"),
    ("C#:k:var x = 1; var «x» = 2; return x;", "E605", "twice"),
    ("C#:k:return «UtilExpressions.BuildUsername(k.code, k.code)»;", "E605", "5 arguments"),
    ('C#:k:return UtilExpressions.BuildUsername(k.code, k.code, "", "", «k.code»);', "E602", "an integer"),
    # names
    ("C#:k:return k.«firstname»;", "W606", "`FirstName`"),
    ("C#:k:return k.«CODE»;", "E123", ""),
    ("C#:k:return k.«FirstNam»;", "E123", "did you mean `FirstName`?"),
    ("C#:k:return k.Light?.Chief.«Nothing».Trim();", "E123", "Nothing"),
    ("C#:keeper:return «keper».code;", "E612", "did you mean `keeper`?"),
    ("C#:return «k».code;", "E612", "no variable"),
    # the caret stands on characters, not bytes
    ('C#:k:return "é東👍" + k.«Löschen»;', "E123", "Löschen"),
    ("  C#:k:return k.«Nope»;", "E123", "Nope"),
]


def cut(marked: str) -> tuple[str, int, int]:
    """A text with its place marked by « », without the marks, and the offsets of the place."""
    start, end = marked.find("«"), marked.find("»") - 1
    return marked.replace("«", "").replace("»", ""), start, end


@pytest.mark.parametrize(("marked", "code", "said"), EXPRESSIONS, ids=[each[0][:60] for each in EXPRESSIONS])
def test_expression(marked: str, code: str, said: str) -> None:
    text, start, end = cut(marked)
    binding = None if text.lstrip().startswith("C#") else "code"
    result = compiled(text, binding, None)
    if not code:
        assert not result.problems
        return
    assert [problem.code for problem in result.problems] == [code], result.problems
    (problem,) = result.problems
    assert said in f"{problem.message} {problem.help}"
    assert (result.tree is None) == (code[0] == "E")
    assert code in CODES
    if start >= 0:
        assert (problem.start, problem.end) == (start, end), text[problem.start : problem.end]
    assert 0 <= problem.start <= problem.end <= len(text)


BINDINGS = [
    ("«FirstNam»", "E123", "did you mean `FirstName`?"),
    ("Light.Chief.«Nothing»", "E123", "Nothing"),
    ("Light . «Nam»", "E123", "did you mean `Name`?"),
    ("FirstName.«Length»", "E123", "`FirstName` is a value"),
    ("«Logs».Text", "E607", "many"),
    ("Light.«»", "E123", "empty"),
    ("«Lighthouse»:Name", "E123", "begins at `Lighthouse`"),
    ("«Kepeer»:FirstName", "E123", "did you mean `Keeper`?"),
    ("«keeper»:FirstName", "W606", "`Keeper`"),
    ("Keeper:«firstname»", "W606", "`FirstName`"),
    ("Light.«Lightship»:Name", "E123", "no entity type"),
    ("«Keeper.»FirstName", "W608", "`Keeper:FirstName`"),
    ("«Light»", "E602", "a resource"),
]


@pytest.mark.parametrize(("marked", "code", "said"), BINDINGS, ids=[each[0] for each in BINDINGS])
def test_binding(marked: str, code: str, said: str) -> None:
    text, start, end = cut(marked)
    result = compiled(None, text)
    assert [problem.code for problem in result.binding_problems] == [code], result
    assert not result.problems
    (problem,) = result.binding_problems
    assert (problem.start, problem.end) == (start, end)
    assert said in f"{problem.message} {problem.help}"
    assert (result.tree is None) == (code[0] == "E")
    assert code in CODES


LITERALS = [
    ("Literal:«12x»", I, "E124"),
    ("Literal:«9223372036854775808»", I, "E124"),
    ("Literal:«1,5»", ValueType.DOUBLE, "E124"),
    ("Literal:«yes»", B, "E124"),
    ("Literal:«0011»", ValueType.GUID, "E124"),
    ("Literal:«%%%%»", ValueType.BYTES, "E124"),
    ("Literal:«key»", ValueType.RESOURCE, "E124"),
    ("Literal:«20240101000000»", D, "E125"),
]


@pytest.mark.parametrize(("marked", "expected", "code"), LITERALS, ids=[each[0] for each in LITERALS])
def test_literal(marked: str, expected: ValueType, code: str) -> None:
    text, start, end = cut(marked)
    result = compiled(text, None, expected)
    assert [(each.code, each.start, each.end) for each in result.problems] == [(code, start, end)]
    assert result.tree is None


def test_a_literal_where_none_is_allowed() -> None:
    (problem,) = compiled("Literal:x", allow_literal=False).problems
    assert (problem.code, problem.start, problem.end) == ("E609", 0, 9)
    (problem,) = compiled("Literal:AAEC", expected=ValueType.BYTES, allow_literal=False).problems
    assert problem.code == "E125"


def test_neither_binding_nor_expression() -> None:
    (problem,) = compiled().problems
    assert problem.code == "E240"


def test_a_function_without_a_binding() -> None:
    (problem,) = compiled("ToUpper").problems
    assert (problem.code, problem.start, problem.end) == ("E611", 0, 7)


@pytest.mark.parametrize(
    ("expression", "expected", "code"),
    [
        ("C#:k:return k.code;", I, ""),
        ("C#:k:return 1 > 2;", S, ""),
        ("C#:k:return k.Since;", S, ""),
        ("C#:k:return k.Rank;", ValueType.DOUBLE, ""),
        ("C#:k:return k.Light;", ValueType.RESOURCE, ""),
        ("C#:k:return k.Rank;", ValueType.RESOURCE, ""),
        ("C#:k:return null;", D, ""),
        ("C#:k:return k.code;", D, "E602"),
        ("C#:k:return k.code;", B, "E602"),
        ("C#:k:return k.Rank;", B, "E602"),
        ("C#:k:return k.Since;", I, "E602"),
        ('C#:k:return k.OnDuty == true ? "12" : k.code;', I, ""),
        ('C#:k:return k.OnDuty == true ? "twelve" : k.code;', I, "E602"),
    ],
)
def test_the_type_expected(expression: str, expected: ValueType, code: str) -> None:
    result = compiled(expression, expected=expected)
    assert [each.code for each in result.problems] == ([code] if code else [])
    assert (result.tree is None) == bool(code)


def test_an_expression_in_a_binding_attribute() -> None:
    result = compiled(None, "C#:k:return k.Nope;")
    assert [(each.code, each.start, each.end) for each in result.binding_problems] == [("E123", 14, 18)]
    assert compiled(None, "C#:k:return k.code;").tree is not None
    assert compiled(None, "Literal:x").tree is not None


def test_several_mistakes_are_all_reported() -> None:
    result = compiled("C#:k:var x = k.Nope + kk; return DateTime.Now + k.code.Foo();")
    assert [each.code for each in result.problems] == ["E123", "E612", "E601", "E601"]


def test_a_wrong_binding_beside_a_wrong_expression() -> None:
    result = compiled("ToUper", "FirstNam")
    assert [each.code for each in result.binding_problems] == ["E123"]
    assert [each.code for each in result.problems] == ["E604"]


def test_compile_binding_takes_a_navigation() -> None:
    result = compile_binding("Light.Chief", "Keeper", World())
    assert result.tree is not None and result.tree.type is ValueType.RESOURCE
    assert [each.code for each in compile_binding("Light.Nope", "Keeper", World()).binding_problems] == ["E123"]
    assert [each.code for each in compile_binding("", "Keeper", World()).binding_problems] == ["E123"]
