"""Offers of a push: read, validated, and taken or rejected by what the user's history allows."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import msgspec
from prometheus_client import Counter

from schema import SCHEMA_VERSION
from schema.collection import Collection
from schema.ids import Json, is_uuid
from schema.validate import Invalid, validate_put
from sync_server.store.postgres import Connection
from sync_server.sync.engine.batch import BatchResult
from sync_server.sync.engine.changes import (
    BatchContext,
    InvalidChange,
    Offer,
    Rejection,
    ValidChange,
)
from sync_server.sync.engine.clock import MAX_CLOCK
from sync_server.sync.engine.offers import offered_state
from sync_server.sync.engine.records import RecordKey

OP = "offer"
NO_DEVICE = str(uuid.UUID(int=0))
OFFERS = Counter(
    "trackforge_offers_total",
    "Records that devices offered after a restore, by result.",
    ("status",),
)
NOT_RESTORED = Rejection(
    "not_restored", "The account's history did not begin with a restored backup."
)
OFFER_EXPIRED = Rejection("offer_expired", "The backup was restored too long ago.")
PURGED_RECORD = Rejection(
    "purged_record", "The record is not stored, and may have been deleted and purged."
)
_BAD_CLOCK = Rejection(
    "invalid_clock",
    "The clocks of an offer are from 1 to 2^53-1, at most ten years ahead of the server, each with"
    " the id of a device.",
)
_TEN_YEARS_US = 10 * 366 * 86_400_000_000

READ_RESTORE = """
SELECT restored_version, restored_at, purged_version FROM heads WHERE user_id = $1::text::uuid
"""
COUNT_OFFERS = """
UPDATE heads SET offers = offers + $2, offers_changed = offers_changed + $3, offered_at = $4
WHERE user_id = $1::text::uuid
"""


class _Op(msgspec.Struct):
    op: str = ""


_op = msgspec.json.Decoder(_Op)
_offer = msgspec.json.Decoder(Offer)


def is_offer(raw: bytes | msgspec.Raw) -> bool:
    """True if the JSON text of a change is an offer."""
    try:
        return _op.decode(raw).op == OP
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def decode_offer(raw: bytes | msgspec.Raw) -> Offer | InvalidChange:
    """One offer, validated except for its data; raises msgspec.ValidationError."""
    offer = _offer.decode(raw)
    rejection = None
    if not is_uuid(offer.id):
        rejection = Rejection("invalid_id", "The id is not a UUID in canonical lower-case text.")
    elif offer.base_clock is not None or offer.base_version is not None:
        rejection = Rejection("invalid_change", "An offer has no guards.")
    elif not all(0 < clock <= MAX_CLOCK and is_uuid(device) for clock, device in _stamps(offer)):
        rejection = _BAD_CLOCK
    if rejection:
        return InvalidChange(offer.collection, offer.id, rejection)
    return offer


def _stamps(offer: Offer) -> list[tuple[int, str]]:
    own = [(offer.clock, offer.device_id)] if offer.device_id else [(offer.clock, NO_DEVICE)]
    return [*own, *(offer.clocks or {}).values()]


def validate_offer(offer: Offer, collection: Collection, context: BatchContext) -> ValidChange:
    """An offer with the state of its record; raises Invalid.

    Its data is that of a put, with fields of any newer schema, or empty for a tombstone.
    """
    if max(clock for clock, _ in _stamps(offer)) > context.now_us + _TEN_YEARS_US:
        raise Invalid(_BAD_CLOCK.code, _BAD_CLOCK.detail)
    if not offer.device_id:
        offer = msgspec.structs.replace(offer, device_id=context.device_id)
    fields: dict[str, Json] = {}
    raw = bytes(offer.data)
    if not offer.deleted or raw.strip() not in (b"", b"{}"):
        fields = validate_put(collection, raw, max(context.schema_version, SCHEMA_VERSION + 1))
    state = offered_state(offer, fields, collection, context.schema_version)
    return ValidChange(collection, offer.id, offer, state.stamp, offered=state)


@dataclass(frozen=True, slots=True)
class Restore:
    """The restore that a user's present history began with, if any."""

    restored_version: int | None
    restored_at: datetime.datetime | None
    purged_version: int

    def rejection(
        self, offer: Offer, *, stored: bool, since: datetime.datetime
    ) -> Rejection | None:
        """The reason why an offer is not taken; `since` is the earliest restore of which one is.

        A record that was purged had a lower version than its tombstone. Once tombstones of this
        history are purged, versions of the lost one no longer tell.
        """
        if self.restored_version is None:
            return NOT_RESTORED
        if self.restored_at is not None and self.restored_at < since:
            return OFFER_EXPIRED
        purged_since = self.purged_version > self.restored_version
        if not stored and (purged_since or offer.version < self.purged_version):
            return PURGED_RECORD
        return None


def offers_of(changes: Iterable[ValidChange | InvalidChange]) -> list[Offer]:
    """The valid offers among the changes."""
    return [
        change.sent
        for change in changes
        if isinstance(change, ValidChange) and isinstance(change.sent, Offer)
    ]


async def read_restore(connection: Connection, user_id: str) -> Restore:
    """The restore of the user, whose head row is locked."""
    row: asyncpg.Record | None = await connection.fetchrow(READ_RESTORE, user_id)
    assert row is not None
    return Restore(*row)


def admit_offers(
    changes: Sequence[ValidChange | InvalidChange],
    restore: Restore,
    stored: Iterable[RecordKey],
    since: datetime.datetime,
) -> list[ValidChange | InvalidChange]:
    """The changes, with the offers that are not taken as rejected ones."""
    known = set(stored)

    def admitted(change: ValidChange | InvalidChange) -> ValidChange | InvalidChange:
        if not isinstance(change, ValidChange) or not isinstance(change.sent, Offer):
            return change
        rejection = restore.rejection(change.sent, stored=change.key in known, since=since)
        return InvalidChange(change.sent.collection, change.id, rejection) if rejection else change

    return [admitted(change) for change in changes]


async def count_offers(
    connection: Connection, user_id: str, statuses: Sequence[str], now: datetime.datetime
) -> None:
    """Add the offers with these statuses to the user's counts."""
    taken = [status for status in statuses if status != "rejected"]
    changed = sum(status in ("applied", "merged") for status in taken)
    await connection.execute(COUNT_OFFERS, user_id, len(taken), changed, now)


def offer_statuses(batch: BatchResult) -> list[str]:
    """The statuses of a batch's offers, those that were not taken among them."""
    return [
        resolution.status
        for change, resolution in batch.results
        if (isinstance(change, ValidChange) and change.offered is not None)
        or resolution.rejection in (NOT_RESTORED, OFFER_EXPIRED, PURGED_RECORD)
    ]
