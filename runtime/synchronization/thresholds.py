"""Staged counts, stored totals and the limits of every documented level in; the limits that were passed out.

Strictly greater blocks; 0 is off; a percentage is of what is stored, and of an empty base any change exceeds it
(decisions.md). All levels count together.
"""

from collections.abc import Iterator

from msgspec import Struct

from compiler.plan.steps import Limits, Origin


class Scope(Struct, frozen=True, kw_only=True):
    """One level with its limits: a connector's resources or links, an entity type, an association.

    `name` is how people know it ("connector HR"), `infix` what its attributes have before `Lines` ("Link").
    """

    name: str
    limits: Limits
    origin: Origin
    total: int
    counts: dict[str, int]
    infix: str = ""


class Exceeded(Struct, frozen=True, kw_only=True):
    """One limit that was passed. `limit` is in percent of `total` where `is_percent`, else in rows."""

    scope: str
    attribute: str
    action: str
    count: int
    limit: int
    total: int
    is_percent: bool
    origin: Origin

    def __str__(self) -> str:
        """As a person reads it: "MaxPercentageDeletedLines of connector HR: 100.0 % of 40 > 5 %"."""
        said = f"{self.attribute} of {self.scope}: "
        if not self.is_percent:
            return f"{said}{self.count} > {self.limit}"
        if not self.total:
            return f"{said}{self.count} {self.action} where nothing is stored > {self.limit} %"
        return f"{said}{100 * self.count / self.total:.1f} % of {self.total} > {self.limit} %"


class ThresholdExceeded(Exception):
    """A synchronisation would change more than its limits allow; nothing was changed. `exceeded` says which."""

    def __init__(self, connector: str, exceeded: list[Exceeded]) -> None:
        super().__init__(f"connector {connector} was not synchronised: " + "; ".join(map(str, exceeded)))
        self.connector = connector
        self.exceeded = exceeded


def passed(scope: Scope) -> Iterator[Exceeded]:
    """The limits of one scope that its counts pass."""
    limits = scope.limits
    for action, most, percent in (
        ("inserted", limits.inserted, limits.inserted_percent),
        ("updated", limits.updated, limits.updated_percent),
        ("deleted", limits.deleted, limits.deleted_percent),
    ):
        count, words = scope.counts.get(action, 0), f"{action.capitalize()}Lines"
        if most > 0 and count > most:
            yield _exceeded(scope, f"Maximum{scope.infix}{words}", action, most, is_percent=False)
        if percent > 0 and 100 * count > percent * scope.total:
            yield _exceeded(scope, f"Max{scope.infix}Percentage{words}", action, percent, is_percent=True)


def too_many_absent(scope: Scope, most: int | None) -> Iterator[Exceeded]:
    """The limit on resources that go because their row is missing, as opposed to a `delete` row."""
    if most is not None and scope.counts.get("absent", 0) > most:
        yield _exceeded(scope, "--max-absent", "absent", most, is_percent=False)


def _exceeded(scope: Scope, attribute: str, action: str, limit: int, *, is_percent: bool) -> Exceeded:
    return Exceeded(
        scope=scope.name, attribute=attribute, action=action, count=scope.counts.get(action, 0), limit=limit,
        total=scope.total, is_percent=is_percent, origin=scope.origin)  # fmt: skip
