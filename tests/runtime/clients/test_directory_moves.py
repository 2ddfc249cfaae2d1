"""Names before and after renames, against a tree of real objects that is renamed the same way."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from runtime.clients import dn
from runtime.clients.directory_moves import Moves


@dataclass(eq=False)
class Node:
    """An entry that knows its parent."""

    name: str
    parent: "Node | None"

    @property
    def dn(self) -> str:
        return f"cn={self.name}" + (f",{self.parent.dn}" if self.parent else "")

    def is_below(self, other: "Node") -> bool:
        return self is other or (self.parent is not None and self.parent.is_below(other))


NAMES = st.sampled_from("abc")


@given(st.lists(st.tuples(st.integers(0, 30), NAMES), min_size=1, max_size=12),
       st.lists(st.tuples(st.integers(0, 30), NAMES, st.integers(0, 30)), max_size=10))  # fmt: skip
def test_every_entry_is_found_where_it_stands(made: list[tuple[int, str]], moved: list[tuple[int, str, int]]) -> None:
    nodes = [Node("root", None)]
    for above, name in made:
        node = Node(name, nodes[above % len(nodes)])
        if node.dn not in {each.dn for each in nodes}:
            nodes.append(node)
    before = {node.dn: node for node in nodes}
    moves = Moves()
    for which, name, where in moved:
        node, parent = nodes[which % len(nodes)], nodes[where % len(nodes)]
        free = f"cn={name},{parent.dn}" not in {each.dn for each in nodes}
        if node.parent is not None and not parent.is_below(node) and free:
            old = dn.parse(node.dn)
            node.name, node.parent = name, parent
            moves.record(old, dn.parse(node.dn))
    assert {old: moves.now(old) for old in before} == {old: node.dn for old, node in before.items()}


def test_what_is_no_name_stays_as_it_is() -> None:
    moves = Moves()
    moves.record(dn.parse("cn=a"), dn.parse("cn=b"))
    assert moves.now("no name") == "no name"
    assert moves.now("CN=A") == "cn=b"
    assert moves.now("cn=c , o=x") == "cn=c , o=x"
