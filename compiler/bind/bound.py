"""What binding hands on: the model in which every reference resolves, and a tree for each of its expressions."""

from msgspec import Struct

from compiler.bind.values import family_name
from compiler.expressions.tree import Expression
from compiler.model.contexts import ContextRule, RecordSection
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import (
    BinaryRule,
    QueryRule,
    ResourceClassificationRule,
    ResourceCorrelationRule,
    ResourceType,
    ScalarRule,
)

TreeKey = tuple[int, str]
"""The identity of a node of the model, and what the tree is to it."""


class Bound(Struct, frozen=True):
    """The model and the compiled trees of its rules.

    After a compilation without errors every method answers; before that, a tree whose expression is wrong is missing
    from `trees` and asking for it raises KeyError. Trees stand under their node's identity, so they live as long as
    the model does.
    """

    model: Model
    trees: dict[TreeKey, Expression]

    def scalar(self, rule: ScalarRule) -> Expression:
        """The value of a scalar rule, over its owner."""
        return self.trees[id(rule), "value"]

    def source(self, rule: QueryRule | ResourceCorrelationRule) -> Expression:
        """The key on the owner's side."""
        return self.trees[id(rule), "source"]

    def target(self, rule: QueryRule | ResourceCorrelationRule) -> Expression:
        """The key on the other side: over the linked entity type of a query rule, over the target of a correlation."""
        return self.trees[id(rule), "target"]

    def condition(self, rule: ResourceClassificationRule) -> Expression:
        """What a target must be to be classified."""
        return self.trees[id(rule), "condition"]

    def computed(self, property_expression: EntityPropertyExpression) -> Expression:
        """The value of a computed property, over its resource."""
        return self.trees[id(property_expression), "value"]

    def owner_property(self, resource_type: ResourceType) -> Expression:
        """The owner's property without which nothing is ordered, of a type that has DependsOnOwnerProperty."""
        return self.trees[id(resource_type), "owner property"]

    def arguments(self, resource_type: ResourceType) -> Expression:
        """The arguments of an order, over its owner and the order, of a type that has ArgumentsExpression."""
        return self.trees[id(resource_type), "arguments"]

    def file(self, rule: BinaryRule) -> Expression:
        """The file that a binary rule gives, over its owner."""
        return self.trees[id(rule), "file"]

    def dimension(self, rule: ContextRule, number: int) -> Expression:
        """The path to the value of a dimension, over a record."""
        return self.trees[id(rule), family_name("B", number)]

    def records(self, rule: ContextRule) -> Expression:
        """The records of an identity, of a rule that has ResourcesBinding or ResourcesExpression."""
        return self.trees[id(rule), "records"]

    def start(self, rule: ContextRule) -> Expression | None:
        """The date from which a record holds, over the record; None when the rule has none."""
        return self.tree(rule, "start")

    def end(self, rule: ContextRule) -> Expression | None:
        """The date until which a record holds, over the record; None when the rule has none."""
        return self.tree(rule, "end")

    def excluded(self, rule: ContextRule) -> Expression | None:
        """What makes a record take no part, over the record; None when the rule excludes nobody."""
        return self.tree(rule, "excluded")

    def certified(self, rule: ContextRule) -> Expression | None:
        """What certification compares, over a record; None when the rule has no comparison."""
        return self.tree(rule, "certified")

    def sort_key(self, section: RecordSection) -> Expression | None:
        """The rank of a record, over the record; None when the section has none."""
        return self.tree(section, "sort key")

    def instance_key(self, section: RecordSection) -> Expression | None:
        """What tells instances of a section apart, over a record; None when nothing does."""
        return self.tree(section, "instance key")

    def tree(self, node: Node, role: str) -> Expression | None:
        """The tree that a node has in a role, None when it has none or it is wrong."""
        return self.trees.get((id(node), role))
