"""A scaffolding of jobs goes in; the job that it stands for comes out, as elements (language.md §5.2 to §5.5)."""

from collections.abc import Iterator
from functools import singledispatch
from typing import TypeVar

from compiler.bind.scaffold import Ground, Value, display_names, element
from compiler.bind.scaffold_chain import Chain
from compiler.bind.scaffold_order import arranged
from compiler.model.connectors import Connector, JobIntegrationRule
from compiler.model.node import Node
from compiler.model.scaffoldings import (
    CleanDatabaseJob,
    Configuration,
    CreateAgentSynchroComplete,
    CreateAgentSynchroIncremental,
    CreateConnectorsJobs,
    CreateConnectorSynchroComplete,
    CreateConnectorSynchroIncremental,
    CreateInitializationJob,
    CronTabExpression,
    Generated,
    JobScaffolding,
    NoConnectorProvisioning,
    NoConnectorSynchronization,
    NoProvisioning,
    NoSynchronization,
    NotUsed,
    OpenIdIdentifier,
    PrincipalDataConnector,
    Scaffolding,
)

LOCAL = "Local"
INCREMENTAL = "export prepare synchronise flag expressions keys roles orders fulfil"
COMPLETE_CONNECTOR = (
    "export prepare synchronise expressions keys roles risks orders fulfil contexts notifications maintenance"
)
COMPLETE_AGENT = (
    "export prepare synchronise expressions keys roles risks orders fulfil classification profiles contexts "
    "notifications indexes maintenance"
)
LOAD = "views export prepare synchronise"
BLOCK = "expressions keys roles orders fulfil"
AFTERWARDS = "expressions deploy keys roles risks classification profiles history contexts rights maintenance"
"""The parts of a job; the place of a part is its level (§5.3)."""

CONNECTOR_TASKS = (
    ("ConnectorExport", "ExportTask", "export"),
    ("ConnectorPrepareSynchronization", "PrepareSynchronizationTask", "prepare"),
    ("ConnectorSynchronization", "SynchronizeTask", "synchronise"),
    ("ConnectorExpression", "UpdateEntityPropertyExpressionsTask", "compute properties"),
    ("ConnectorCorrelation", "ComputeCorrelationKeysTask", "compute correlation keys"),
    ("ConnectorPolicy", "ComputeRoleModelTask", "evaluate rules"),
    ("ConnectorGenerateOrders", "GenerateProvisioningOrdersTask", "make orders"),
    ("ConnectorFulfillment", "FulfillTask", "fulfil"),
    ("ConnectorClassification", "UpdateClassificationTask", "classify"),
    ("ConnectorBuildRoleModel", "BuildRoleModelTask", "build roles"),
    ("ConnectorRefreshSchema", "RefreshSchemaTask", "refresh schemas"),
)
"""The tasks of the connector page: the end of the identifier, the element, what it does."""

Argument = TypeVar("Argument", bound=Node)


@singledispatch
def expand(by: Scaffolding, ground: Ground) -> Iterator[Generated]:
    """The elements that one scaffolding stands for; none when it is about nothing."""
    raise LookupError(f"{by.tag} is no scaffolding of jobs")


@expand.register
def _(by: CreateConnectorSynchroComplete, ground: Ground) -> Iterator[Generated]:
    yield from _connector_job(by, ground, COMPLETE_CONNECTOR, "Complete")


@expand.register
def _(by: CreateConnectorSynchroIncremental, ground: Ground) -> Iterator[Generated]:
    yield from _connector_job(by, ground, INCREMENTAL, "Incremental")


@expand.register
def _(by: CreateAgentSynchroComplete, ground: Ground) -> Iterator[Generated]:
    yield from _agent_job(by, ground, COMPLETE_AGENT, "Complete")


@expand.register
def _(by: CreateAgentSynchroIncremental, ground: Ground) -> Iterator[Generated]:
    yield from _agent_job(by, ground, INCREMENTAL, "Incremental")


@expand.register
def _(by: CreateInitializationJob, ground: Ground) -> Iterator[Generated]:
    """Load everything, work the reference data out three times over, then the rest (§5.4)."""
    principal = _argument(by, PrincipalDataConnector)
    deployed = _argument(by, Configuration)
    chain = _chain(by, ground, "Initial", by.job_identifier or "InitializationJob", by.agent or LOCAL)
    chain.principal = principal.connector_identifier if principal else None
    chain.configuration = deployed.path if deployed else None
    parts = LOAD.split() + (3 * BLOCK.split() if principal else []) + _but("" if deployed else "deploy", AFTERWARDS)
    chain.blocks_left = 3 if principal else 0
    title = "Initialisation"
    yield from _job(by, chain, parts, title, {"IsInitializationJob": True, "UserStartDenied": True})


@expand.register
def _(by: CreateConnectorsJobs, ground: Ground) -> Iterator[Generated]:
    """One hidden job per connector, and the tasks that its steps launch."""
    for connector in ground.model.connectors.values():
        name = connector.identifier
        steps = [element(by, "Step", {"Identifier": f"{name}_{suffix}"}) for suffix, _, _ in CONNECTOR_TASKS]
        titles = {number: f"ZZ Connectors/{text}" for number, text in connector.display_name.items()}
        flags: dict[str, Value] = {"Agent": connector.agent or LOCAL, "IsConnectorJob": True, "UserStartDenied": True}
        yield element(by, "Job", {"Identifier": f"{name}_VirtualJob", **display_names(titles), **flags}, steps)
    for connector in ground.model.connectors.values():
        name, shown = connector.identifier, connector.display_name.get(1, connector.identifier)
        for suffix, tag, what in CONNECTOR_TASKS:
            attributes = {"Identifier": f"{name}_{suffix}", "DisplayName_L1": f"{shown}: {what}", "Connector": name}
            yield element(by, tag, attributes)


@expand.register
def _(by: CleanDatabaseJob, ground: Ground) -> Iterator[Generated]:
    title = "Close the runs that broke off"
    attributes: dict[str, Value] = {"Identifier": "CleanDatabase_CleanDataBase", "DisplayName_L1": title}
    task = element(by, "CleanDataBase", {**attributes, "Level": 0})
    yield element(by, "Job", {"Identifier": "CleanDatabase", "DisplayName_L1": title}, [task])


def _connector_job(
    by: CreateConnectorSynchroComplete | CreateConnectorSynchroIncremental, ground: Ground, parts: str, mode: str
) -> Iterator[Generated]:
    connector = ground.model.connectors.get(by.connector)
    if connector is None:
        return
    name = by.job_identifier or f"{by.connector}_Synchronize_{mode}"
    chain = _chain(by, ground, mode, name, connector.agent or LOCAL, only=by.connector)
    title = f"{connector.display_name.get(1, by.connector)}: {mode.lower()} synchronisation"
    yield from _job(by, chain, parts.split(), title, {"IsIncremental": mode == "Incremental" or None})


def _agent_job(
    by: CreateAgentSynchroComplete | CreateAgentSynchroIncremental, ground: Ground, parts: str, mode: str
) -> Iterator[Generated]:
    agent = by.agent or LOCAL
    chain = _chain(by, ground, mode, by.job_identifier or f"{agent}_Synchronize_{mode}", agent)
    title = f"{agent}: {mode.lower()} synchronisation"
    yield from _job(by, chain, parts.split(), title, {"IsIncremental": mode == "Incremental" or None})


def _chain(by: JobScaffolding, ground: Ground, mode: str, job: str, agent: str, only: str = "") -> Chain:
    """The chain of a job with the connectors that both they themselves and the scaffolding let take part."""
    ours = [
        each
        for each in ground.model.connectors.values()
        if (each.identifier == only or (not only and (each.agent or LOCAL) == agent)) and not each.is_deactivated
    ]
    client = _argument(by, OpenIdIdentifier)
    return Chain(
        by=by,
        ground=ground,
        mode=mode,
        job=job,
        agent=agent,
        client=client.client if client else None,
        synchronised=[each.identifier for each in ours if _takes_part(each, by, mode, "OnlyProvisioning")],
        provisioned=[each.identifier for each in ours if _takes_part(each, by, mode, "OnlySynchronization")],
    )


def _takes_part(connector: Connector, by: JobScaffolding, mode: str, other: str) -> bool:
    """Whether a connector takes part in one half of a job; `other` is the rule that allows only the other half."""
    rule = connector.incremental_job if mode == "Incremental" else connector.complete_job
    if mode != "Initial" and rule in (JobIntegrationRule.NotUsed, JobIntegrationRule[other]):
        return False
    is_provisioning = other == "OnlySynchronization"
    whole = NoProvisioning if is_provisioning else NoSynchronization
    single = NoConnectorProvisioning if is_provisioning else NoConnectorSynchronization
    for each in by.arguments:
        if isinstance(each, whole):
            return False
        if isinstance(each, (single, NotUsed)) and each.connector_identifier == connector.identifier:
            return False
    return True


def _job(
    by: JobScaffolding, chain: Chain, parts: list[str], title: str, flags: dict[str, bool | None]
) -> Iterator[Generated]:
    if not chain.synchronised and not chain.provisioned:
        return
    tasks = arranged([task for level, part in enumerate(parts) for task in chain.part(part, level)], by, chain.ground)
    schedule = _argument(by, CronTabExpression)
    attributes = {
        "Identifier": chain.job,
        **display_names(by.display_name or {1: title}),
        "Agent": chain.agent,
        "CronTabExpression": schedule.cron_tab if schedule else None,
        "CronTimeZone": schedule.cron_time_zone.name if schedule else None,
        **flags,
    }
    yield element(by, "Job", attributes, tasks)


def _argument(by: JobScaffolding, kind: type[Argument]) -> Argument | None:
    return next((each for each in by.arguments if isinstance(each, kind)), None)


def _but(left_out: str, parts: str) -> list[str]:
    return [part for part in parts.split() if part != left_out]
