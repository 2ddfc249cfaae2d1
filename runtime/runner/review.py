"""A person's word on blocked sessions in; the run that they belong to goes on, or is told, out."""

from threading import Event

from msgspec.structs import replace

from compiler.plan.plan import Plan
from runtime.journal import Decided, Journal, last_unfinished
from runtime.runner.connections import Open
from runtime.runner.report import Observer, Options, RunReport, Stage
from runtime.runner.runner import resume, run
from runtime.workspace import Workspace

ACCEPTED_STAGES = frozenset(Stage) - {Stage.FULFIL}
"""What runs once a session is accepted: nobody who synchronises expects a managed system to be written to."""


def accept(
    plan: Plan, workspace: Workspace, connect: Open, decided: Decided, observer: Observer, stop: Event | None = None
) -> RunReport:
    """Apply the accepted sessions, then do what their run had still to do, up to the orders.

    Where a newer run has begun, or another configuration is deployed, a run of its own synchronises, computes and
    evaluates. A session that would do anything else by now is held against the limits anew.
    """

    def accepted(options: Options) -> Options:
        stages = options.stages & ACCEPTED_STAGES
        connectors = frozenset(decided.connectors)
        return replace(options, stages=stages, accepted=connectors, who=decided.who, reason=decided.reason)

    if _is_last(workspace, plan, decided.session):
        return resume(plan, workspace, connect, observer, change=accepted, stop=stop)
    later = frozenset({Stage.SYNCHRONISE, Stage.COMPUTE, Stage.EVALUATE})
    return run(plan, workspace, connect, accepted(Options(stages=later)), observer, stop)


def record_drop(workspace: Workspace, decided: Decided) -> None:
    """Keep in the journal of their run that somebody dropped its sessions. That run can still go on without them."""
    path = workspace.journal / f"{decided.session}.jsonl"
    if not path.exists():
        return
    journal = Journal.reopen(path)
    journal.decided(decided)
    journal.close()


def _is_last(workspace: Workspace, plan: Plan, session: str) -> bool:
    path = last_unfinished(workspace)
    if path is None or path.stem != session:
        return False
    journal = Journal.reopen(path)
    journal.close()
    return journal.run.digest == plan.digest
