"""What binding hands on: the model in which every reference resolves, and a tree for each of its expressions."""

from msgspec import Struct

from compiler.expressions.tree import Expression
from compiler.model.metadata import EntityPropertyExpression
from compiler.model.model import Model
from compiler.model.node import Node
from compiler.model.provisioning import (
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

    def tree(self, node: Node, role: str) -> Expression | None:
        """The tree that a node has in a role, None when it has none or it is wrong."""
        return self.trees.get((id(node), role))
