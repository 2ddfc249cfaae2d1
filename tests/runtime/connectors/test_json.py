"""Orders as files, read back with jq-like eyes: by Python's own json."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from runtime.connectors.json import PACKAGE, JsonFiles, JsonSettings
from runtime.contract import ChangeType, Misconfigured, Opening, Order, Outcome, Result
from tests.runtime.connectors.contract import Case, Failure, FulfilContract


def order(number: int, change: ChangeType = ChangeType.MODIFIED, **changes: Any) -> Order:
    document = {
        "AssignedResourceTypeId": str(900 + number),
        "OrderId": str(number),
        "ChangeType": change.value,
        "ResourceType": {"Identifier": "Locker_Key"},
        "Owner": {"InternalDisplayName": "Ada Reef"},
        "Changes": changes,
        "Resource": {"number": "311"},
    }
    return Order(
        id=str(number),
        assignment=str(900 + number),
        change=change,
        resource_type="Locker_Key",
        owner={},
        changes=changes,
        resource={"number": "311"},
        document=document,
    )


def fulfil(folder: Path, *orders: Order, **others: Any) -> list[Result]:
    opening = Opening(identifier="Out/../box", package="Usercube.FulfillToFile", work=Path())
    return list(JsonFiles(JsonSettings(output_path=str(folder), **others), opening).fulfil(iter(orders), ()))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class TestContract(FulfilContract):
    package = PACKAGE

    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        folder = tmp_path / "outbox"
        folder.mkdir()
        return Case(
            settings=JsonSettings(output_path=str(folder)),
            written={"OutputPath": "outbox"},
            orders=tuple(order(number, box="C-12") for number in range(5)),
            state=lambda: list(files(folder).values()),
            failures=(
                Failure(settings=JsonSettings(output_path=str(tmp_path / "no")), kind=Misconfigured, key="OutputPath"),
            ),
        )


def test_a_file_holds_the_documented_object(tmp_path: Path) -> None:
    given = order(5, zones_add=[{"Id": "4", "code": "Zé"}], box=None)
    (result,) = fulfil(tmp_path, given, file_name_template="{ResourceType}_{OrderId}.json")
    assert result == Result(order="5", outcome=Outcome.EXECUTED)
    (content,) = files(tmp_path).values()
    assert list(files(tmp_path)) == ["Locker_Key_5.json"]
    read = json.loads(content)
    assert read == given.document
    assert list(read) == list(given.document)
    assert list(read["Changes"]) == ["box", "zones_add"]
    assert "Zé".encode() in content and b"\n  " in content and content.endswith(b"}\n")


def test_the_usual_name(tmp_path: Path) -> None:
    fulfil(tmp_path, order(5, ChangeType.DELETED), indented=False)
    ((name, content),) = files(tmp_path).items()
    number, change, stamp = name.removesuffix(".json").split("_")
    assert (number, change, len(stamp)) == ("905", "Deleted", 14)
    assert abs(int(stamp) - int(time.strftime("%Y%m%d%H%M%S", time.gmtime()))) < 100
    assert content.count(b"\n") == 1


def test_an_order_sent_again_later_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [order(5, box="a"), order(5, box="b"), order(6, box="a")]
    fulfil(tmp_path, *orders)
    before = files(tmp_path)
    assert len(before) == 3
    later(monkeypatch)
    assert [result.outcome for result in fulfil(tmp_path, *orders)] == [Outcome.EXECUTED] * 3
    assert files(tmp_path) == before
    fulfil(tmp_path, order(5, box="c"))
    assert len(files(tmp_path)) == 4


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    for box in ("a", "b", "c", "a"):
        fulfil(tmp_path, order(5, box=box), file_name_template="{OrderId}.json")
    assert [json.loads(content)["Changes"]["box"] for content in files(tmp_path).values()] == ["a", "b", "c"]
    assert list(files(tmp_path)) == ["5.json", "5_2.json", "5_3.json"]


def test_all_orders_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [order(number, box=str(number)) for number in range(3)]
    assert len(fulfil(tmp_path, *orders, batch=True)) == 3
    later(monkeypatch)
    assert [result.order for result in fulfil(tmp_path, *orders, batch=True)] == ["0", "1", "2"]
    ((name, content),) = files(tmp_path).items()
    assert name.startswith("Orders_")
    assert json.loads(content) == {"ProvisioningOrdersList": [each.document for each in orders]}
    assert fulfil(tmp_path, batch=True) == []


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour passes for the connector."""
    from runtime.clients.formats import date_text
    from runtime.connectors import json as connector

    monkeypatch.setattr(connector, "date_text", lambda moment: date_text(moment.replace(year=moment.year + 1)))


@pytest.mark.parametrize("hostile", ["../../escape", "a/b\\c", "..", "\0", "x\ny", "CON|<>"])
def test_names_from_data_stay_in_the_folder(tmp_path: Path, hostile: str) -> None:
    folder = tmp_path / "in" / "outbox"
    folder.mkdir(parents=True)
    given = order(1)
    named = Order(**{name: getattr(given, name) for name in given.__struct_fields__} | {"resource_type": hostile})
    (result,) = fulfil(folder, named, file_name_template="{ResourceType}{OrderId}")
    assert result.outcome is Outcome.EXECUTED
    (name,) = files(folder)
    assert not set(name) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
    assert not name.startswith(".")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / name]


def test_an_order_that_cannot_be_written_does_not_stop_the_next(tmp_path: Path) -> None:
    long = order(1)
    named = Order(**{name: getattr(long, name) for name in long.__struct_fields__} | {"assignment": "9" * 300})
    results = fulfil(tmp_path, named, order(2))
    assert [result.outcome for result in results] == [Outcome.ERRORED, Outcome.EXECUTED]
    assert "could not be written" in results[0].message
    assert len([name for name in files(tmp_path) if not name.startswith(".")]) == 1


KILLED = """
import sys
from tests.runtime.connectors.test_json import fulfil, order
from pathlib import Path
fulfil(Path(sys.argv[1]), *(order(n, text="x" * 5000) for n in range(400)))
"""


def test_killed_and_sent_again(tmp_path: Path) -> None:
    """Whenever the process dies: no half file, and after sending again every order stands there once."""
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)])
    while len(os.listdir(tmp_path)) < 20:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    whole = [content for name, content in files(tmp_path).items() if name.endswith(".json")]
    assert 18 <= len(whole) < 400
    assert all(json.loads(content)["OrderId"] for content in whole)
    fulfil(tmp_path, *(order(n, text="x" * 5000) for n in range(400)))
    numbers = [json.loads(content)["OrderId"] for name, content in files(tmp_path).items() if name.endswith(".json")]
    assert sorted(numbers, key=int) == [str(n) for n in range(400)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"file_name_template": "{Colour}.json"},
        {"file_name_template": "a/{OrderId}"},
        {"file_name_template": ".."},
        {"file_name_template": "{OrderId}.json", "batch": True},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="FileNameTemplate"):
        JsonSettings(output_path="x", **wrong)
