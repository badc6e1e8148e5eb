"""Validation in one pass: each pushed value is decoded and checked once, on whichever path."""

from collections import Counter
from typing import Any

import pytest

from schema import validate
from sync_server.sync.push import validation
from tests.contract.records import MINIMAL, new_id
from tests.support.client import Client

COUNT = 20
CLOCK = 1_700_000_000_000_000


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Calls of each validator."""
    calls: Counter[str] = Counter()

    def counted(module: Any, name: str, key: str) -> None:
        original = getattr(module, name)

        def count(*values: Any) -> Any:
            calls[key] += 1
            return original(*values)

        monkeypatch.setattr(module, name, count)

    counted(validate, "decode_fast", "fast")
    counted(validation, "validate_put", "declared")
    counted(validation, "validate_patch", "patch")
    return calls


def push_of(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"device_id": new_id(), "changes": list(changes)}


def change(id: str, clock: int, op: str = "put", **fields: Any) -> dict[str, Any]:
    data = MINIMAL["foods"] | fields if op == "put" else fields
    return {"collection": "foods", "id": id, "op": op, "clock": clock, "data": data}


async def test_a_pushed_record_is_validated_once(ann: Client, passes: Counter[str]) -> None:
    ids = [new_id() for _ in range(COUNT)]
    for clock, name in ((CLOCK, "Rye"), (CLOCK + 1, "Spelt")):  # new records, then overwrites
        body = push_of(*(change(id, clock, name=name) for id in ids))
        pushed = await ann.push(body)
        assert {it["status"] for it in pushed.json["results"]} == {"applied"}
        assert passes == {"fast": COUNT}
        passes.clear()
    body = push_of(*(change(id, CLOCK + 2, "patch", name="Oats") for id in ids))
    pushed = await ann.push(body)
    assert {it["status"] for it in pushed.json["results"]} == {"applied"}
    assert passes == {"patch": COUNT}


async def test_only_what_the_fast_validator_refuses_is_validated_as_declared(
    ann: Client, passes: Counter[str]
) -> None:
    changes = [change(new_id(), CLOCK) for _ in range(COUNT)]
    pushed = await ann.push(push_of(*changes, change(new_id(), CLOCK, name="")))
    assert [it["status"] for it in pushed.json["results"]] == ["applied"] * COUNT + ["rejected"]
    assert passes == {"fast": COUNT + 1, "declared": 1}
