"""What a run, its orders and a workspace came to, in words and tables for a person, on standard output."""

from collections.abc import Mapping, Sequence

from compiler.plan.job import Job
from runtime.cli.views.stream import say
from runtime.cli.views.tables import table
from runtime.journal import RunSummary
from runtime.provisioning.explain import sentence
from runtime.provisioning.orders import OrderDetail, OrderSummary
from runtime.provisioning.suggestions import Suggestion
from runtime.runner.history import Deployment
from runtime.runner.report import ExitCode, RunReport, Stage, StepReport, StepState
from runtime.synchronization.blocked import Blocked
from runtime.synchronization.links import LinkChanges
from runtime.synchronization.resources import Changes
from runtime.synchronization.unresolved import Waiting

_ENDS = {
    ExitCode.DONE: "done",
    ExitCode.CONFIGURATION: "stopped: the configuration has errors",
    ExitCode.USAGE: "stopped: nothing was run",
    ExitCode.THRESHOLD: "stopped by a threshold",
    ExitCode.ORDERS_FAILED: "done, but some orders failed",
    ExitCode.BROKE_OFF: "broke off",
    ExitCode.INTERRUPTED: "interrupted",
}
_ORDERS_SHOWN = 50
_NAMES_SHOWN = 6


def report(run: RunReport) -> None:
    """How a run ended: one line per step with its counts, what a person should know, the orders."""
    table(
        ("stage", "of", "state", "counts", "seconds"),
        [_step(each) for each in run.steps],
        numbers=frozenset({"seconds"}),
    )
    for step in run.steps:
        for message in step.messages if step.state is not StepState.SKIPPED else ():
            say(f"{step.stage} {step.subject}: {message}")
    say()
    if run.orders:
        say(f"Orders: {_counts(run.orders)}")
    say(f"Run {run.id}: {_ENDS.get(run.exit_code, 'ended')}, {sum(step.seconds for step in run.steps):.1f} s of work")
    if run.exit_code == ExitCode.THRESHOLD:
        say(_after_threshold(run))


def _after_threshold(run: RunReport) -> str:
    """What to do about limits: a synchronisation waits to be accepted, orders are worked out again."""
    stages = {step.stage for step in run.steps if step.state is StepState.BLOCKED}
    look = "`accordant status` shows what waits; if it is right: `accordant synchronise CONF --accept`."
    again = "If this is right, run it again with --force --reason WHY."
    return f"Nothing past the threshold was changed. {look if Stage.SYNCHRONISE in stages else again}"


def _step(step: StepReport) -> tuple[str, ...]:
    shown = _counts(step.counts) or ("nothing" if step.state is StepState.DONE else "")
    return (step.stage, step.subject, step.state, shown, f"{step.seconds:.2f}")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def orders(found: Sequence[OrderSummary], *, title: str = "") -> None:
    """A list of orders, cut where it grows too long to be read."""
    if title:
        say(title)
    if not found:
        say("No orders.")
        return
    table(
        ("order", "state", "change", "resource type", "owner", "target", "properties"),
        [_order(each) for each in found[:_ORDERS_SHOWN]],
        numbers=frozenset({"order"}),
    )
    if len(found) > _ORDERS_SHOWN:
        say(f"… and {len(found) - _ORDERS_SHOWN:,} more; --json prints all")


def _order(order: OrderSummary) -> tuple[object, ...]:
    return (order.id, order.state, order.change, order.resource_type, order.owner, order.target, _few(order.properties))


def _few(names: Sequence[str]) -> str:
    """The names, or how many they are where nobody would read them."""
    return ", ".join(names) if len(names) <= _NAMES_SHOWN else f"{len(names)} properties"


def suggestions(found: Sequence[Suggestion]) -> None:
    """Matches that wait for a person."""
    if not found:
        say("No suggestions.")
        return
    rows = [(each.id, each.confidence, each.resource_type, each.owner, each.target, each.rule) for each in found]
    titles = ("number", "confidence", "resource type", "owner", "target", "rule")
    table(titles, rows, numbers=frozenset({"number", "confidence"}))


def order(detail: OrderDetail) -> None:
    """One order whole: what it changes and what was answered."""
    head = detail.summary
    say(f"Order {head.id}: {head.change} {head.resource_type}, {head.state}, made {_time(head.created)}")
    say(f"  owner   {head.owner or '-'}")
    say(f"  target  {head.target or ('(to be created)' if head.change == 'Added' else '-')}")
    current = detail.document.get("Resource") or {}
    for name, value in (detail.document.get("Changes") or {}).items():
        before = f"  (was {brief(current[name])})" if name in current else ""
        say(f"  change  {name}: {brief(value)}{before}")
    for result in detail.results:
        words = f": {result['message']}" if result.get("message") else ""
        say(f"  answer  {result.get('outcome')}, {_time(str(result.get('answered')))}{words}")


def explain(detail: OrderDetail) -> None:
    """Why an order exists: for every change the rule behind it, its place, and why it is needed now."""
    head = detail.summary
    whom = head.owner or head.target or "nobody"
    say(f"Order {head.id}: {head.change} {head.resource_type} for {whom}, {head.state}")
    for reason in detail.reasons:
        say(f"  {sentence(reason)}")


def _time(text: str) -> str:
    """A time in internal form, 14 digits in UTC, as people write it."""
    if len(text) != 14 or not text.isdecimal():
        return text
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]} UTC"


def brief(value: object) -> str:
    """A value in a few words: a linked resource by its name, a list by its members."""
    if isinstance(value, list | tuple):
        return ", ".join(map(brief, value)) or "(none)"
    if isinstance(value, dict):
        named = next((value[name] for name in ("InternalDisplayName", "Identifier", "Id") if name in value), None)
        return str(named) if named is not None else str(value)
    return "(empty)" if value is None else str(value)


def history(runs: Sequence[RunSummary]) -> None:
    """The runs of a workspace, newest first."""
    if not runs:
        say("No runs yet.")
        return
    table(("run", "mode", "began", "ended", "exit", "steps", "orders"), [_run(each) for each in runs])
    for run in runs:
        for decided in run.decisions:
            whom = ", ".join(decided.connectors) or "the run"
            why = f": {decided.reason}" if decided.reason else ""
            say(f"{run.run}: {decided.what} ({whom}) by {decided.who}, {decided.at}{why}")
        for step, passed in run.passed.items():
            for limit in passed:
                say(f"{run.run}: {step} passed a limit: {limit}")


def _run(run: RunSummary) -> tuple[object, ...]:
    code = "killed" if run.exit_code is None else run.exit_code
    return (run.run, run.mode, run.started, run.finished, code, _counts(run.steps), _counts(run.results))


def deployments(found: Sequence[Deployment]) -> None:
    """The deployed configurations of a workspace, newest first."""
    if not found:
        say("Nothing was deployed yet.")
        return
    table(("when", "who", "configuration", "items", "lost", "reason"), [_deployment(each) for each in found])


def _deployment(entry: Deployment) -> tuple[object, ...]:
    signs = (("+", entry.inserted), ("~", entry.updated), ("-", entry.deleted))
    items = " ".join(f"{sign}{number}" for sign, number in signs if number)
    lost = ", ".join(f"{each.count:,} {each.what} of {each.name}" for each in entry.lost)
    return (entry.when, entry.who, entry.digest[:12], items or "none", lost, entry.reason)


def status(
    last: RunSummary | None,
    deployed: str | None,
    counts: Mapping[str, int],
    blocked: Sequence[Blocked],
    links: Sequence[Waiting],
) -> None:
    """Where a workspace stands: what is deployed, the last run, the orders by state, what waits for somebody."""
    say(f"Deployed configuration: {deployed[:12] if deployed else 'none'}")
    if last is None:
        say("No runs yet.")
    else:
        end = "killed" if last.exit_code is None else _ENDS.get(last.exit_code, str(last.exit_code))
        say(f"Last run: {last.run} ({last.mode}), began {last.started}: {end}")
        say(f"  steps: {_counts(last.steps) or 'none'}")
        say(f"  counts: {_counts(last.counts) or 'none'}")
        for step, message in last.failures.items():
            say(f"  {step}: {message}")
    say(f"Orders: {_counts(counts) or 'none'}")
    for session in blocked:
        _blocked(session)
    for waiting in links:
        say(f"{waiting.association}: {waiting.count:,} links wait for a resource that is not known, such as")
        for example in waiting.examples:
            say(f"  {example}")


def _blocked(session: Blocked) -> None:
    """What a blocked session would do, the limits that stop it, and what somebody can do about it."""
    say(f"Blocked: {session.connector}, session {session.session}, since {session.since} ({session.effect.mode})")
    changes: dict[str, Changes | LinkChanges] = {**session.effect.entity_types, **session.effect.associations}
    for name, each in changes.items():
        updated = each.updated if isinstance(each, Changes) else 0
        counts = {"inserted": each.inserted, "updated": updated, "deleted": each.deleted, "of them absent": each.absent}
        if any(counts.values()):
            say(f"  {name}: {_counts(counts)}")
    for limit in session.exceeded:
        say(f"  stopped by {limit} ({limit.origin.file}:{limit.origin.line})")
    say("  Nothing of it is in the store. Having looked at it, let it do exactly that, or drop it:")
    for option in ("--accept", "--discard"):
        say(f"    accordant synchronise CONF {option} {session.session} --connector {session.connector}")


def jobs(found: Sequence[Job], *, tasks: bool) -> None:
    """The jobs of a configuration; with their tasks, one line each."""
    if not found:
        say("No jobs.")
        return
    if not tasks:
        table(("job", "shown as", "on", "schedule", "modes", "steps", "skipped"), [_job(each) for each in found])
        return
    rows = [
        (job.name, number, task.task, ", ".join(task.steps) or f"skipped: {task.skipped}")
        for job in found
        for number, group in enumerate(job.groups)
        for task in group
    ]
    table(("job", "group", "task", "steps"), rows, numbers=frozenset({"group"}))


def _job(job: Job) -> tuple[object, ...]:
    own = [task for group in job.groups for task in group]
    modes = ", ".join(sorted(set(job.modes.values())))
    schedule = f"{job.schedule} ({job.time_zone})" if job.schedule else "" if job.by_hand else "not by hand"
    steps, skipped = sum(len(task.steps) for task in own), sum(bool(task.skipped) for task in own)
    return (job.name, job.display_name, job.agent or "server", schedule, modes, steps, skipped)


def connections(rows: Sequence[tuple[str, ...]]) -> None:
    """The connections of a configuration."""
    table(("connection", "connector", "package", "can", "settings"), rows)
