"""A run of 2,000 orders killed at ten random instants ends, resumed, as if nobody had touched it."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.engine.duckdb import DuckDB
from runtime.journal import history
from runtime.workspace import Workspace
from tests.runtime.runner.port import Port, accounts, members, people, predicted, team_entries
from tests.servers.slapd import Slapd

ORDERS = 2000
INSTANTS = 10
SEED = int(os.environ.get("ACCORDANT_SEED", random.SystemRandom().randrange(2**32)))


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[float]:
    """How long an unbroken run takes, in seconds; it must end as predicted."""
    with Slapd(team_entries(), accesslog=True) as server:
        port = Port(tmp_path_factory.mktemp("unbroken"), server, people(ORDERS))
        began = time.monotonic()
        port.apply()
        seconds = time.monotonic() - began
        assert accounts(server) == predicted(people(ORDERS))
        assert server.writes() == _writes()
    yield seconds


@pytest.mark.parametrize("part", range(INSTANTS))
def test_a_killed_run_is_resumed_without_losing_or_repeating_an_order(
    part: int, unbroken: float, tmp_path: Path
) -> None:
    # one random instant in each tenth of the run, sooner when the machine was faster this time
    instant = (part + random.Random(f"{SEED}.{part}").random()) / INSTANTS * unbroken
    for attempt in range(8):
        with Slapd(team_entries(), accesslog=True) as server:
            port = Port(tmp_path / str(attempt), server, people(ORDERS))
            if _killed_at(instant * 0.8**attempt, port):
                before = history(Workspace(port.workspace))
                _resume(port)
                wrong = _wrong(server)
                assert not wrong, f"seed {SEED}, instant {instant:.3f}, killed run {before}, {len(wrong)}: {wrong[:3]}"
                assert sum(map(len, members(server).values())) == ORDERS
                assert server.writes() == _writes(), "every write succeeded once"
                assert _orders(port) == [("Executed", ORDERS)]
                return
    pytest.fail("every run ended before it was killed")


def _killed_at(instant: float, port: Port) -> bool:
    """Start a run and kill it at an instant; False when it ended before."""
    process = port.start()
    try:
        process.wait(instant)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _resume(port: Port) -> None:
    """Resume. A run that was killed before its journal began is run from the start; after it closed, it is done."""
    runs = history(Workspace(port.workspace))
    if not runs:
        port.apply()
    elif runs[0].exit_code is None:
        port.apply("--resume")
    else:
        assert runs[0].exit_code == 0


def _wrong(server: Slapd) -> list[str]:
    """The accounts that are not as predicted, or should not be there."""
    found, wanted = accounts(server), predicted(people(ORDERS))
    return sorted(dn for dn in found.keys() | wanted.keys() if found.get(dn) != wanted.get(dn))


def _writes() -> int:
    """One add per account and one modification of its team, as the connector sends them."""
    return 2 * ORDERS


def _orders(port: Port) -> list[tuple[str, int]]:
    engine = DuckDB(port.workspace / "store.duckdb")
    try:
        found = engine.rows("SELECT state, count(*) FROM provisioning.orders GROUP BY state ORDER BY state")
        assert engine.rows("SELECT max(n) FROM (SELECT count(*) AS n FROM provisioning.orders GROUP BY assigned)") == [
            (1,)
        ]
        return [(str(state), int(count)) for state, count in found]
    finally:
        engine.close()
