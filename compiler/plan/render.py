"""A plan in, a page for a person out."""

from compiler.plan.plan import Plan
from compiler.plan.steps import AnyStep, Compute, Evaluate, Export, Fulfil, Origin, Prepare, Roles, Synchronise


def steps(plan: Plan) -> str:
    """One line per step, in order: what it does and what it waits for."""
    width = max((len(step.id) for step in plan.steps), default=0)
    lines = [f"  {number:>3}  {step.id:<{width}}  {describe(step)}" for number, step in enumerate(plan.steps, 1)]
    return "\n".join(lines)


def functions(plan: Plan) -> str:
    """One line per function that runs in Python: its name, then the places that need it; empty when there is none."""
    return "\n".join(f"  {each.function.name}  {', '.join(map(_place, each.used_by))}" for each in plan.functions)


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}"


def describe(step: AnyStep) -> str:
    """What one step does, in a few words."""
    match step:
        case Export():
            return f"{len(step.tables)} tables through {step.package}"
        case Prepare():
            changed = f", {len(step.transformed)} tables transformed" if step.transformed else ""
            return f"{len(step.entity_types)} entity types, {len(step.associations)} associations{changed}"
        case Synchronise():
            return f"at most {_limit(step.limits.deleted, step.limits.deleted_percent)} deleted"
        case Compute():
            return f"{len(step.properties)} computed properties"
        case Roles():
            rules = sum(map(len, step.composite)) + len(step.single)
            return f"contexts by {len(step.dimensions)} dimensions, {rules} rules of roles"
        case Evaluate():
            review = "orders wait for review" if step.blocked else "orders go out"
            rules = len(step.scalars) + len(step.links)
            return f"{step.source} -> {step.target}: {rules} ruled properties, {review}"
        case Fulfil():
            return f"{', '.join(each.resource_type for each in step.resource_types)} through {step.package}"


def _limit(absolute: int, percent: int) -> str:
    parts = [str(absolute)] if absolute else []
    parts += [f"{percent} %"] if percent else []
    return " or ".join(parts) if parts else "any number"
