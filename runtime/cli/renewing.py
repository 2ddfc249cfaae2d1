"""A workspace in; the same, with a deployed plan that this version can run, out."""

from compiler.diagnostics.diagnostic import has_errors
from compiler.plan.plan import Plan
from runtime.cli.views.stream import tell
from runtime.runner.history import DeploymentDamaged, Sources, renew
from runtime.workspace import Workspace


def renewed(workspace: Workspace) -> Workspace:
    """The workspace; a deployed plan of an older form is compiled anew from the XML that was kept of it."""
    renew(workspace, _recompiled)
    return workspace


def _recompiled(sources: Sources) -> Plan:
    from compiler.pipeline import compile_sources
    from runtime.registry import catalogue

    compilation = compile_sources(sources, catalogue())
    if compilation.plan is None:
        errors = [each for each in compilation.findings if has_errors([each])]
        said = "; ".join(f"{each.code} {each.message}" for each in errors[:3])
        raise DeploymentDamaged(f"an older version deployed this configuration, and this one refuses it: {said}")
    tell("an older version had deployed the configuration; it was compiled anew")
    return compilation.plan
