"""The connector and metadata chapters in: what there is to compile in them besides rules and computed properties."""

from collections.abc import Iterator

from compiler.bind.value import Value
from compiler.expressions.types import ValueType
from compiler.model.fulfilment import PasswordResetSettings
from compiler.model.metadata import EntityType
from compiler.model.model import Model

OWNER = "AssignedResourceType:Owner."
"""Where the paths of password settings begin: the owner of the account, whose entity type follows (O-14)."""

_BINDINGS = {
    "BeneficiaryEmailBinding": "beneficiary_email_binding",
    "BeneficiaryFullNameBinding": "beneficiary_full_name_binding",
    "NotifiedEmailBinding": "notified_email_binding",
    "NotifiedFullNameBinding": "notified_full_name_binding",
}


def connector_values(model: Model) -> Iterator[Value]:
    """Expressions over what people search for, and the paths of password settings."""
    for entity_type in model.entity_types.values():
        yield from _searches(entity_type)
    for settings in model.password_reset_settings.values():
        yield from _addresses(settings, model)


def _searches(entity_type: EntityType) -> Iterator[Value]:
    """The expression is applied to a text that is compared with the property, so its input is a value of it."""
    for each in entity_type.properties:
        if each.flexible_comparison_expression:
            yield Value(
                each,
                "search",
                entity_type.identifier,
                binding=each.identifier,
                binding_attribute="Identifier",
                expression=each.flexible_comparison_expression,
                expression_attribute="FlexibleComparisonExpression",
                expected=ValueType.STRING,
                allow_literal=False,
            )


def _addresses(settings: PasswordResetSettings, model: Model) -> Iterator[Value]:
    for attribute, field in _BINDINGS.items():
        text = getattr(settings, field) or ""
        start = len(OWNER) if text.startswith(OWNER) else 0
        root, colon, _ = text[start:].partition(":")
        if colon and root in model.entity_types:
            yield Value(
                settings,
                attribute,
                root,
                binding=text[start:],
                binding_attribute=attribute,
                binding_start=start,
                form="path",
            )
