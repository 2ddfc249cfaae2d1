"""Policies, resource types and their rules, correlation and classification (schemas/provisioning.xsd)."""

from enum import IntEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import (
    Binding,
    Description,
    DimensionInheritance,
    DimensionRules,
    DimensionValues,
    DisplayName,
    ExpressionText,
    Node,
    OwnProperty,
    RequiredParameters,
    reference,
)


class ApprovalWorkflowType(IntEnum):
    """How many approvals a manual request needs."""

    None_ = 0
    One = 1
    Two = 2
    Three = 3
    ManualAssignmentNotAllowed = 4


class ImplicitApproval(IntEnum):
    """Whether a request of somebody who could approve it is approved at once."""

    Inherited = 0
    Explicit = 1
    Implicit = 2


class Prolongation(IntEnum):
    """Whether prolonging an assignment needs no approval."""

    Inherited = 0
    Enabled = 1
    Disabled = 2


class EndDateLock(IntEnum):
    """How the end of a manual assignment follows its context."""

    ExplicitNotContextBoundByDefault = 0
    ExplicitContextBoundByDefault = 1
    Never = 2
    Always = 3


class CommentActivation(IntEnum):
    """Whether a reviewer's comment is asked for."""

    Disabled = 0
    Optional = 1
    Required = 2


class RuleType(IntEnum):
    """Only `Required` creates assignments in a run; the others are offered."""

    Required = 0
    RequestedAutomatically = 1
    Suggested = 2


class TimeOffsetReference(IntEnum):
    """Which boundary of the assignment's period a rule's offsets move."""

    Default = 0
    Around = 1
    Arround = 1  # noqa: PIE796 - so it stands in a documented sample (provisioning.md §7.4)
    Before = 2
    After = 3


class ComparisonType(IntEnum):
    """When a computed and a synchronised text count as equal."""

    CaseSensitive = 0
    IgnoreCase = 1
    IgnoreDiacritics = 2
    Simplified = 3
    Approximate = 4


class Policy(Node, frozen=True, kw_only=True, eq=False):
    """A set of resource types and roles that is provisioned, simulated or only shown."""

    tag: ClassVar[str] = "Policy"
    identifier: str
    display_name: DisplayName
    is_provisioning_enabled: bool = False
    is_simulation_enabled: bool = False
    is_external: bool = False
    has_implicit_approval: bool = False
    prolongation_without_approval: bool = False
    grace_period: int = 0
    max_duration: int = 0
    manual_assignment_end_date_locked_to_context_mode: EndDateLock = EndDateLock.ExplicitNotContextBoundByDefault
    comment_activation_on_approve_in_review: CommentActivation = CommentActivation.Optional
    comment_activation_on_decline_in_review: CommentActivation = CommentActivation.Required
    comment_activation_on_delete_gap_in_reconciliation: CommentActivation = CommentActivation.Optional
    comment_activation_on_keep_gap_in_reconciliation: CommentActivation = CommentActivation.Required
    d: DimensionValues = {}
    consolidation_mode: ConsolidationMode | None = None


class Category(Node, frozen=True, kw_only=True, eq=False):
    """A shelf of the catalogue."""

    tag: ClassVar[str] = "Category"
    identifier: str
    display_name: DisplayName
    description: Description = {}
    policy: Annotated[str, reference("Policy")]
    parent: Annotated[str | None, reference("Category")] = None
    is_collapsed: bool = False
    consolidation_mode: ConsolidationMode | None = None


class TypeRule(Node, frozen=True, kw_only=True, eq=False):
    """Gives the resource type to the owners that meet its criteria."""

    tag: ClassVar[str] = "TypeRule"
    policy: Annotated[str | None, reference("Policy")] = None
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L
    single_role: Annotated[str | None, reference("SingleRole")] = None
    is_denied: bool = False
    type: RuleType = RuleType.Required
    time_offset_reference: TimeOffsetReference = TimeOffsetReference.Default
    time_offset_before_reference: int = 0
    time_offset_after_reference: int = 0


class NavigationRule(Node, frozen=True, kw_only=True, eq=False):
    """Links the target to one fixed resource, named by its key."""

    tag: ClassVar[str] = "NavigationRule"
    policy: Annotated[str | None, reference("Policy")] = None
    property: OwnProperty
    resource: str
    single_role: Annotated[str | None, reference("SingleRole")] = None
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L
    is_denied: bool = False
    time_offset_reference: TimeOffsetReference = TimeOffsetReference.Default
    time_offset_before_reference: int = 0
    time_offset_after_reference: int = 0


class QueryRule(Node, frozen=True, kw_only=True, eq=False):
    """Links the target to the resources whose key equals the owner's."""

    tag: ClassVar[str] = "QueryRule"
    policy: Annotated[str | None, reference("Policy")] = None
    property: OwnProperty
    source_binding: Binding | None = None
    source_expression: ExpressionText | None = None
    target_binding: Binding | None = None
    target_expression: ExpressionText | None = None
    target_matched_confidence_level: int = 0
    time_offset_reference: TimeOffsetReference = TimeOffsetReference.Default
    time_offset_before_reference: int = 0
    time_offset_after_reference: int = 0


class ScalarRule(Node, frozen=True, kw_only=True, eq=False):
    """Computes one scalar property of the target from its owner."""

    tag: ClassVar[str] = "ScalarRule"
    policy: Annotated[str | None, reference("Policy")] = None
    property: OwnProperty
    binding: Binding | None = None
    expression: ExpressionText | None = None
    single_role: Annotated[str | None, reference("SingleRole")] = None
    comparison_type: ComparisonType = ComparisonType.CaseSensitive
    is_mapped: bool = True
    time_offset_reference: TimeOffsetReference = TimeOffsetReference.Default
    time_offset_before_reference: int = 0
    time_offset_after_reference: int = 0


class BinaryRule(Node, frozen=True, kw_only=True, eq=False):
    """Gives the target a file of its owner."""

    tag: ClassVar[str] = "BinaryRule"
    policy: Annotated[str | None, reference("Policy")] = None
    property: OwnProperty
    binding: Binding | None = None
    single_role: Annotated[str | None, reference("SingleRole")] = None
    time_offset_reference: TimeOffsetReference = TimeOffsetReference.Default
    time_offset_before_reference: int = 0
    time_offset_after_reference: int = 0


class ResourceType(Node, frozen=True, kw_only=True, eq=False):
    """What an owner of the source entity type gets in the target entity type, and how far that is automatic.

    It may be written in parts, so no part needs all of it; the whole has a name, a policy and both entity types.
    """

    tag: ClassVar[str] = "ResourceType"
    identifier: str
    display_name: DisplayName = {}
    description: Description = {}
    policy: Annotated[str, reference("Policy")] = ""
    source_entity_type: Annotated[str, reference("EntityType")] = ""
    target_entity_type: Annotated[str, reference("EntityType")] = ""
    category: Annotated[str | None, reference("Category")] = None
    allow_add: bool = True
    allow_remove: bool = True
    remove_orphans: bool = False
    block_provisioning: bool = True
    approval_workflow_type: ApprovalWorkflowType = ApprovalWorkflowType.None_
    implicit_approval: ImplicitApproval = ImplicitApproval.Inherited
    prolongation_without_approval: Prolongation = Prolongation.Inherited
    hide_on_simplified_view: bool = False
    manual_assignment_end_date_locked_to_context_mode: EndDateLock = EndDateLock.ExplicitNotContextBoundByDefault
    correlate_multiple_resources: bool = False
    suggest_all_correlations: bool = False
    depends_on: Annotated[str | None, reference("ResourceType")] = None
    depends_on_owner_property: Binding | None = None
    discard_manual_assignments: bool = False
    fulfill_hours_ahead_of_time: int = 0
    transmitted_state_validity_period: int = 0
    maximum_insert: int = 0
    maximum_update: int = 0
    maximum_delete: int = 0
    maximum_insert_percent: int = 30
    maximum_update_percent: int = 30
    maximum_delete_percent: int = 30
    arguments_expression: ExpressionText | None = None
    type: RuleType | None = None
    p: DimensionRules = {}
    r: RequiredParameters = {}
    consolidation_mode: ConsolidationMode | None = None
    type_rules: tuple[TypeRule, ...] = ()
    scalar_rules: tuple[ScalarRule, ...] = ()
    navigation_rules: tuple[NavigationRule, ...] = ()
    query_rules: tuple[QueryRule, ...] = ()
    binary_rules: tuple[BinaryRule, ...] = ()


class ResourceCorrelationRule(Node, frozen=True, kw_only=True, eq=False):
    """Pairs an owner with an existing resource when their keys are equal."""

    tag: ClassVar[str] = "ResourceCorrelationRule"
    resource_type: Annotated[str, reference("ResourceType")]
    policy: Annotated[str, reference("Policy")]
    source_binding: Binding | None = None
    source_expression: ExpressionText | None = None
    target_binding: Binding | None = None
    target_expression: ExpressionText | None = None
    source_matched_confidence_level: int = 0


class ResourceClassificationRule(Node, frozen=True, kw_only=True, eq=False):
    """Gives a resource without owner its resource type."""

    tag: ClassVar[str] = "ResourceClassificationRule"
    resource_type: Annotated[str, reference("ResourceType")]
    policy: Annotated[str, reference("Policy")]
    target_expression: ExpressionText | None = None
    resource_type_identification_confidence_level: int = 0
    source_matched_confidence_level: bool = False
