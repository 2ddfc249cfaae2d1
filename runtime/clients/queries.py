"""An author's SQL in; the certainty that it is one query that only reads out, or the place where it is not.

The text is parsed by sqlglot and checked as a tree; it is sent as the author wrote it. The database guards it a second
time: its session is read-only. Refused are other statements than SELECT (WITH, set operations), data-modifying WITH,
SELECT INTO, row locks, and functions that write, read the server's files or run other text as SQL. A function that
moves a sequence writes, so `nextval` is among them.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime.contract import Misconfigured

if TYPE_CHECKING:
    from sqlglot import Token, exp

_FUNCTIONS = re.compile(
    r"""lo_.* | lo(read|write) | nextval | setval | set_config | dblink.* | query_to_xml.* | cursor_to_xml.*
    | pg_(read_.*|ls_.*|stat_file|file_.*|terminate_.*|cancel_.*|reload_conf|rotate_.*|notify|promote|switch_.*)
    | pg_((try_)?advisory_.*|create_.*|drop_.*|logical_.*|replication_.*|wal_replay_.*|backup_.*|start_.*|stop_.*)
    | pg_(stat_reset.*|export_snapshot|log_.*|import_.*|restore_.*|clear_.*|sleep.*)
    | load_extension | readfile | writefile | edit | fts3_tokenizer | load_file | benchmark | sleep
    | openrowset | openquery | opendatasource""",
    re.VERBOSE | re.IGNORECASE,
)
"""Functions that an export has no use for, of every database that sqlglot reads."""

_WORD = re.compile(r"[^\W\d][\w$]*")
_BEGINNINGS = {"SELECT", "WITH", "TABLE", "("}


class NotReadOnly(Exception):
    """The text is not one query that only reads; line and column are in the text, from 1."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column} of the query: {reason}")
        self.line = line
        self.column = column


def check_read_only(text: str, dialect: str) -> None:
    """Raises `NotReadOnly` unless `text` is one query that only reads, in a dialect of sqlglot ("postgres")."""
    tokens = _tokens(text, dialect)
    _check_beginning(text, tokens)
    for node in _parsed(text, dialect, tokens).walk():
        reason, word = _writes(node)
        if reason:
            raise NotReadOnly(reason, *_place_of(word, text, tokens))


def select(columns: Sequence[str], table: str, dialect: str) -> str:
    """The query for some columns of a table, or without columns for no row of all of them.

    `table` is a name as an author writes it, qualified and quoted as it needs; the columns' names are taken as they
    are. Raises `Misconfigured` when anything else than a name stands in `table`.
    """
    from sqlglot import exp

    source = _table(table, dialect)
    if not columns:
        return exp.select("*").from_(source).limit(0).sql(dialect=dialect)
    return (
        exp.select(*(exp.column(exp.to_identifier(each, quoted=True)) for each in columns)).from_(source).sql(dialect)
    )


def _table(text: str, dialect: str) -> "exp.Table":
    """The table of a name: up to three identifiers with dots between."""
    from sqlglot import exp

    try:
        tokens = _tokens(text, dialect)
    except NotReadOnly:
        tokens = []
    parts = [_identifier(each, text, dialect) for each in reversed(tokens[::2])]
    if len(tokens) not in {1, 3, 5} or None in parts or any(each.text != "." for each in tokens[1::2]):
        raise Misconfigured(f"{text!r} is no name of a table: names with other signs than letters stand in quotes")
    return exp.Table(**dict(zip(("this", "db", "catalog"), parts, strict=False)))


def _identifier(token: "Token", text: str, dialect: str) -> "exp.Identifier | None":
    """The identifier of a token: a quoted one as it is, another folded as the database folds it and then quoted, so
    that a word such as `user` is a name too. None when it is neither."""
    from sqlglot import TokenType, exp
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

    if token.token_type == TokenType.IDENTIFIER:
        return exp.to_identifier(token.text, quoted=True)
    if not _WORD.fullmatch(text[token.start : token.end + 1]):
        return None
    folded = normalize_identifiers(exp.to_identifier(token.text, quoted=False), dialect=dialect)
    return exp.to_identifier(folded.name, quoted=True)


def _tokens(text: str, dialect: str) -> "list[Token]":
    import sqlglot
    from sqlglot.errors import TokenError

    try:
        return sqlglot.tokenize(text, read=dialect)
    except TokenError as error:
        raise NotReadOnly(f"it cannot be read: {error}", 1, 1) from None


def _check_beginning(text: str, tokens: "list[Token]") -> None:
    """Says at once what cannot be a query; an escaped identifier would hide a function's name from the check."""
    if not tokens:
        raise NotReadOnly("there is no query", 1, 1)
    if tokens[0].text.upper() not in _BEGINNINGS:
        raise NotReadOnly(f"{tokens[0].text} begins no query; only SELECT does", *_place(text, tokens[0].start))
    escaped = re.search(r"""\bu&["']""", text, re.IGNORECASE)
    if escaped:
        raise NotReadOnly("text with Unicode escapes (U&) cannot be checked", *_place(text, escaped.start()))


def _parsed(text: str, dialect: str, tokens: "list[Token]") -> "exp.Expr":
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import ParseError

    try:
        statements = [each for each in sqlglot.parse(text, read=dialect) if not isinstance(each, exp.Semicolon | None)]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        reason = f"it cannot be read: {first.get('description', error)}"
        raise NotReadOnly(reason, first.get("line") or 1, first.get("col") or 1) from None
    except RecursionError:
        raise NotReadOnly("it is nested too deeply", 1, 1) from None
    if len(statements) != 1:
        raise NotReadOnly("a second statement; one query is allowed", *_place_of(";", text, tokens))
    if not isinstance(statements[0], exp.Query):
        raise NotReadOnly("it is no query; only SELECT is", *_place(text, tokens[0].start))
    return statements[0]


def _writes(node: "exp.Expr") -> tuple[str, str]:
    """Why a node of the tree does more than read, and the word it is written with; empty when it only reads."""
    from sqlglot import exp

    if isinstance(node, exp.DML | exp.DDL | exp.Command | exp.Copy) and not isinstance(node, exp.Query):
        word = type(node).__name__.upper()
        return f"{word} changes data", word
    if isinstance(node, exp.Into):
        return "SELECT INTO makes a table", "INTO"
    if isinstance(node, exp.Lock):
        return "FOR UPDATE and the like lock rows", "FOR"
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if _FUNCTIONS.fullmatch(name):
            return f"the function {name} does more than read", name
    return "", ""


def _place_of(word: str, text: str, tokens: "list[Token]") -> tuple[int, int]:
    return next((_place(text, each.start) for each in tokens if each.text.upper() == word.upper()), (1, 1))


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
