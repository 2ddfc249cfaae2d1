"""The packages that the language documents: what each is called, what it can do, which mapping elements it reads.

A configuration may name any of them. Those that have a connector are described by their own `Package`; of the others
this list is all there is, and a run that needs one refuses to start.
"""

from msgspec import Struct

from compiler.catalogue.package import Verb


class DocumentedPackage(Struct, frozen=True):
    """One package of the documentation; `mappings` is empty where it reads the plain element."""

    identifier: str
    title: str
    abilities: frozenset[Verb]
    mappings: tuple[str, ...] = ()


_BOTH = frozenset({Verb.EXPORT, Verb.FULFIL})
_READS = frozenset({Verb.EXPORT})
_WRITES = frozenset({Verb.FULFIL})
_LDAP = ("LdapResourceTypeMapping", "ResourceTypeMapping")
_SCIM = ("ScimResourceTypeMapping",)
_SAP = ("SapResourceTypeMapping",)
_SERVICENOW = ("ServiceNowResourceTypeMapping",)
_MANUAL = ("ManualProvisioningResourceTypeMapping",)

DOCUMENTED = (
    DocumentedPackage("Usercube.AD", "Directory/Active Directory", _BOTH, _LDAP),
    DocumentedPackage("Usercube.Azure", "Cloud/Azure", _READS),
    DocumentedPackage(
        "Usercube.AzureAD", "Directory/Microsoft Entra ID", _BOTH, ("MicrosoftEntraIDResourceTypeMapping",)
    ),
    DocumentedPackage("Usercube.CSV", "File/CSV", _READS),
    DocumentedPackage("Usercube.Custom", "Custom/Unplugged", frozenset()),
    DocumentedPackage("Usercube.EasyVista", "ITSM/EasyVista", _BOTH),
    DocumentedPackage("Usercube.EasyVistaTicket", "Ticket/EasyVista", _WRITES, ("EasyVistaResourceTypeMapping",)),
    DocumentedPackage("Usercube.Excel", "File/Excel", _READS),
    DocumentedPackage("Usercube.FulfillDatabase", "Usercube/Database", _WRITES),
    DocumentedPackage("Usercube.FulfillToFile", "Custom/JSON", _WRITES),
    DocumentedPackage("Usercube.FulfillWorkflow", "Usercube/Workflow", _WRITES),
    DocumentedPackage("Usercube.GoogleWorkspace", "Directory/Google Workspace", _BOTH),
    DocumentedPackage("Usercube.HomeFolder", "Storage/Home Folders", _READS),
    DocumentedPackage("Usercube.LDAP", "Directory/Generic LDAP", _BOTH, _LDAP),
    DocumentedPackage("Usercube.LDAP.Apache", "Directory/Apache Directory", _BOTH, _LDAP),
    DocumentedPackage("Usercube.LDAP.Oracle", "Directory/Oracle LDAP", _BOTH, _LDAP),
    DocumentedPackage("Usercube.LDAP.RedHat", "Directory/Red Hat Directory Server", _BOTH, _LDAP),
    DocumentedPackage("Usercube.LDIF", "Directory/LDIF", _READS),
    DocumentedPackage("Usercube.Manual", "Ticket/identitymanager", _WRITES, _MANUAL),
    DocumentedPackage("Usercube.MicrosoftExchange", "Server/Microsoft Exchange", _BOTH),
    DocumentedPackage("Usercube.OData", "Custom/OData", _READS),
    DocumentedPackage("Usercube.Okta", "Directory/Okta", _BOTH, ("OktaResourceTypeMapping",)),
    DocumentedPackage("Usercube.OpenLDAP", "Directory/Open LDAP", _BOTH, _LDAP),
    DocumentedPackage("Usercube.Powershell", "Custom/PowerShellProv", _WRITES),
    DocumentedPackage("Usercube.PowershellSync", "Custom/PowerShellSync", _READS),
    DocumentedPackage("Usercube.RACF", "Mainframe/RACF", _READS),
    DocumentedPackage("Usercube.RobotFramework", "Custom/Robot Framework", _WRITES),
    DocumentedPackage("Usercube.SAP", "ERP/SAP S/4 HANA", _BOTH, _SAP),
    DocumentedPackage("Usercube.SAP.ERP60", "ERP/SAP ERP 6.0", _BOTH, _SAP),
    DocumentedPackage("Usercube.SCIM", "Custom/SCIM", _BOTH, _SCIM),
    DocumentedPackage("Usercube.SCIM.CyberArk", "PAM/CyberArk", _BOTH, _SCIM),
    DocumentedPackage("Usercube.SCIM.Salesforce", "CRM/Salesforce", _BOTH, _SCIM),
    DocumentedPackage("Usercube.SCIM.Slack", "Messaging/Slack", _BOTH, _SCIM),
    DocumentedPackage("Usercube.SQL", "Database/Generic SQL", _READS),
    DocumentedPackage("Usercube.SQL.MySQL", "Database/MySQL", _READS),
    DocumentedPackage("Usercube.SQL.ODBC", "Database/ODBC", _READS),
    DocumentedPackage("Usercube.SQL.Oracle", "Database/Oracle", _READS),
    DocumentedPackage("Usercube.SQL.PostgreSQL", "Database/PostgreSQL", _READS),
    DocumentedPackage("Usercube.SQL.SAPAse", "Database/SAP ASE", _READS),
    DocumentedPackage("Usercube.SQL.SQLServer", "Database/SQL Server", _READS),
    DocumentedPackage("Usercube.SQL.SQLServerEntitlements", "Database/SQL Server Entitlements", _READS),
    DocumentedPackage("Usercube.ServiceNow", "ITSM/ServiceNow", _BOTH, _SERVICENOW),
    DocumentedPackage("Usercube.SharePoint", "Storage/SharePoint", _BOTH, ("SharePointResourceTypeMapping",)),
    DocumentedPackage("Usercube.SharedFolder", "Storage/Shared Folders", _READS),
    DocumentedPackage("Usercube.SnowTicket", "Ticket/ServiceNow", _WRITES, _SERVICENOW),
    DocumentedPackage("Usercube.TSS", "Mainframe/Top Secret", _READS),
    DocumentedPackage(
        "Usercube.UpdateManualProvisioningTicket",
        "Ticket/identitymanager And Create/Update/Delete resources",
        _WRITES,
        _MANUAL,
    ),
    DocumentedPackage("Usercube.Workday", "ERP/Workday", _READS),
)
"""Every documented package, by identifier."""
