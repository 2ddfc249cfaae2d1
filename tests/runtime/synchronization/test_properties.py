"""What a history of snapshots leaves in the store: incrementally, completely, and as the naive model has it, the same.

`make properties SECONDS=600` runs the same tests for as long as one likes.
"""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.contract import Mode
from tests.runtime.synchronization import model
from tests.runtime.synchronization.model import Records, Stored
from tests.runtime.synchronization.port import Port
from tests.runtime.synchronization.shapes import Files, files, histories, preparations

few = settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def synchronised(port: Port, written: Files, mode: Mode) -> Records:
    """Write the files, prepare and synchronise them."""
    records = port.write(written)
    port.apply(port.prepare(mode))
    return records


def differences(found: Stored, wanted: Stored) -> dict[str, object]:
    """Where two stores differ; a dict of nothing where they do not."""
    told: dict[str, object] = {}
    for part in ("resources", "links", "waiting"):
        one, two = getattr(found, part), getattr(wanted, part)
        told |= {f"{part} {name}": (one[name], two[name]) for name in two if one[name] != two[name]}
    return told


@few
@given(st.data())
def test_a_history_of_snapshots(data: st.DataObject) -> None:
    step = data.draw(preparations())
    history = data.draw(histories(step))
    with tempfile.TemporaryDirectory() as folder:
        port = Port(Path(folder) / "history", step)
        for each in history:
            records = synchronised(port, each.files, each.mode)
            cleaned = model.clean(step, records)
            assert differences(port.stored(), model.loaded(step, cleaned)) == {}
            assert port.rejects() == model.reject_files(step, each.files, cleaned)
        complete = Port(Path(folder) / "complete", step)
        synchronised(complete, history[-1].files, Mode.COMPLETE)
        assert differences(port.stored(), complete.stored()) == {}
        complete.close()
        port.close()


@few
@given(st.data())
def test_instructions_of_the_source(data: st.DataObject) -> None:
    step = data.draw(preparations())
    first = data.draw(files(step))
    told = data.draw(st.lists(files(step, commanded=True), min_size=1, max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        port = Port(Path(folder) / "told", step)
        wanted = model.loaded(step, model.clean(step, synchronised(port, first, Mode.COMPLETE)))
        for each in told:
            wanted = model.instructed(step, synchronised(port, each, Mode.INCREMENTAL), wanted)
            assert differences(port.stored(), wanted) == {}
        port.close()


@few
@given(st.data())
def test_a_complete_file_with_instructions(data: st.DataObject) -> None:
    step = data.draw(preparations())
    written = data.draw(files(step, commanded=True))
    with tempfile.TemporaryDirectory() as folder:
        port = Port(Path(folder) / "complete", step)
        cleaned = model.clean(step, synchronised(port, written, Mode.COMPLETE))
        assert differences(port.stored(), model.loaded(step, cleaned)) == {}
        assert port.rejects() == model.reject_files(step, written, cleaned)
        port.close()
