"""A `foreach` statement goes in; what its body makes of the variables and returns, as folds over the list, comes out.

The body is run once, symbolically: the variables it changes are accumulators. Where it may stop early, so is whether it
has; `break`, `continue` and `return` are outcomes like those of an `if`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from compiler.expressions import infer
from compiler.expressions.csharp_sequence import as_list, inside, item_of
from compiler.expressions.infer import Place, Report
from compiler.expressions.tree import Constant, Expression, Fold, Item
from compiler.expressions.types import ValueType

if TYPE_CHECKING:
    from tree_sitter import Node

    from compiler.expressions.csharp import Lowering

Names = dict[str, Expression]

MOST_LOOPS = 4
"""Loops that may stand inside each other: each is run twice, so that the inmost is run 16 times."""


class Outcome(Struct, frozen=True):
    """A value that is returned, or a loop left, where `guard` holds; None holds always. `names` are the locals then."""

    guard: Expression | None
    value: Expression
    kind: Literal["return", "break", "continue"] = "return"
    names: Names = {}


class Iteration(Struct, frozen=True):
    """What one run of the body led to: the outcomes in order, and the locals at its end (None: never reached)."""

    outcomes: Sequence[Outcome]
    names: Names | None


class Loop(Struct, frozen=True):
    """A loop after it was run: its locals, and under which condition it returned which value."""

    names: Names
    returned: Expression | None
    value: Expression


def run_foreach(low: "Lowering", node: "Node", run: "Callable[[Node, Names], Iteration]") -> Loop:
    """Run `foreach (var item in list) body`; `run` executes the body over given locals."""
    place, before = low.place(node), dict(low.names)
    source = as_list(low.field(node, "right"))
    name_node, body = node.child_by_field_name("left"), node.child_by_field_name("body")
    nothing = infer.null_at(place)
    if low.loops >= MOST_LOOPS:
        low.report.error("E610", f"more than {MOST_LOOPS} loops stand inside each other", place, "use LINQ for some")
        return Loop(before, None, nothing)
    if source.type is ValueType.NULL or name_node is None or body is None:
        return Loop(before, None, nothing)
    if source.type is not ValueType.LIST:
        low.report.error(
            "E602", f"`foreach` goes through a collection, not {infer.named(source.type)}", low.place(node)
        )
        return Loop(before, None, nothing)
    name = low.source.text(name_node)
    if name in before:
        low.report.error("E605", f"`{name}` is declared twice", low.place(name_node), "give it another name")
    variable, state = low.report.variable(), low.report.variable()
    base, put_back = _opened(source)
    item = item_of(source, variable) if put_back is None else _reached(put_back, variable)
    low.loops += 1
    kinds = _changed(low, before, lambda names: run(body, {**names, name: item}))
    resource = next((each for each, kind in kinds.items() if kind[0] is ValueType.RESOURCE), None)
    if resource is not None:
        low.loops -= 1
        help = "keep one of its properties, or write `Where(…).Last()`"
        low.report.error("E601", f"a loop cannot keep a resource in `{resource}`", place, help)
        return Loop(before, None, nothing)
    accumulators = {each: _accumulator(state, number, kind, place) for number, (each, kind) in enumerate(kinds.items())}
    iteration = run(body, {**before, **accumulators, name: item})
    low.loops -= 1
    made = _Made(low.report, place, base, variable, state, [before[each] for each in kinds])
    return made.loop(before, accumulators, iteration)


def _opened(source: Expression) -> tuple[Expression, Item | None]:
    """Resources selected from resources are gone through as those they were selected from."""
    base, selection = inside(source)
    return base, selection.body if selection is not None and isinstance(selection.body, Item) else None


def _reached(body: Item, variable: int) -> Item:
    return replace(body, variable=variable)


def _accumulator(state: int, number: int, kind: "tuple[ValueType, ValueType | None]", place: Place) -> Item:
    return Item(type=kind[0], item=kind[1], variable=state, segments=(str(number),), start=place[0], end=place[1])


def _changed(
    low: "Lowering", before: Names, trial: Callable[[Names], Iteration]
) -> dict[str, tuple[ValueType, ValueType | None]]:
    """The locals that the body changes, and their types, by running it once for nothing."""
    known = len(low.report.problems)
    iteration = trial(before)
    del low.report.problems[known:]
    found: dict[str, tuple[ValueType, ValueType | None]] = {}
    ends = [each.names for each in iteration.outcomes if each.kind != "return"]
    for names in [*ends, *([iteration.names] if iteration.names is not None else [])]:
        for name, value in before.items():
            after = names.get(name, value)
            if after is not value and name not in found:
                kind = infer.unified(value, after) or value.type
                found[name] = (kind, after.item or value.item)
    return found


class _Made:
    """Makes the folds of one loop."""

    def __init__(
        self, report: Report, place: Place, source: Expression, variable: int, state: int, initial: list[Expression]
    ) -> None:
        self._report = report
        self._place = place
        self._source = source
        self._variable = variable
        self._state = state
        self._initial = initial
        self._body: list[Expression] = []

    def loop(self, before: Names, accumulators: dict[str, Item], iteration: Iteration) -> Loop:
        """The folds of the locals, and of what is returned."""
        leaving = [each for each in iteration.outcomes if each.kind != "continue"]
        stopped = self._flag(len(accumulators))
        for name, held in accumulators.items():
            after = self._after(name, iteration, held)
            self._body.append(self._chosen(stopped, held, after) if leaving else after)
        if not leaving:
            return Loop({**before, **self._folds(accumulators)}, None, infer.null_at(self._place))
        self._add(
            stopped, Constant(type=ValueType.BOOLEAN, value=True), iteration, lambda each: each.kind != "continue"
        )
        folds: Names = {**before}
        if any(each.kind == "return" for each in leaving):
            return self._returning(folds, accumulators, iteration, stopped)
        return Loop({**folds, **self._folds(accumulators)}, None, infer.null_at(self._place))

    def _returning(self, folds: Names, accumulators: dict[str, Item], iteration: Iteration, stopped: Item) -> Loop:
        returned = self._flag(len(self._initial))
        chain = self._chain(iteration, lambda each: _true(each.kind == "return"), _true(False))
        self._initial.append(_true(False))
        self._body.append(self._chosen(stopped, returned, chain))
        values = [each.value for each in iteration.outcomes if each.kind == "return"]
        kind, item = self._kind(values)
        resources = (each for each in values if each.type is ValueType.RESOURCE)
        target = next((name for each in resources for name in infer.targets_of(each)), None)
        held = Item(type=kind, item=item, variable=self._state, segments=(str(len(self._initial)),), target=target)
        value = self._chain(iteration, lambda each: each.value if each.kind == "return" else held, held)
        self._initial.append(Constant(type=kind, item=item, value=None))
        self._body.append(self._chosen(stopped, held, value))
        number = len(self._initial)
        return Loop({**folds, **self._folds(accumulators)}, self._fold(number - 2), self._fold(number - 1))

    def _kind(self, values: list[Expression]) -> tuple[ValueType, ValueType | None]:
        first = values[0]
        for each in values[1:]:
            if infer.unified(first, each) is None:
                named = infer.named(first.type), infer.named(each.type)
                self._report.error("E602", f"the two outcomes are {named[0]} and {named[1]}", infer.place_of(each))
            first = each if first.type is ValueType.NULL else first
        return first.type, first.item

    def _add(self, held: Item, value: Constant, iteration: Iteration, applies: Callable[[Outcome], bool]) -> None:
        chain = self._chain(iteration, lambda each: _true(applies(each)), _true(False))
        self._initial.append(_true(False))
        self._body.append(self._chosen(held, value, chain))

    def _flag(self, number: int) -> Item:
        return Item(type=ValueType.BOOLEAN, variable=self._state, segments=(str(number),))

    def _after(self, name: str, iteration: Iteration, held: Item) -> Expression:
        """A local after one run: as it was where the body was left, or at its end."""
        end = iteration.names.get(name, held) if iteration.names is not None else held
        return self._chain(iteration, lambda each: held if each.kind == "return" else each.names.get(name, held), end)

    def _chain(self, iteration: Iteration, value: Callable[[Outcome], Expression], otherwise: Expression) -> Expression:
        tree = otherwise
        for each in reversed(iteration.outcomes):
            tree = value(each) if each.guard is None else self._chosen(each.guard, value(each), tree)
        return tree

    def _chosen(self, test: Expression, then: Expression, otherwise: Expression) -> Expression:
        if then is otherwise or (isinstance(then, Constant) and then == otherwise):
            return then
        return infer.conditional(test, then, otherwise, self._place, self._report)

    def _folds(self, accumulators: dict[str, Item]) -> Names:
        return {name: self._fold(int(held.segments[0])) for name, held in accumulators.items()}

    def _fold(self, number: int) -> Expression:
        body, initial = tuple(self._body), tuple(self._initial)
        typed = tuple(_as_typed(each, made) for each, made in zip(initial, body, strict=True))
        return Fold(
            type=typed[number].type,
            item=typed[number].item,
            source=self._source,
            variable=self._variable,
            state=self._state,
            initial=typed,
            body=body,
            result=number,
            start=self._place[0],
            end=self._place[1],
        )


def _as_typed(initial: Expression, body: Expression) -> Expression:
    """A null, or an empty list, of the type that the body makes."""
    if initial.type is ValueType.NULL:
        return replace(initial, type=body.type, item=body.item)
    return replace(initial, item=body.item) if initial.item is None and body.item is not None else initial


def _true(value: bool) -> Constant:
    return Constant(type=ValueType.BOOLEAN, value=value)
