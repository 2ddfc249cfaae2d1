"""A run killed at any instant leaves store and previous state so that the next one puts everything right."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.contract import Mode
from runtime.synchronization.sessions import pending, previous
from tests.runtime.synchronization.harbour import Harbour, sailor

KILLED = """
import os, signal, sys
from pathlib import Path
import runtime.synchronization.apply as apply
import runtime.synchronization.sessions as sessions
from runtime.contract import Mode
from runtime.engine.duckdb import DuckDB
from tests.runtime.synchronization.harbour import Harbour

moment = sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if moment.isdigit():
    left, execute = int(moment), DuckDB.execute
    def counted(self, sql, parameters=()):
        global left
        if sql.startswith(("DELETE", "INSERT INTO resource", "INSERT INTO link", "INSERT INTO state", "UPDATE")):
            if left == 0:
                die()
            left -= 1
        return execute(self, sql, parameters)
    DuckDB.execute = counted
elif moment == "committed":
    apply.accept = die
elif moment == "moved":
    sessions.write_atomic = die

harbour = Harbour(Path(sys.argv[1]), database=Path(sys.argv[1]) / "store.duckdb")
prepared = sessions.pending(harbour.workspace, "Crew")[-1]
harbour.apply(prepared, Mode.INCREMENTAL)
"""


def crew(count: int, start: int = 0) -> list[list[str | None]]:
    return [sailor(f"{number}", f"name {number}", ship="1") for number in range(start, count)]


def opened(root: Path) -> Harbour:
    return Harbour(root, database=root / "store.duckdb")


def begun(root: Path) -> None:
    """A store of 2,000 sailors, and a session that waits: 100 leave, one is renamed, 200 come, a ship goes."""
    harbour = opened(root)
    harbour.fill(crew(2000), [["One", "1"], ["Two", "2"]])
    harbour.run()
    people = crew(2200, 100)
    people[0][1] = "renamed"
    harbour.fill(people, [["One", "1"]])
    harbour.sessions = 7
    harbour.prepare(Mode.INCREMENTAL)
    harbour.engine.close()


def killed(root: Path, moment: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), moment], check=False)
    assert done.returncode == -signal.SIGKILL


def state(harbour: Harbour) -> tuple[int, int, str | None, int]:
    """Sailors, links, the renamed one's name, ships."""
    people = harbour.sailors()
    return len(people), len(harbour.links("Serves")), people["100"][0], harbour.store.resources("Ship")


BEFORE, AFTER = (2000, 2000, "name 100", 2), (2100, 2100, "renamed", 1)


@pytest.mark.parametrize("moment", ["0", "3", "5", "7"])
def test_killed_in_the_middle_of_the_transaction(tmp_path: Path, moment: str) -> None:
    begun(tmp_path)
    killed(tmp_path, moment)
    harbour = opened(tmp_path)
    assert state(harbour) == BEFORE
    before = previous(harbour.workspace, "Crew")
    assert before is not None and before.session == "session-1"
    (waiting,) = pending(harbour.workspace, "Crew")
    harbour.apply(waiting, Mode.INCREMENTAL)
    assert state(harbour) == AFTER
    harbour.engine.close()


@pytest.mark.parametrize("moment", ["committed", "moved"])
def test_killed_between_the_store_and_the_previous_state(tmp_path: Path, moment: str) -> None:
    """The change is taken back at the source meanwhile: a delta against the outdated state would not see it."""
    begun(tmp_path)
    killed(tmp_path, moment)
    harbour = opened(tmp_path)
    assert state(harbour) == AFTER
    harbour.sessions = 20
    harbour.fill(crew(2000), [["One", "1"], ["Two", "2"]])
    done = harbour.run(Mode.INCREMENTAL)
    assert done.entity_types["Sailor"].inserted == 100
    assert state(harbour) == BEFORE
    now = previous(harbour.workspace, "Crew")
    assert now is not None and now.session == "session-21"
    assert harbour.run(Mode.INCREMENTAL).entity_types["Sailor"].inserted == 0
    harbour.engine.close()


def test_applied_again_after_it_was_killed_nothing_changes(tmp_path: Path) -> None:
    begun(tmp_path)
    killed(tmp_path, "committed")
    harbour = opened(tmp_path)
    (waiting,) = pending(harbour.workspace, "Crew")
    assert harbour.apply(waiting, Mode.INCREMENTAL).repeated
    assert state(harbour) == AFTER
    assert pending(harbour.workspace, "Crew") == []
    now = previous(harbour.workspace, "Crew")
    assert now is not None and now.session == waiting.session
    harbour.engine.close()
