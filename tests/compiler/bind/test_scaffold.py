"""What scaffoldings stand for, item by item, against elements written by hand."""

from collections.abc import Iterable

import pytest

from compiler.model.scaffoldings import Generated
from compiler.pipeline import Compilation, compile_sources
from compiler.source.document import Element
from compiler.source.xml import parse_xml
from tests.conftest import CATALOGUE, CompileText

TIDEPOOL = """
<Language Code="en-GB" IndicatorNumber="1" />
<Policy Identifier="Aquarium" DisplayName_L1="Aquarium" IsProvisioningEnabled="true" />
<Connector Identifier="Keepers" DisplayName_L1="Keepers' office" />
<Connection Identifier="KeeperList" DisplayName_L1="Keepers" Connector="Keepers" Package="Garden.Sheets@0000001" />
<EntityType Identifier="Keepers_Keeper" DisplayName_L1="Keeper">
  <Property Identifier="Number" IsKey="true" />
  <Property Identifier="Name" />
</EntityType>
<EntityTypeMapping Identifier="Keepers_Keeper" Connector="Keepers" ConnectionTable="KeeperList_keepers">
  <Property Identifier="Number" ConnectionColumn="no" IsPrimaryKey="true" />
  <Property Identifier="Name" ConnectionColumn="name" />
</EntityTypeMapping>
<Connector Identifier="Doors" DisplayName_L1="Doors" />
<Connection Identifier="DoorTree" DisplayName_L1="Doors" Connector="Doors" Package="Garden.Tree@0000001" />
<EntityType Identifier="Doors_Pass" DisplayName_L1="Pass">
  <Property Identifier="dn" IsKey="true" />
  <Property Identifier="holder" />
</EntityType>
<EntityTypeMapping Identifier="Doors_Pass" Connector="Doors" ConnectionTable="DoorTree_passes">
  <Property Identifier="dn" ConnectionColumn="dn" IsPrimaryKey="true" />
  <Property Identifier="holder" ConnectionColumn="holder" />
</EntityTypeMapping>
<ResourceType Identifier="Doors_KeeperPass" DisplayName_L1="Pass" Policy="Aquarium"
              SourceEntityType="Keepers_Keeper" TargetEntityType="Doors_Pass">
  <TypeRule />
  <ScalarRule Property="dn" Binding="Number" />
  <ScalarRule Property="holder" Binding="Name" />
</ResourceType>
<LdapResourceTypeMapping Identifier="Doors_KeeperPass" Connection="DoorTree" DefaultObjectClass="pass"
                         RDNAttributeIdentifier="holder" />
"""

COMPLETE = """
<Job Identifier="Doors_Synchronize_Complete" DisplayName_L1="Doors: complete synchronisation" Agent="Local">
  <ExportTask Identifier="Doors_Synchronize_Complete_Export_Doors_Complete_DoorTree" DisplayName_L1="Doors: export"
              Level="0" Agent="Local" OpenIdClient="Keeper" Connector="Doors" Connection="DoorTree"
              ContinueOnError="true" IgnoreCookieFile="true" />
  <PrepareSynchronizationTask Identifier="Doors_Synchronize_Complete_PrepareSynchronization_Doors_Complete"
                              DisplayName_L1="Doors: prepare" Level="1" Agent="Local" OpenIdClient="Keeper"
                              Connector="Doors" SynchronizationMode="Complete">
    <TaskDependsOnTask ParentTask="Doors_Synchronize_Complete_Export_Doors_Complete_DoorTree" />
  </PrepareSynchronizationTask>
  <SynchronizeTask Identifier="Doors_Synchronize_Complete_Synchronize_Doors" DisplayName_L1="Doors: synchronise"
                   Level="2" Connector="Doors">
    <TaskDependsOnTask ParentTask="Doors_Synchronize_Complete_PrepareSynchronization_Doors_Complete" />
  </SynchronizeTask>
  <UpdateEntityPropertyExpressionsTask Identifier="Doors_Synchronize_Complete_UpdateEntityPropertyExpressions1"
                                       DisplayName_L1="Compute properties" Level="3">
    <TaskEntityType EntityType="Doors_Pass" />
    <TaskEntityType EntityType="Keepers_Keeper" />
  </UpdateEntityPropertyExpressionsTask>
  <ComputeCorrelationKeysTask Identifier="Doors_Synchronize_Complete_ComputeCorrelationKeys1_AllEntities"
                              DisplayName_L1="Compute correlation keys" Level="4">
    <TaskEntityType EntityType="Doors_Pass" />
    <TaskEntityType EntityType="Keepers_Keeper" />
  </ComputeCorrelationKeysTask>
  <ComputeRoleModelTask Identifier="Doors_Synchronize_Complete_ComputeRoleModel1" DisplayName_L1="Evaluate rules"
                        Level="5">
    <TaskEntityType EntityType="Keepers_Keeper" />
  </ComputeRoleModelTask>
  <ComputeRiskScoresTask Identifier="Doors_Synchronize_Complete_ComputeRiskScores1" DisplayName_L1="Compute risks"
                         Level="6">
    <TaskEntityType EntityType="Keepers_Keeper" />
  </ComputeRiskScoresTask>
  <GenerateProvisioningOrdersTask Identifier="Doors_Synchronize_Complete_GenerateProvisioningOrders1"
                                  DisplayName_L1="Make orders" Level="7">
    <TaskResourceType ResourceType="Doors_KeeperPass" />
  </GenerateProvisioningOrdersTask>
  <FulfillTask Identifier="Doors_Synchronize_Complete_Fulfill1" DisplayName_L1="Fulfil orders" Level="8" Agent="Local"
               OpenIdClient="Keeper" Dirty="false" ContinueOnError="true">
    <TaskDependsOnTask ParentTask="Doors_Synchronize_Complete_GenerateProvisioningOrders1" />
    <TaskResourceType ResourceType="Doors_KeeperPass" />
  </FulfillTask>
  <UpdateParametersContextDisplayNamesTask Level="9" DisplayName_L1="Name contexts"
      Identifier="Doors_Synchronize_Complete_UpdateParametersContextDisplayNames" />
  <SendRoleModelNotificationsTask Identifier="Doors_Synchronize_Complete_SendRoleModelNotifications"
                                  DisplayName_L1="Notify reviewers" Level="10">
    <TaskEntityType EntityType="Keepers_Keeper" />
  </SendRoleModelNotificationsTask>
  <MaintainIndexesTask Identifier="Doors_Synchronize_Complete_MaintainIndexes" DisplayName_L1="Maintain indexes"
                       Level="11" />
</Job>
"""

INCREMENTAL = """
<Job Identifier="DoorsOften" DisplayName_L1="Doors" DisplayName_L2="Portes" Agent="Local" IsIncremental="true"
     CronTabExpression="0 */10 * * * *" CronTimeZone="ServerTime">
  <ExportTask Identifier="DoorsOften_Export_Doors_Incremental_DoorTree" DisplayName_L1="Doors: export" Level="0"
              Agent="Local" Connector="Doors" Connection="DoorTree" ContinueOnError="true" />
  <PrepareSynchronizationTask Identifier="DoorsOften_PrepareSynchronization_Doors_Incremental"
                              DisplayName_L1="Doors: prepare" Level="1" Agent="Local" Connector="Doors"
                              SynchronizationMode="Incremental">
    <TaskDependsOnTask ParentTask="DoorsOften_Export_Doors_Incremental_DoorTree" />
  </PrepareSynchronizationTask>
  <SynchronizeTask Identifier="DoorsOften_Synchronize_Doors_DoNotDeleteChanges" DisplayName_L1="Doors: synchronise"
                   Level="2" Connector="Doors" DoNotDeleteChanges="true">
    <TaskDependsOnTask ParentTask="DoorsOften_PrepareSynchronization_Doors_Incremental" />
  </SynchronizeTask>
  <SetRecentlyModifiedFlagTask Identifier="DoorsOften_SetRecentlyModifiedFlag" DisplayName_L1="Mark changes" Level="3">
    <TaskDependsOnTask ParentTask="DoorsOften_Synchronize_Doors_DoNotDeleteChanges" />
  </SetRecentlyModifiedFlagTask>
  <UpdateEntityPropertyExpressionsTask Identifier="DoorsOften_UpdateEntityPropertyExpressions1_WithDirty"
                                       DisplayName_L1="Compute properties" Level="4" Dirty="true">
    <TaskEntityType EntityType="Doors_Pass" />
    <TaskEntityType EntityType="Keepers_Keeper" />
  </UpdateEntityPropertyExpressionsTask>
  <ComputeCorrelationKeysTask Identifier="DoorsOften_ComputeCorrelationKeys1_AllEntities_WithDirty"
                              DisplayName_L1="Compute correlation keys" Level="5" Dirty="true">
    <TaskDependsOnTask ParentTask="DoorsOften_SetRecentlyModifiedFlag" />
    <TaskEntityType EntityType="Doors_Pass" />
    <TaskEntityType EntityType="Keepers_Keeper" />
  </ComputeCorrelationKeysTask>
  <ComputeRoleModelTask Identifier="DoorsOften_ComputeRoleModel1_WithDirty" DisplayName_L1="Evaluate rules" Level="6"
                        Dirty="true">
    <TaskDependsOnTask ParentTask="DoorsOften_SetRecentlyModifiedFlag" />
    <TaskEntityType EntityType="Keepers_Keeper" />
  </ComputeRoleModelTask>
  <GenerateProvisioningOrdersTask Identifier="DoorsOften_GenerateProvisioningOrders1" DisplayName_L1="Make orders"
                                  Level="7">
    <TaskResourceType ResourceType="Doors_KeeperPass" />
  </GenerateProvisioningOrdersTask>
  <FulfillTask Identifier="DoorsOften_Fulfill1" DisplayName_L1="Fulfil orders" Level="8" Agent="Local" Dirty="true"
               ContinueOnError="true">
    <TaskDependsOnTask ParentTask="DoorsOften_GenerateProvisioningOrders1" />
    <TaskResourceType ResourceType="Doors_KeeperPass" />
  </FulfillTask>
</Job>
"""

MAPPINGS = """
<Connection Identifier="Tanks" DisplayName_L1="Tanks" Connector="Tanks" Package="Garden.Sheets@0000001" />
<EntityTypeMapping Identifier="Tanks_Tank" ConnectionTable="Tanks_Tank" Connector="Tanks">
  <Property Identifier="Code" ConnectionColumn="Code" IsPrimaryKey="true" />
  <Property Identifier="Volume" ConnectionColumn="Volume" />
</EntityTypeMapping>
<EntityTypeMapping Identifier="Tanks_Fish" ConnectionTable="Tanks_Fish" Connector="Tanks">
  <Property Identifier="Kind" ConnectionColumn="Kind" />
  <Property Identifier="Tag" ConnectionColumn="Tag" IsPrimaryKey="true" />
</EntityTypeMapping>
<EntityAssociationMapping Identifier="Tanks_Inhabitants" ConnectionTable="Tanks_Fish" Connector="Tanks"
                          Column2="Tag" EntityPropertyMapping2="Tanks_Fish:Tag"
                          Column1="Tank" EntityPropertyMapping1="Tanks_Tank:Code" />
<EntityAssociationMapping Identifier="Tanks_Friends" ConnectionTable="Tanks_Fish_Friends" Connector="Tanks"
                          Column1="Tag" EntityPropertyMapping1="Tanks_Fish:Tag"
                          Column2="Friends" EntityPropertyMapping2="Tanks_Fish:Tag" />
"""

TANKS = """
<Connector Identifier="Tanks" DisplayName_L1="Tanks" />
<EntityType Identifier="Tanks_Tank" DisplayName_L1="Tank">
  <Property Identifier="Volume" Type="Double" />
  <Property Identifier="Code" IsKey="true" />
  <Property Identifier="Fish" Type="ForeignKey" />
</EntityType>
<EntityType Identifier="Tanks_Fish" DisplayName_L1="Fish">
  <Property Identifier="Tag" IsKey="true" />
  <Property Identifier="Kind" IsKey="true" />
  <Property Identifier="Weight" Type="Double" />
  <Property Identifier="Tank" Type="ForeignKey" />
  <Property Identifier="Friends" Type="ForeignKey" />
  <Property Identifier="FriendOf" Type="ForeignKey" />
</EntityType>
<EntityAssociation Identifier="Tanks_Inhabitants" Property1="Tanks_Tank:Fish" IsProperty1Collection="true"
                   Property2="Tanks_Fish:Tank" />
<EntityAssociation Identifier="Tanks_Friends" Property1="Tanks_Fish:Friends" IsProperty1Collection="true"
                   Property2="Tanks_Fish:FriendOf" IsProperty2Collection="true" />
<ConnectorMappings Connector="Tanks" EntityType="Tanks_Tank" Package="Garden.Sheets@0000001" />
<ConnectorMappings Connector="Tanks" EntityType="Tanks_Fish" Package="Garden.Sheets@0000001">
  <ExcludedProperty Property="Weight" />
</ConnectorMappings>
"""

Shape = tuple[str, dict[str, str], list["Shape"]]


def shape(element: Element) -> Shape:
    return element.name, dict(element.attributes), [shape(child) for child in element.children]


def written(text: str) -> list[Shape]:
    document, findings = parse_xml("expected.xml", f"<ConfigurationFile>{text}</ConfigurationFile>".encode())
    assert document is not None and not [found for found in findings if found.code != "W101"]
    return [shape(element) for element in document.root.children]


def generated(compilation: Compilation) -> list[Element]:
    items = (node for node, parent in compilation.model.nodes() if parent is None)
    return [node.element for node in items if isinstance(node.element, Generated)]


def shapes(elements: Iterable[Element]) -> list[Shape]:
    return sorted((shape(element) for element in elements), key=lambda each: (each[0], each[1]["Identifier"]))


def sound(compilation: Compilation) -> Compilation:
    assert [found.message for found in compilation.findings] == []
    return compilation


def test_the_complete_job_of_a_connector(compile_text: CompileText) -> None:
    scaffolding = '<CreateConnectorSynchroComplete Connector="Doors"><OpenIdIdentifier Identifier="Keeper" />'
    done = sound(compile_text(f"{TIDEPOOL}{scaffolding}</CreateConnectorSynchroComplete>"))
    assert shapes(generated(done)) == written(COMPLETE)


def test_the_incremental_job_of_a_connector(compile_text: CompileText) -> None:
    scaffolding = """
    <CreateConnectorSynchroIncremental Connector="Doors" JobIdentifier="DoorsOften" DisplayName_L1="Doors"
                                       DisplayName_L2="Portes" OldAlgorithm="false">
      <CronTabExpression CronTab="0 */10 * * * *" CronTimeZone="1" />
    </CreateConnectorSynchroIncremental>"""
    language = '<Language Code="fr-FR" IndicatorNumber="2" />'
    done = sound(compile_text(TIDEPOOL + language + scaffolding))
    assert shapes(generated(done)) == written(INCREMENTAL)


def test_mappings_of_prepared_files(compile_text: CompileText) -> None:
    done = sound(compile_text(TIDEPOOL + TANKS))
    assert shapes(generated(done)) == sorted(written(MAPPINGS), key=lambda each: (each[0], each[1]["Identifier"]))


def test_the_agents_complete_job_has_its_own_levels(compile_text: CompileText) -> None:
    done = sound(compile_text(f"{TIDEPOOL}<CreateAgentSynchroComplete />"))
    job = done.model.jobs["Local_Synchronize_Complete"]
    levels = {step.element.name: step.level for step in job.steps}
    assert levels == {
        "ExportTask": 0,
        "PrepareSynchronizationTask": 1,
        "SynchronizeTask": 2,
        "UpdateEntityPropertyExpressionsTask": 3,
        "ComputeCorrelationKeysTask": 4,
        "ComputeRoleModelTask": 5,
        "ComputeRiskScoresTask": 6,
        "GenerateProvisioningOrdersTask": 7,
        "FulfillTask": 8,
        "UpdateClassificationTask": 9,
        "SetInternalUserProfilesTask": 10,
        "UpdateParametersContextDisplayNamesTask": 11,
        "SendRoleModelNotificationsTask": 12,
        "ManageConfigurationIndexesTask": 13,
        "MaintainIndexesTask": 14,
    }


@pytest.mark.parametrize(
    ("connector", "scaffolding", "kinds"),
    [
        ('CompleteJob="OnlySynchronization"', "", {"ExportTask", "SynchronizeTask"}),
        ('CompleteJob="3"', "", {"GenerateProvisioningOrdersTask", "FulfillTask"}),
        ("", "<NoProvisioning />", {"ExportTask", "SynchronizeTask"}),
        ("", "<NoSynchronization />", {"GenerateProvisioningOrdersTask", "FulfillTask"}),
        ('CompleteJob="OnlyProvisioning"', "<NoProvisioning />", set()),
        ('IsDeactivated="true"', "", set()),
        (
            'IncrementalJob="NotUsed"',
            "",
            {"ExportTask", "SynchronizeTask", "GenerateProvisioningOrdersTask", "FulfillTask"},
        ),
    ],
)
def test_a_connector_takes_part_where_both_let_it(
    compile_text: CompileText, connector: str, scaffolding: str, kinds: set[str]
) -> None:
    doors = TIDEPOOL.replace('Identifier="Doors" ', f'Identifier="Doors" {connector} ')
    text = f'{doors}<CreateConnectorSynchroComplete Connector="Doors">{scaffolding}</CreateConnectorSynchroComplete>'
    jobs = compile_text(text).model.jobs
    made = {step.element.name for job in jobs.values() for step in job.steps}
    halves = {"ExportTask", "SynchronizeTask", "GenerateProvisioningOrdersTask", "FulfillTask"}
    assert made & halves == kinds
    assert bool(jobs) == bool(kinds)


def test_the_first_load_is_forced_and_works_reference_data_out_three_times(compile_text: CompileText) -> None:
    arguments = '<PrincipalDataConnector ConnectorIdentifier="Doors" /><Configuration Path="conf" />'
    text = f"{TIDEPOOL}<CreateInitializationJob>{arguments}</CreateInitializationJob>"
    job = sound(compile_text(text)).model.jobs["InitializationJob"]
    assert job.is_initialization_job and job.user_start_denied
    names = [step.element.attributes["Identifier"].removeprefix("InitializationJob_") for step in job.steps]
    assert names[:8] == [
        "CreateDatabaseViews",
        "Export_Keepers_Complete_KeeperList",
        "Export_Doors_Complete_DoorTree",
        "PrepareSynchronization_Keepers_Initial",
        "PrepareSynchronization_Doors_Initial",
        "Synchronize_Keepers_ForceSynchronization",
        "Synchronize_Doors_ForceSynchronization",
        "UpdateEntityPropertyExpressions1",
    ]
    assert [name for name in names if name.startswith("Fulfill")] == [
        f"Fulfill{number}_IgnoreHistorization" for number in (1, 2, 3)
    ]
    blocked = [step.element.attributes.get("BlockAllResourceTypeProvisioning") for step in job.steps]
    assert [names[at] for at, each in enumerate(blocked) if each] == ["ComputeRoleModel4"]
    assert names[names.index("UpdateEntityPropertyExpressions4") + 1] == "DeployConfiguration"


def test_the_blocks_of_the_first_load_are_about_the_reference_data_alone(compile_text: CompileText) -> None:
    argument = '<PrincipalDataConnector ConnectorIdentifier="Keepers" />'
    text = f"{TIDEPOOL}<CreateInitializationJob>{argument}</CreateInitializationJob>"
    steps = sound(compile_text(text)).model.jobs["InitializationJob"].steps
    made = [step.element.name for step in steps]
    assert made.count("ComputeRoleModelTask") == 4
    assert made.count("FulfillTask") == made.count("GenerateProvisioningOrdersTask") == 0


def test_the_jobs_of_the_connector_page(compile_text: CompileText) -> None:
    done = sound(compile_text(f"{TIDEPOOL}<CreateConnectorsJobs /><CleanDatabaseJob />"))
    job = done.model.jobs["Doors_VirtualJob"]
    assert dict(job.display_name) == {1: "ZZ Connectors/Doors"} and job.is_connector_job and job.user_start_denied
    ends = [step.element.attributes["Identifier"].removeprefix("Doors_Connector") for step in job.steps]
    assert ends == [
        "Export",
        "PrepareSynchronization",
        "Synchronization",
        "Expression",
        "Correlation",
        "Policy",
        "GenerateOrders",
        "Fulfillment",
        "Classification",
        "BuildRoleModel",
        "RefreshSchema",
    ]
    assert len(done.model.tasks) == 2 * len(ends)
    assert [step.element.name for step in done.model.jobs["CleanDatabase"].steps] == ["CleanDataBase"]


def test_tasks_are_put_in_and_linked(compile_text: CompileText) -> None:
    text = f"""{TIDEPOOL}
    <InvokeExpressionTask Identifier="FeedTheSharks" DisplayName_L1="Feed the sharks" />
    <CreateConnectorSynchroIncremental Connector="Doors" JobIdentifier="J">
      <AddTask Task="FeedTheSharks" TaskToCompareWith="Fulfill" Before="true" />
      <LinkDependTask Task="Fulfill1" DependOn="Synchronize_Doors" />
    </CreateConnectorSynchroIncremental>"""
    job = sound(compile_text(text)).model.jobs["J"]
    named = {each.element.attributes["Identifier"]: each for each in job.steps}
    levels = {name: each.level for name, each in named.items()}
    assert (levels["J_GenerateProvisioningOrders1"], levels["FeedTheSharks"], levels["J_Fulfill1"]) == (7, 8, 9)
    parents = [child.attributes.get("ParentTask") for child in named["J_Fulfill1"].element.children]
    assert parents[:2] == ["J_Synchronize_Doors_DoNotDeleteChanges", "J_GenerateProvisioningOrders1"]


def test_findings_about_generated_items_point_at_their_scaffolding() -> None:
    text = TANKS.replace('Package="Garden.Sheets@0000001"', 'Package="Garden.Spades"')
    files = [("a.xml", f"<ConfigurationFile>{TIDEPOOL}{text}</ConfigurationFile>".encode())]
    found = next(each for each in compile_sources(files, CATALOGUE).findings if each.code == "E185")
    assert found.span is not None and found.span.file == "a.xml"
    assert [label.text for label in found.related] == ["this generates Connection `Tanks`"]
