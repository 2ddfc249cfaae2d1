"""What a run, its orders and a workspace came to, as JSON lines for a machine, on standard output.

Each line is an object whose `record` says what it is: `change`, `loss`, `step`, `function`, `deployment`, `order`,
`report`, `run`, `status`, `connection`, `check`.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from compiler.plan.compare import Change
from compiler.plan.job import Job
from compiler.plan.plan import Plan
from runtime.cli.views.stream import record
from runtime.journal import RunSummary
from runtime.provisioning.orders import OrderDetail, OrderSummary
from runtime.provisioning.suggestions import Suggestion
from runtime.runner.history import Deployment
from runtime.runner.report import RunReport
from runtime.store.losses import Loss
from runtime.synchronization.blocked import Blocked
from runtime.synchronization.unresolved import Waiting


def preview(changes: Sequence[Change], plan: Plan, losses: Sequence[Loss]) -> None:
    """The changes of a deployment, the stored data it would lose, and the steps of the plan."""
    for change in changes:
        _line("change", change)
    for loss in losses:
        _line("loss", loss)
    for step in plan.steps:
        record({"record": "step", "id": step.id, "after": step.after})
    for each in plan.functions:
        record({"record": "function", "name": each.function.name, "used_by": each.used_by})


def report(run: RunReport) -> None:
    """How a run ended."""
    _line("report", run)


def orders(found: Iterable[OrderSummary]) -> None:
    """Orders, one line each."""
    for each in found:
        _line("order", each)


def suggestions(found: Iterable[Suggestion]) -> None:
    """Matches that wait for a person, one line each."""
    for each in found:
        _line("suggestion", each)


def order(detail: OrderDetail) -> None:
    """One order whole."""
    _line("order", detail)


def history(runs: Iterable[RunSummary]) -> None:
    """Runs, one line each."""
    for run in runs:
        _line("run", run)


def deployments(found: Iterable[Deployment]) -> None:
    """Deployments, one line each."""
    for each in found:
        _line("deployment", each)


def status(
    last: RunSummary | None,
    deployed: str | None,
    counts: Mapping[str, int],
    blocked: Sequence[Blocked],
    links: Sequence[Waiting],
) -> None:
    """Where a workspace stands."""
    stands = {"deployed": deployed, "last_run": last, "orders": counts, "blocked": blocked, "waiting_links": links}
    record({"record": "status", **stands})


def jobs(found: Iterable[Job], *, tasks: bool) -> None:
    """Jobs with their tasks, one line each."""
    for each in found:
        _line("job", each)


def connections(rows: Iterable[tuple[str, ...]]) -> None:
    """The connections of a configuration."""
    for identifier, connector, package, abilities, settings in rows:
        record(
            {
                "record": "connection",
                "identifier": identifier,
                "connector": connector,
                "package": package,
                "abilities": abilities.split(),
                "settings": settings == "yes",
            }
        )


def check(connection: str, answer: str | None, failure: str | None) -> None:
    """Whether a connection's system answered."""
    record({"record": "check", "connection": connection, "answer": answer, "failure": failure})


def _line(name: str, value: msgspec.Struct) -> None:
    record({"record": name, **msgspec.to_builtins(value)})
