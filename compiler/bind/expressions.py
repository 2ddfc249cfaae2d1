"""A resolved model goes in; the tree of each binding and expression, and what is wrong with them, come out.

Each kind of item says here which of its attributes form one value, over which entity type, and of which type.
"""

from collections.abc import Iterator
from functools import cache

from msgspec import structs

from compiler.bind.bound import Bound, TreeKey
from compiler.bind.connector_values import connector_values
from compiler.bind.context_values import context_values, section_values
from compiler.bind.scope import ModelScope, is_navigation, value_type
from compiler.bind.value import Value
from compiler.diagnostics.diagnostic import Diagnostic
from compiler.expressions.compile import Compiled, compile_binding, compile_collection, compile_expression
from compiler.expressions.csharp_implicit import ASSIGNMENT, PROVISIONING_ORDER, assignment, provisioning_order
from compiler.expressions.tree import Expression, Problem
from compiler.expressions.types import Scope, ValueType
from compiler.model.metadata import EntityPropertyExpression, PropertyType
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import QueryRule, ResourceCorrelationRule, ResourceType, ScalarRule


def bind_expressions(model: Model) -> tuple[Bound, list[Diagnostic]]:
    """Compile every value of the model; one that is wrong has no tree."""
    trees: dict[TreeKey, Expression] = {}
    findings: list[Diagnostic] = []
    scope, known = ModelScope(model), dict[tuple[object, ...], Compiled]()
    for value in values_of(model):
        if value.entity_type in model.entity_types and (value.binding or value.expression):
            key = _key(value)
            compiled = known.get(key) or known.setdefault(key, _compile(value, scope))
            if compiled.problems or compiled.binding_problems:
                findings += _findings(value, compiled)
            if compiled.tree is not None:
                trees[id(value.node), value.role] = compiled.tree
    return Bound(model, trees), findings


def _key(value: Value) -> tuple[object, ...]:
    """What a tree depends on: many rules say the same. Types and implicit variables exist once, and never go."""
    is_literal, expected, implicit = value.allow_literal, id(value.expected), id(value.implicit)
    return value.binding, value.expression, value.entity_type, value.form, is_literal, expected, implicit


def values_of(model: Model) -> Iterator[Value]:
    """Everything in the model that is to be compiled, in document order of each kind."""
    for computed in model.property_expressions.values():
        side = model.side(computed.entity_type, computed.property)
        if side is None or not side.is_collection:
            yield _computed(computed, model)
    for resource_type in model.resource_types.values():
        yield from _resource_type(resource_type, model)
    for context_rule in model.context_rules.values():
        yield from context_values(context_rule, model)
    for section in model.record_sections.values():
        yield from section_values(section)
    yield from connector_values(model)
    for correlation in model.correlation_rules:
        paired = model.resource_types.get(correlation.resource_type)
        if paired is not None:
            yield from _keys(correlation, paired.source_entity_type, paired.target_entity_type)
    for classification in model.classification_rules:
        paired = model.resource_types.get(classification.resource_type)
        if paired is not None:
            yield Value(
                classification,
                "condition",
                paired.target_entity_type,
                expression=classification.target_expression,
                expression_attribute="TargetExpression",
                expected=ValueType.BOOLEAN,
                allow_literal=False,
            )


def expected_type(model: Model, entity_type: str, name: str, criteria: str | None = None) -> ValueType | None:
    """What a value for a property must be; for a navigation, the key in `criteria` by which its target is found."""
    side = model.side(entity_type, name)
    if side is not None and criteria:
        return expected_type(model, side.target, criteria)
    if is_navigation(model, entity_type, name):
        return ValueType.RESOURCE
    declared = model.property(entity_type, name)
    return ValueType.STRING if declared is None else value_type(declared.type)


def _computed(item: EntityPropertyExpression, model: Model) -> Value:
    expected = expected_type(model, item.entity_type, item.property, item.property_criteria)
    literal = not _is_of_type(model, item.entity_type, item.property, PropertyType.Binary)
    return Value(
        item,
        "value",
        item.entity_type,
        item.binding,
        expression=item.expression,
        expected=expected,
        allow_literal=literal,
    )


def _resource_type(item: ResourceType, model: Model) -> Iterator[Value]:
    if item.depends_on_owner_property:
        attribute = "DependsOnOwnerProperty"
        yield Value(
            item,
            "owner property",
            item.source_entity_type,
            item.depends_on_owner_property,
            attribute,
            None,
            attribute,
            form="path",
        )
    if item.arguments_expression:
        yield Value(
            item,
            "arguments",
            item.source_entity_type,
            expression=item.arguments_expression,
            expression_attribute="ArgumentsExpression",
            expected=ValueType.MAP,
            allow_literal=False,
            implicit=_order(item.target_entity_type),
        )
    navigations = model.navigations
    for scalar in item.scalar_rules:
        if (item.target_entity_type, scalar.property) not in navigations:
            yield _scalar(scalar, item, model)
    for binary in item.binary_rules:
        yield Value(binary, "file", item.source_entity_type, binary.binding, expected=ValueType.BYTES)
    for query in item.query_rules:
        side = model.side(item.target_entity_type, query.property)
        if side is not None:
            yield from _keys(query, item.source_entity_type, side.target)


def _scalar(rule: ScalarRule, parent: ResourceType, model: Model) -> Value:
    declared = model.property(parent.target_entity_type, rule.property)
    kind = declared.type if declared is not None else PropertyType.String
    binding, expression, attribute = rule.binding, rule.expression, "Expression"
    if binding and not expression and binding.startswith(("C#:", "Jinja:", "Literal:")):
        # documented: the binding of a scalar rule may hold an expression (provisioning.md §3)
        binding, expression, attribute = None, binding, "Binding"
    return Value(
        rule,
        "value",
        parent.source_entity_type,
        binding,
        expression=expression,
        expression_attribute=attribute,
        expected=value_type(kind),
        allow_literal=kind is not PropertyType.Binary,
        implicit=_ASSIGNMENT,
    )


_ASSIGNMENT = ((ASSIGNMENT, assignment()),)
"""What the expression of a scalar rule finds besides its parameter."""


@cache
def _order(target: str) -> tuple[tuple[str, Expression], ...]:
    """What the arguments of an order find besides their parameter."""
    return ((PROVISIONING_ORDER, provisioning_order(target)),)


def _keys(rule: QueryRule | ResourceCorrelationRule, source: str, target: str) -> Iterator[Value]:
    yield Value(
        rule,
        "source",
        source,
        rule.source_binding,
        "SourceBinding",
        rule.source_expression,
        "SourceExpression",
    )
    yield Value(
        rule,
        "target",
        target,
        rule.target_binding,
        "TargetBinding",
        rule.target_expression,
        "TargetExpression",
        allow_literal=False,
    )


def _is_of_type(model: Model, entity_type: str, name: str, kind: PropertyType) -> bool:
    declared = model.property(entity_type, name)
    return declared is not None and declared.type is kind


def _compile(value: Value, scope: Scope) -> Compiled:
    """The tree of what a value says over its entity type."""
    if value.form == "path":
        return compile_binding(value.binding or "", value.entity_type, scope)
    if value.form == "collection":
        return compile_collection(value.binding or "", value.entity_type, scope)
    return compile_expression(
        expression=value.expression,
        binding=value.binding,
        entity_type=value.entity_type,
        scope=scope,
        expected=value.expected,
        allow_literal=value.allow_literal,
        implicit=dict(value.implicit),
    )


def _findings(value: Value, compiled: Compiled) -> list[Diagnostic]:
    findings = [_finding(value.node, value.expression_attribute, problem) for problem in compiled.problems]
    for problem in compiled.binding_problems:
        start, end = problem.start + value.binding_start, problem.end + value.binding_start
        moved = structs.replace(problem, start=start, end=end)
        findings.append(_finding(value.node, value.binding_attribute, moved))
    return findings


def _finding(node: Node, attribute: str, problem: Problem) -> Diagnostic:
    span = node.element.value_span(attribute, problem.start, problem.end)
    return Diagnostic(problem.code, problem.message, span, help=problem.help)
