"""The connectors of a job and one of its parts go in; the tasks of that part come out, as elements (§5.3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field

from compiler.bind.scaffold import Ground, Value, element
from compiler.bind.tables import connector_of, target_connector
from compiler.catalogue.package import Verb
from compiler.model.connectors import Connection, DeactivationExportFulfill
from compiler.model.model import Model
from compiler.model.provisioning import ResourceType
from compiler.model.scaffoldings import Generated, JobScaffolding
from compiler.source.document import Element

ACTIVE_DIRECTORY = "activedirectory"
"""The alias of the package whose preparation has a type of its own."""

_PLAIN = {
    "views": ("CreateDatabaseViewsTask", "CreateDatabaseViews", "Make views"),
    "contexts": ("UpdateParametersContextDisplayNamesTask", "UpdateParametersContextDisplayNames", "Name contexts"),
    "indexes": ("ManageConfigurationIndexesTask", "ManageConfigurationIndexes", "Make indexes"),
    "maintenance": ("MaintainIndexesTask", "MaintainIndexes", "Maintain indexes"),
    "history": ("ResetValidFromTask", "ResetValidFrom", "Begin the history"),
    "rights": ("SavePreExistingAccessRightsTask", "SavePreExistingAccessRights", "Keep earlier rights"),
    "deploy": ("DeployConfigurationTask", "DeployConfiguration", "Deploy the configuration"),
}
"""The parts that are one task about everything: its element, the end of its identifier, its name."""


class Chain(Struct):
    """A job in the making: who takes part, and the identifiers of the tasks made so far."""

    by: JobScaffolding
    ground: Ground
    mode: str
    job: str
    agent: str
    client: str | None
    synchronised: list[str]
    provisioned: list[str]
    principal: str | None = None
    configuration: str | None = None
    blocks_left: int = 0
    made: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def part(self, part: str, level: int) -> Iterator[Generated]:
        """The tasks of one part of the job, all of one level."""
        if part in _PLAIN:
            yield self._plain(part, level)
        elif part in _OF_A_CONNECTOR:
            for connector in self.synchronised:
                yield from _OF_A_CONNECTOR[part](self, connector, level)
        else:
            yield from _OF_THE_JOB[part](self, level)

    @property
    def _model(self) -> Model:
        return self.ground.model

    @property
    def _is_incremental(self) -> bool:
        return self.mode == "Incremental"

    @property
    def _is_initial(self) -> bool:
        return self.mode == "Initial"

    def _task(
        self,
        tag: str,
        suffix: str,
        title: str,
        level: int,
        attributes: dict[str, Value] | None = None,
        children: Iterable[Element] = (),
    ) -> Generated:
        head: dict[str, Value] = {"Identifier": f"{self.job}_{suffix}", "DisplayName_L1": title, "Level": level}
        return element(self.by, tag, {**head, **(attributes or {})}, children)

    def _on_agent(self) -> dict[str, Value]:
        return {"Agent": self.agent, "OpenIdClient": self.client}

    def _depends(self, parents: Iterable[str]) -> list[Generated]:
        return [element(self.by, "TaskDependsOnTask", {"ParentTask": parent}) for parent in parents]

    def _remember(self, part: str, task: Generated) -> Generated:
        self.made.setdefault(part, []).append(task.attributes["Identifier"])
        return task

    def _export(self, connector: str, level: int) -> Iterator[Generated]:
        mode = "Incremental" if self._is_incremental else "Complete"
        for connection in self._exporting(connector):
            attributes: dict[str, Value] = {
                **self._on_agent(),
                "Connector": connector,
                "Connection": connection.identifier,
                "ContinueOnError": None if self._is_initial else True,
                "IgnoreCookieFile": None if self._is_incremental else True,
                "InitMode": self._is_initial or None,
            }
            suffix = f"Export_{connector}_{mode}_{connection.identifier}"
            task = self._task("ExportTask", suffix, f"{self._shown(connector)}: export", level, attributes)
            yield self._remember(f"export {connector}", task)

    def _prepare(self, connector: str, level: int) -> Iterator[Generated]:
        kind = self._type(connector)
        parents = [] if self._is_initial else self.made.get(f"export {connector}", [])
        attributes = {**self._on_agent(), "Connector": connector, "SynchronizationMode": self.mode, "Type": kind}
        suffix = f"PrepareSynchronization{kind or ''}_{connector}_{self.mode}"
        title = f"{self._shown(connector)}: prepare"
        task = self._task("PrepareSynchronizationTask", suffix, title, level, attributes, self._depends(parents))
        yield self._remember(f"prepare {connector}", task)

    def _synchronise(self, connector: str, level: int) -> Iterator[Generated]:
        kind = self._type(connector)
        parents = [] if self._is_initial else self.made.get(f"prepare {connector}", [])
        attributes: dict[str, Value] = {
            "Connector": connector,
            "Type": kind,
            "DoNotDeleteChanges": self._is_incremental or None,
            "ForceSynchronization": self._is_initial or None,
        }
        end = "_DoNotDeleteChanges" if self._is_incremental else "_ForceSynchronization" if self._is_initial else ""
        suffix, title = f"Synchronize{kind or ''}_{connector}{end}", f"{self._shown(connector)}: synchronise"
        task = self._task("SynchronizeTask", suffix, title, level, attributes, self._depends(parents))
        yield self._remember("synchronise", task)

    def _flag(self, level: int) -> Iterator[Generated]:
        parents = self.made.get("synchronise", [])
        if parents:
            task = self._task(
                "SetRecentlyModifiedFlagTask",
                "SetRecentlyModifiedFlag",
                "Mark changes",
                level,
                {},
                self._depends(parents),
            )
            yield self._remember("flag", task)

    def _expressions(self, level: int) -> Iterator[Generated]:
        suffix = f"UpdateEntityPropertyExpressions{self._number('expressions')}{self._dirty_end}"
        types = self._entity_type_children(self._entity_types())
        tag = "UpdateEntityPropertyExpressionsTask"
        yield self._task(tag, suffix, "Compute properties", level, self._dirty(), types)

    def _keys(self, level: int) -> Iterator[Generated]:
        suffix = f"ComputeCorrelationKeys{self._number('keys')}_AllEntities{self._dirty_end}"
        children = [*self._depends(self.made.get("flag", [])), *self._entity_type_children(self._entity_types())]
        title = "Compute correlation keys"
        yield self._task("ComputeCorrelationKeysTask", suffix, title, level, self._dirty(), children)

    def _roles(self, level: int) -> Iterator[Generated]:
        number, owners = self._number("roles"), self._owners()
        if owners:
            attributes = {**self._dirty(), **self._role_flags()}
            children = [*self._depends(self.made.get("flag", [])), *self._entity_type_children(owners)]
            suffix = f"ComputeRoleModel{number}{self._dirty_end}"
            yield self._task("ComputeRoleModelTask", suffix, "Evaluate rules", level, attributes, children)

    def _role_flags(self) -> dict[str, Value]:
        if not self._is_initial:
            return {}
        last = True if self.blocks_left <= 0 else None
        return {"BlockAllResourceTypeProvisioning": last, "BlockProvisioning": False, "IgnoreHistorization": True}

    def _risks(self, level: int) -> Iterator[Generated]:
        owners = self._owners()
        if owners:
            suffix, types = f"ComputeRiskScores{self._number('risks')}", self._entity_type_children(owners)
            yield self._task("ComputeRiskScoresTask", suffix, "Compute risks", level, {}, types)

    def _orders(self, level: int) -> Iterator[Generated]:
        number, types = self._number("orders"), self._resource_types()
        if types:
            suffix = f"GenerateProvisioningOrders{number}{'_ForceProvisioning' if self._is_initial else ''}"
            attributes: dict[str, Value] = {"ForceProvisioning": self._is_initial or None}
            children = self._resource_type_children(types)
            tag = "GenerateProvisioningOrdersTask"
            self.made["orders"] = []
            yield self._remember("orders", self._task(tag, suffix, "Make orders", level, attributes, children))

    def _fulfil(self, level: int) -> Iterator[Generated]:
        number, types = self._number("fulfil"), self._resource_types()
        self.blocks_left -= 1
        if types:
            attributes: dict[str, Value] = {
                **self._on_agent(),
                "Dirty": self._is_incremental,
                "ContinueOnError": True,
                "IgnoreHistorization": self._is_initial or None,
            }
            parents = [] if self._is_initial else self.made.get("orders", [])
            children = [*self._depends(parents), *self._resource_type_children(types)]
            suffix = f"Fulfill{number}{'_IgnoreHistorization' if self._is_initial else ''}"
            yield self._task("FulfillTask", suffix, "Fulfil orders", level, attributes, children)

    def _classification(self, level: int) -> Iterator[Generated]:
        targets = _distinct(each.target_entity_type for each in self._ruled())
        if targets:
            children = self._entity_type_children(targets)
            yield self._task(
                "UpdateClassificationTask", "UpdateClassification", "Classify resources", level, {}, children
            )

    def _profiles(self, level: int) -> Iterator[Generated]:
        owners, types = self._owners(), self._resource_types()
        if owners:
            children = [*self._entity_type_children(owners), *self._resource_type_children(types)]
            tag = "SetInternalUserProfilesTask"
            yield self._task(
                tag, f"SetInternalUserProfiles{self._number('profiles')}", "Give profiles", level, {}, children
            )

    def _notifications(self, level: int) -> Iterator[Generated]:
        owners = self._owners()
        if owners:
            tag, children = "SendRoleModelNotificationsTask", self._entity_type_children(owners)
            yield self._task(tag, "SendRoleModelNotifications", "Notify reviewers", level, {}, children)

    def _plain(self, part: str, level: int) -> Generated:
        tag, suffix, title = _PLAIN[part]
        more: dict[str, dict[str, Value]] = {
            "views": self._on_agent(),
            "deploy": {"ConfigurationDirectory": self.configuration},
            "maintenance": {"AllIndexes": True, "Offline": True} if self._is_initial else {},
        }
        return self._task(tag, suffix, title, level, more.get(part))

    def _number(self, part: str) -> int:
        self.counts[part] += 1
        return self.counts[part]

    @property
    def _dirty_end(self) -> str:
        return "_WithDirty" if self._is_incremental else ""

    def _dirty(self) -> dict[str, Value]:
        return {"Dirty": self._is_incremental or None}

    def _shown(self, connector: str) -> str:
        return self._model.connectors[connector].display_name.get(1, connector)

    def _exporting(self, connector: str) -> list[Connection]:
        return [
            each
            for each in self._model.connections.values()
            if each.connector == connector
            and each.deactivation_export_fulfill is not DeactivationExportFulfill.Export
            and (package := self.ground.catalogue.find(each.package)) is not None
            and Verb.EXPORT in package.abilities
        ]

    def _type(self, connector: str) -> str | None:
        """How the connector's files are prepared: as of Active Directory, as changes, or (None) as full extracts."""
        packages = [self.ground.catalogue.find(each.package) for each in self._exporting(connector)]
        if any(package is not None and package.alias == ACTIVE_DIRECTORY for package in packages):
            return "ActiveDirectory"
        own_changes = packages and all(package is not None and package.incremental for package in packages)
        return "Changes" if own_changes and self._is_incremental else None

    def _concerned(self) -> list[str]:
        """The connectors that this part of the job is about: all of them, or the reference data's in its blocks."""
        if self.blocks_left > 0 and self.principal is not None:
            return [self.principal]
        return _distinct([*self.synchronised, *self.provisioned])

    def _touching(self) -> list[ResourceType]:
        """The resource types that a connector of the job feeds or is fed by."""
        concerned = self._concerned()
        return [
            each
            for each in self._model.resource_types.values()
            if target_connector(self._model, each.target_entity_type) in concerned
            or target_connector(self._model, each.source_entity_type) in concerned
        ]

    def _entity_types(self) -> list[str]:
        own = [
            name
            for name, mapping in self._model.entity_type_mappings.items()
            if connector_of(self._model, mapping) in self._concerned()
        ]
        return _distinct(
            [*own, *(name for each in self._touching() for name in (each.source_entity_type, each.target_entity_type))]
        )

    def _owners(self) -> list[str]:
        return _distinct(each.source_entity_type for each in self._touching())

    def _ruled(self) -> list[ResourceType]:
        """The resource types whose targets lie in a connector that the job provisions."""
        concerned = [name for name in self._concerned() if name in self.provisioned]
        types = self._model.resource_types.values()
        return [each for each in types if target_connector(self._model, each.target_entity_type) in concerned]

    def _resource_types(self) -> list[str]:
        return [each.identifier for each in self._ruled()]

    def _entity_type_children(self, names: Iterable[str]) -> list[Generated]:
        return [element(self.by, "TaskEntityType", {"EntityType": name}) for name in names]

    def _resource_type_children(self, names: Iterable[str]) -> list[Generated]:
        return [element(self.by, "TaskResourceType", {"ResourceType": name}) for name in names]


_OF_A_CONNECTOR: dict[str, Callable[[Chain, str, int], Iterator[Generated]]] = {
    "export": Chain._export,
    "prepare": Chain._prepare,
    "synchronise": Chain._synchronise,
}
_OF_THE_JOB: dict[str, Callable[[Chain, int], Iterator[Generated]]] = {
    "flag": Chain._flag,
    "expressions": Chain._expressions,
    "keys": Chain._keys,
    "roles": Chain._roles,
    "risks": Chain._risks,
    "orders": Chain._orders,
    "fulfil": Chain._fulfil,
    "classification": Chain._classification,
    "profiles": Chain._profiles,
    "notifications": Chain._notifications,
}
"""The parts that are tasks of each connector, and those that are one task of the job."""


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
