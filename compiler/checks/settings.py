"""Settings of the application, which no run reads (language.md §4.13, §4.17)."""

from collections.abc import Iterator

from compiler.checks.registry import Finding, Subject, check
from compiler.model.model import Model
from compiler.model.node import Node, attributes_of
from compiler.model.settings import CustomLink1Setting, CustomLink2Setting, DashboardItemNumberSetting

_LINKS = range(1, 6)


@check("W255")
def stored_binding(it: Subject) -> Iterator[Finding]:
    """A binding is written where it is used."""
    count = it.model.ignored.get("Binding", 0)
    if count:
        help = "remove it; paths are written in the attributes that use them"
        yield Finding(None, f"Binding is only the stored form of a path, and is ignored ({count})", help=help)


@check("E256")
def bad_setting(it: Subject) -> Iterator[Finding]:
    """Values that the application would not take, and a second setting of a kind."""
    for each in it.model.settings:
        if isinstance(each, DashboardItemNumberSetting):
            yield from _dashboard(each)
        if isinstance(each, CustomLink1Setting | CustomLink2Setting) and not each.url.startswith("/"):
            yield Finding(each, f"the address `{each.url}` does not begin with a slash", "Url", f"write `/{each.url}`")
    yield from _repeated(it.model)


def _dashboard(each: DashboardItemNumberSetting) -> Iterator[Finding]:
    for declared in attributes_of(DashboardItemNumberSetting):
        value = getattr(each, declared.field)
        if declared.type is int and value not in _LINKS:
            yield Finding(each, f"{declared.name} is {value}, not from 1 to 5", declared.name)


def _repeated(model: Model) -> Iterator[Finding]:
    first: dict[str, Node] = {}
    for each in model.settings:
        earlier = first.setdefault(each.tag, each)
        if earlier is not each:
            also = ((earlier, "", "first declared here"),)
            yield Finding(each, f"there is a second {each.tag}", "", "remove one of the two", also)
