"""Offers after a restore: records as devices give them back, and what they make of what is left."""

import json
import random

import msgspec

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.validate import validate_put
from sync_server.sync.engine.changes import Offer
from sync_server.sync.engine.merge import ABSENT, RecordState, join
from sync_server.sync.engine.offers import offered_state
from tools.vectors.merges import ID, random_writes, record_of, state_after
from tools.vectors.values import Case, file_text
from trackforge_client.device.server_record import ServerRecord

ABOUT = (
    "A device knows a record as `known`, and a server that was restored has it as `stored`, or "
    "null; both in the form of a pull: `clocks` is absent if all registers have the record's own "
    "stamp. `change` is what the device pushes. `has_later` is true if a register of `known` has a "
    "greater stamp than in `stored`. `record` is what the server has afterwards, in the form of "
    "merge.json, and `status` the result."
)


def text() -> str:
    """Text of offers.json."""
    chance = random.Random(2)
    return file_text(ABOUT, {"cases": [_case(chance, number) for number in range(60)]})


def offered(collection: Collection, change: Case, stored: Case | None) -> Case:
    """Record and status after an offer, as the server merges it."""
    before = _state(collection, stored) if stored else ABSENT
    offer = _state(collection, change)
    after = join(before, offer)
    is_lost = join(offer, after) != offer
    if stored is None or after != before:
        status = "merged" if is_lost else "applied"
    else:
        status = "stale" if is_lost else "unchanged"
    return {"record": record_of(after), "status": status}


def known_record(case: Case, member: str = "known") -> ServerRecord:
    """A record of a case, as the Python client stores it."""
    clocks = case[member].get("clocks")
    stamps = clocks and {name: tuple(stamp) for name, stamp in clocks.items()}
    return ServerRecord(**{**case[member], "clocks": stamps})


def _case(chance: random.Random, number: int) -> Case:
    name, writes = random_writes(chance, number)
    collection = COLLECTIONS[name]
    known = _served(name, state_after(collection, writes), 100 + number)
    backup = writes[: chance.randrange(len(writes) + 1)]
    # Another device has gone on with what the backup has.
    later = random_writes(chance, number)[1][1:] if backup and chance.random() < 0.5 else []
    stored = _served(name, state_after(collection, [*backup, *later]), 50) if backup else None
    case: Case = {"known": known, "stored": stored}
    change = json.loads(known_record(case).offer())
    has_later = stored is None or known_record(case).has_later_writes_than(
        known_record(case, "stored")
    )
    result = offered(collection, change, stored)
    return case | {"change": change, "has_later": has_later} | result


def _served(name: str, state: RecordState, version: int) -> Case:
    """Record of a state in the form of a pull."""
    clocks = {it: list(stamp) for it, (stamp, _) in state.registers.items()}
    clocks["deleted"] = list(state.deletion)
    is_one = set(state.registers) == set(COLLECTIONS[name].registers)
    own = list(state.stamp)
    served = {
        "collection": name, "id": ID, "version": version, "clock": own[0], "device_id": own[1],
        "deleted": state.deleted, "data": state.data,
    }  # fmt: skip
    uniform = is_one and all(stamp == own for stamp in clocks.values())
    return served if uniform else served | {"clocks": clocks}


def _state(collection: Collection, record: Case) -> RecordState:
    """State of a record in the form of a pull or of an offer."""
    offer = msgspec.json.decode(json.dumps({"op": "offer", **record}), type=Offer)
    fields = validate_put(collection, bytes(offer.data), SCHEMA_VERSION)
    return offered_state(offer, fields, collection, SCHEMA_VERSION)
