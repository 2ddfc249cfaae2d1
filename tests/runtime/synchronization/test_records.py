"""Records found by their line breaks are those that a reader of CSV finds one by one, wherever a piece of file ends."""

import tempfile
from pathlib import Path
from threading import local

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.synchronization import records
from runtime.synchronization.records import places
from runtime.synchronization.source import Source, Unreadable, open_source

CELLS = ["", "x", '"a,b"', '"two\nlines"', '"two\r\nlines"', '"says ""so"""', '""', "é漢"]


def one_by_one(source: Source, wanted: list[int]) -> list[tuple[int, bytes]]:
    return list(records.records(source, np.array(wanted, np.int64), None))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_same_as_one_by_one(data: st.DataObject) -> None:
    columns, ending = data.draw(st.integers(1, 3)), data.draw(st.sampled_from(["\n", "\r\n"]))
    row = st.lists(st.sampled_from(CELLS), min_size=columns, max_size=columns)
    rows = data.draw(st.lists(st.one_of(row, st.just([])), max_size=12))
    lines = ["abc"[:columns].replace("", ",")[1:-1], *(",".join(cells) for cells in rows)]
    text = data.draw(st.sampled_from(["", "\ufeff"])) + ending.join(lines) + data.draw(st.sampled_from(["", ending]))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_CHUNK", data.draw(st.integers(1, 20)))
        patch.setattr(records, "_ROOM", local())
        path = Path(folder) / "t.csv"
        path.write_bytes(text.encode())
        source = open_source(path, "abc"[:columns])
        total = records.count(source)
        wanted = sorted(data.draw(st.sets(st.integers(0, total - 1)))) if total else []
        found = places(source, np.array(wanted, np.int64), total)
        assert found is not None
        assert list(records.records(source, np.array(wanted, np.int64), found)) == one_by_one(source, wanted)


def test_places_of_some_of_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b\n1,"x\ny"\n\n2,\n3,z')
    source = open_source(path, ["a"])
    found = places(source, np.array([0, 1, 2]), 3)
    assert found is not None
    some = found.only(np.array([0, 2]))
    assert list(records.records(source, np.array([0, 2]), some)) == [(2, b'1,"x\ny"'), (6, b"3,z")]
    assert found.only(np.array([2, 3])) is None


@pytest.mark.parametrize("content", [b'a,b\n1,x"y\n2,z"w\n3,\n', b'a,b\n1,5" pipe\n2,\n3,\n', b'a,b\n1,"open\n'])
def test_quotes_that_mislead_are_noticed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert places(open_source(path, ["a"]), np.array([0]), 3) is None


def test_a_file_that_became_shorter_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,x\n")
    with pytest.raises(Unreadable, match="not the CSV it was a moment ago"):
        one_by_one(open_source(path, ["a"]), [0, 1])
