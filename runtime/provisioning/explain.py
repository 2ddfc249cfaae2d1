"""The reason of one change in, a sentence for a person out."""

from typing import Any

from runtime.provisioning.states import Cause

_WHY = {
    Cause.POLICY: "the rule at {Rule} says so",
    Cause.FOUND: "it stood in the managed system before it was ever computed; the rule at {Rule} says otherwise",
    Cause.DRIFT: "it was changed in the managed system; the rule at {Rule} says otherwise",
    Cause.KEPT: "a person chose to keep it, and its source has changed since; the rule at {Rule} says otherwise",
    Cause.SUGGESTED: "the match of the rule at {Rule} is below the confidence that is applied automatically",
    Cause.OWNER_GONE: "its owner is no longer in the store, and the type at {Rule} removes orphans",
    Cause.NOT_WANTED: "no rule of the type at {Rule} gives it to its owner any more",
}


def sentence(reason: dict[str, Any]) -> str:
    """What one change does and why. `reason` is an entry of an order's `Reasons`."""
    if "Rule" not in reason:
        return f"{_what(reason)}: no rule expects it any more"
    return f"{_what(reason)}: {_WHY[Cause(reason['Cause'])].format(Rule=reason['Rule'])}"


def _what(reason: dict[str, Any]) -> str:
    name, before, after = reason.get("Property", ""), reason.get("Before"), reason.get("After")
    match reason["Action"]:
        case "create":
            return "create it"
        case "delete":
            return "delete it"
        case "add":
            return f"add {after} to {name}"
        case "remove":
            return f"remove {after} from {name}"
        case _ if after is None:
            return f"clear {name}, which is {_quoted(before)}"
        case _ if before is None:
            return f"set {name} to {_quoted(after)}"
        case _:
            return f"change {name} from {_quoted(before)} to {_quoted(after)}"


def _quoted(value: object) -> str:
    return f'"{value}"'
