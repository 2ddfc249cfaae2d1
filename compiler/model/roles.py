"""Single and composite roles, the rules that give them, and decisions made without a person (schemas/roles.xsd)."""

from enum import IntEnum
from typing import Annotated, ClassVar

from compiler.model.metadata import ConsolidationMode
from compiler.model.node import (
    Description,
    DimensionInheritance,
    DimensionValues,
    DisplayName,
    Node,
    RequiredParameters,
    reference,
)
from compiler.model.provisioning import ApprovalWorkflowType, EndDateLock, ImplicitApproval, Prolongation, RuleType


class CommentActivationWithInherited(IntEnum):
    """Whether a reviewer's comment is asked for, or whether the policy says so."""

    Disabled = 0
    Optional = 1
    Required = 2
    Inherited = 3


class AutomationRuleType(IntEnum):
    """Whose assignments an automation rule decides on."""

    CompositeRole = 0
    SingleRole = 1
    ResourceType = 2
    Category = 4
    Policy = 5


class AutomationRuleDecision(IntEnum):
    """What an automation rule decides."""

    Approve = 0
    Decline = 1


class WorkflowState(IntEnum):
    """Where an assignment stands between request and decision (provisioning.md §11.1); some states have two names."""

    None_ = 0
    Found = 1
    NonConforming = 1
    RequestedMissingParameters = 2
    Historic = 3
    PreExisting = 3
    Requested = 4
    CalculatedMissingParameters = 5
    PendingApproval = 8
    PendingApproval1 = 9
    PendingApproval2 = 10
    PendingApproval1Of3 = 11
    PendingApproval2Of3 = 12
    PendingApproval3Of3 = 13
    Approved = 16
    Declined = 17
    Calculated = 18
    PolicyApproved = 18
    Inactive = 19
    Cancellation = 20
    Suggested = 21
    SuggestedAutomatic = 22
    AutomaticWithValidation = 23
    ApprovedQuestioned = 24
    PendingApprovalRisk = 25
    Blocked = 26
    Prolonged = 27
    ApprovedRisk = 116
    GivenByRole = 118


class SingleRole(Node, frozen=True, kw_only=True, eq=False):
    """One entitlement under a name that people understand; rules of resource types say what it gives."""

    tag: ClassVar[str] = "SingleRole"
    identifier: str
    display_name: DisplayName
    description: Description = {}
    policy: Annotated[str, reference("Policy")]
    entity_type: Annotated[str, reference("EntityType")]
    category: Annotated[str | None, reference("Category")] = None
    approval_workflow_type: ApprovalWorkflowType = ApprovalWorkflowType.None_
    implicit_approval: ImplicitApproval = ImplicitApproval.Inherited
    prolongation_without_approval: Prolongation = Prolongation.Inherited
    grace_period: int | None = None
    max_duration: int | None = None
    hide_on_simplified_view: bool = False
    manual_assignment_end_date_locked_to_context_mode: EndDateLock = EndDateLock.ExplicitNotContextBoundByDefault
    comment_activation_on_approve_in_review: CommentActivationWithInherited = CommentActivationWithInherited.Inherited
    comment_activation_on_decline_in_review: CommentActivationWithInherited = CommentActivationWithInherited.Inherited
    comment_activation_on_delete_gap_in_reconciliation: CommentActivationWithInherited = (
        CommentActivationWithInherited.Inherited
    )
    comment_activation_on_keep_gap_in_reconciliation: CommentActivationWithInherited = (
        CommentActivationWithInherited.Inherited
    )
    tags: str | None = None
    d: DimensionValues = {}
    r: RequiredParameters = {}
    consolidation_mode: ConsolidationMode | None = None


class CompositeRole(Node, frozen=True, kw_only=True, eq=False):
    """A job or an affiliation: what its holders get, single role rules say."""

    tag: ClassVar[str] = "CompositeRole"
    identifier: str
    display_name: DisplayName
    description: Description = {}
    policy: Annotated[str, reference("Policy")]
    entity_type: Annotated[str, reference("EntityType")]
    category: Annotated[str | None, reference("Category")] = None
    approval_workflow_type: ApprovalWorkflowType = ApprovalWorkflowType.None_
    implicit_approval: ImplicitApproval = ImplicitApproval.Inherited
    prolongation_without_approval: Prolongation = Prolongation.Inherited
    grace_period: int | None = None
    max_duration: int | None = None
    hide_on_simplified_view: bool = False
    manual_assignment_end_date_locked_to_context_mode: EndDateLock = EndDateLock.ExplicitNotContextBoundByDefault
    comment_activation_on_approve_in_review: CommentActivationWithInherited = CommentActivationWithInherited.Inherited
    comment_activation_on_decline_in_review: CommentActivationWithInherited = CommentActivationWithInherited.Inherited
    comment_activation_on_delete_gap_in_reconciliation: CommentActivationWithInherited = (
        CommentActivationWithInherited.Inherited
    )
    comment_activation_on_keep_gap_in_reconciliation: CommentActivationWithInherited = (
        CommentActivationWithInherited.Inherited
    )
    tags: str | None = None
    r: RequiredParameters = {}
    consolidation_mode: ConsolidationMode | None = None


class SingleRoleRule(Node, frozen=True, kw_only=True, eq=False):
    """Gives, offers or denies a single role to those who meet its criteria."""

    tag: ClassVar[str] = "SingleRoleRule"
    role: Annotated[str, reference("SingleRole")]
    policy: Annotated[str, reference("Policy")]
    composite_role: Annotated[str | None, reference("CompositeRole")] = None
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L
    is_denied: bool = False
    priority: int = 0
    type: RuleType = RuleType.Required


class CompositeRoleRule(Node, frozen=True, kw_only=True, eq=False):
    """Gives, offers or denies a composite role to those who meet its criteria."""

    tag: ClassVar[str] = "CompositeRoleRule"
    role: Annotated[str, reference("CompositeRole")]
    policy: Annotated[str, reference("Policy")]
    parent_role: Annotated[str | None, reference("CompositeRole")] = None
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L
    is_denied: bool = False
    priority: int = 0
    type: RuleType = RuleType.Required


class AutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides instead of a person on assignments that have waited; `type` says which of the subjects it is about."""

    tag: ClassVar[str] = "AutomationRule"
    type: AutomationRuleType
    composite_role: Annotated[str | None, reference("CompositeRole")] = None
    single_role: Annotated[str | None, reference("SingleRole")] = None
    resource_type: Annotated[str | None, reference("ResourceType")] = None
    category: Annotated[str | None, reference("Category")] = None
    policy: Annotated[str | None, reference("Policy")] = None
    entity_type: Annotated[str | None, reference("EntityType")] = None
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


class CompositeRoleAutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides on assignments of one composite role."""

    tag: ClassVar[str] = "CompositeRoleAutomationRule"
    composite_role: Annotated[str, reference("CompositeRole")]
    policy: Annotated[str | None, reference("Policy")] = None
    entity_type: Annotated[str | None, reference("EntityType")] = None
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


class SingleRoleAutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides on assignments of one single role."""

    tag: ClassVar[str] = "SingleRoleAutomationRule"
    single_role: Annotated[str, reference("SingleRole")]
    policy: Annotated[str | None, reference("Policy")] = None
    entity_type: Annotated[str | None, reference("EntityType")] = None
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


class ResourceTypeAutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides on assignments of one resource type."""

    tag: ClassVar[str] = "ResourceTypeAutomationRule"
    resource_type: Annotated[str, reference("ResourceType")]
    policy: Annotated[str | None, reference("Policy")] = None
    entity_type: Annotated[str | None, reference("EntityType")] = None
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


class CategoryAutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides on what owners of one entity type have of one category."""

    tag: ClassVar[str] = "CategoryAutomationRule"
    category: Annotated[str, reference("Category")]
    entity_type: Annotated[str, reference("EntityType")]
    policy: Annotated[str | None, reference("Policy")] = None
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


class PolicyAutomationRule(Node, frozen=True, kw_only=True, eq=False):
    """Decides on what owners of one entity type have of one policy."""

    tag: ClassVar[str] = "PolicyAutomationRule"
    policy: Annotated[str, reference("Policy")]
    entity_type: Annotated[str, reference("EntityType")]
    workflow_state: WorkflowState = WorkflowState.None_
    hours_to_wait: int = -1
    decision: AutomationRuleDecision = AutomationRuleDecision.Approve
    d: DimensionValues = {}
    l: DimensionInheritance = {}  # noqa: E741 - the attribute family is called L


AnyRole = SingleRole | CompositeRole
AnyRoleRule = SingleRoleRule | CompositeRoleRule
AnyAutomationRule = (
    AutomationRule
    | CompositeRoleAutomationRule
    | SingleRoleAutomationRule
    | ResourceTypeAutomationRule
    | CategoryAutomationRule
    | PolicyAutomationRule
)
