"""Where and why expat stopped, to a finding that says it: what stands there, what should, what belongs to it."""

import re
from collections.abc import Callable, Sequence

from compiler.diagnostics.diagnostic import Diagnostic, Label
from compiler.source.document import scan_tag
from compiler.span import SourceFile

Open = Sequence[tuple[str, int]]
"""The elements open where the parse stopped, outermost first: local name and offset of the start tag."""

_SEEN = 300
"""Characters before the place that are looked at for an explanation."""

_NAME = re.compile(r"[^\s/>=<\"'&]+")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);|#)[^\s;&<\"']+;")
_REFERENCE = re.compile(r"&#[^\s;&<\"']*;?")

_TOKENS = (
    (r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "the character {code} is not allowed in XML", ""),
    (r"&#?[\w.\-:]*.", "`&` begins no reference here", "write `&amp;` for an ampersand"),
    (r"--.", "`--` must not stand inside a comment", "write a single hyphen, or `- -`"),
    (r"\]\]>", "`]]>` must not stand in text", ""),
    (r"</", "this closing tag closes nothing", ""),
    (r"<[^\w:]", "`<` begins no tag here", "write `&lt;` for a less-than sign"),
    (r"=\s*[^\s\"'<]", "the value of an attribute must stand in quotes", 'write `Name="value"`'),
    (r"\s[\w.\-:]+\s*[/>]", "an attribute has no value", 'write `Name="value"`'),
    (r"[\"'][^\s\"'/><]", "a space must separate two attributes", ""),
    (r"<", "`<` stands inside a tag", "close the tag or the quotes before it, or write `&lt;` for a less-than sign"),
    (r".", "`{text}` is not expected here", ""),
)
"""For a character that cannot stand where it stands: what the text up to and with it ends in, the message, the help."""


def explain_malformed(source: SourceFile, code: int, at: int, opened: Open) -> Diagnostic:
    """The finding E103 for an expat error code (`pyexpat.errors.codes`) at a character offset."""
    at = min(at, len(source.text))
    return _EXPLAIN.get(code, _unknown)(source, at, opened)


def _finding(source: SourceFile, start: int, end: int, message: str, **more: object) -> Diagnostic:
    return Diagnostic("E103", message, source.span(start, max(end, start + 1)), **more)  # type: ignore[arg-type]


def _unknown(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    return _finding(source, at, at + 1, "this is not well-formed XML")


def _bad_token(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    seen = source.text[max(0, at - _SEEN) : at + 1]
    for pattern, message, hint in _TOKENS:
        found = re.search(rf"(?:{pattern})\Z", seen, re.DOTALL)
        if found:
            message = message.format(code=f"U+{ord(seen[-1]):04X}", text=seen[-1])
            start = at + 1 - len(found[0].lstrip())
            return _finding(source, start, start + len(found[0].strip()), message, help=hint)
    return _unknown(source, at, _opened)


def _syntax(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    return _finding(source, at, at + 1, "the file must begin with the XML declaration and the root element")


def _truncated(source: SourceFile, at: int, opened: Open) -> Diagnostic:
    if not opened:
        return _finding(source, 0, 1, "the file holds no element")
    name, offset = opened[-1]
    end = len(source.text.rstrip())
    return _finding(
        source,
        end - 1,
        end,
        f"the file ends before `</{name}>`",
        related=(Label(source.span(offset + 1, _name_end(source, offset + 1)), f"`{name}` is opened here"),),
    )


def _unclosed(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    kinds = (("<!--", "comment", "-->"), ("<?", "processing instruction", "?>"), ("<![CDATA[", "section", "]]>"))
    what, end = next(((what, end) for start, what, end in kinds if source.text.startswith(start, at)), ("tag", ">"))
    message = f"the {what} that begins here is never closed"
    return _finding(source, at, _name_end(source, at + 1), message, help=f"close it with `{end}`")


def _unclosed_section(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    return _unclosed(source, max(0, source.text.rfind("<![CDATA[", 0, at)), _opened)


def _mismatch(source: SourceFile, at: int, opened: Open) -> Diagnostic:
    end = _name_end(source, at)
    written = source.text[at:end]
    name, offset = opened[-1]
    hint = f"`{name}` is not closed" if any(outer == written for outer, _ in opened[:-1]) else ""
    return _finding(
        source,
        at,
        end,
        f"`</{written}>` stands where `</{name}>` must",
        label=f"`</{name}>` expected",
        help=hint,
        related=(Label(source.span(offset + 1, _name_end(source, offset + 1)), f"`{name}` is opened here"),),
    )


def _duplicate(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    if source.text.startswith("<", at):
        return _finding(source, at + 1, _name_end(source, at + 1), "an attribute stands twice under two prefixes")
    name = source.text[at : _name_end(source, at)]
    first = next(each for each in scan_tag(source.text, source.text.rfind("<", 0, at)) if each.name == name)
    return _finding(
        source,
        at,
        at + len(name),
        f"the attribute `{name}` stands twice",
        label="again here",
        related=(Label(source.span(first.start, first.end), "first here"),),
    )


def _junk(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    if not re.match(r"</?\w", source.text[at : at + 3]):
        return _finding(source, at, at + 1, "nothing may follow the root element")
    hint = "put all elements into one `ConfigurationFile`"
    return _finding(source, at, _name_end(source, at + 1), "a file has one root element only", help=hint)


def _undefined_entity(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    found = _ENTITY.search(source.text, at)
    start, end = found.span() if found else (at, at + 1)
    hint = "XML knows `&amp;` `&lt;` `&gt;` `&quot;` `&apos;`; write others by number, as `&#xA0;`"
    return _finding(source, start, end, f"`{source.text[start:end]}` is not defined", help=hint)


def _bad_reference(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    found = _REFERENCE.search(source.text, at)
    start, end = found.span() if found else (at, at + 1)
    return _finding(source, start, end, f"`{source.text[start:end]}` is no character that XML allows")


def _misplaced_declaration(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    if source.text[:at].strip():
        return _finding(source, at, at + 5, "only the file itself may begin with `<?xml`")
    hint = "remove what stands before it, blanks and empty lines too"
    return _finding(source, at, at + 5, "the XML declaration must be the very first thing in the file", help=hint)


def _unbound_prefix(source: SourceFile, at: int, _opened: Open) -> Diagnostic:
    names = [(source.text[at + 1 : _name_end(source, at + 1)], at + 1)]
    names += [(each.name, each.start) for each in scan_tag(source.text, at)]
    for name, start in names:
        prefix, colon, _ = name.partition(":")
        if colon and prefix not in ("xml", "xmlns") and f"xmlns:{prefix}" not in source.text:
            hint = f'declare it with `xmlns:{prefix}="…"`, or leave it out'
            return _finding(source, start, start + len(prefix), f"the prefix `{prefix}` is not declared", help=hint)
    return _finding(source, at + 1, _name_end(source, at + 1), "a namespace prefix is not declared here")


def _name_end(source: SourceFile, start: int) -> int:
    found = _NAME.match(source.text, start)
    return found.end() if found else start + 1


_EXPLAIN: dict[int, Callable[[SourceFile, int, Open], Diagnostic]] = {
    2: _syntax,
    3: _truncated,
    4: _bad_token,
    5: _unclosed,
    7: _mismatch,
    8: _duplicate,
    9: _junk,
    11: _undefined_entity,
    14: _bad_reference,
    17: _misplaced_declaration,
    20: _unclosed_section,
    27: _unbound_prefix,
}
