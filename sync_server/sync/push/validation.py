"""Validation of a push's changes: against the declarations, with the ids of natural keys."""

from schema import COLLECTIONS, SCHEMA_VERSION
from schema.collection import Collection
from schema.ids import UserId
from schema.validate import Invalid, validate_patch, validate_put, validate_put_fast
from sync_server.config.settings import Config
from sync_server.sync.engine.changes import (
    BatchContext,
    Change,
    InvalidChange,
    Offer,
    Rejection,
    ValidChange,
)
from sync_server.sync.engine.clock import Stamp
from sync_server.sync.engine.field_clocks import members_by_register
from sync_server.sync.push.change import WRONG_UNIT, decode_change
from sync_server.sync.push.offers import validate_offer
from sync_server.sync.push.request import PushRequest
from sync_server.web.body import check_depth
from sync_server.web.errors import InvalidClockUnit


def validate_push(
    push: PushRequest, config: Config
) -> tuple[BatchContext, list[ValidChange | InvalidChange]]:
    """Validate every change of a push; raises InvalidClockUnit or NestingTooDeep."""
    envelope = push.envelope
    sent = [decode_change(raw, push.min_clock) for raw in envelope.changes]
    context = BatchContext(
        user_id=push.user_id,
        device_id=envelope.device_id,
        schema_version=envelope.schema_version or SCHEMA_VERSION,
        now_us=push.now_us,
        base_cursor=push.cursor,
        session_id=push.session_id,
    )
    changes = [it if isinstance(it, InvalidChange) else validate(it, context) for it in sent]
    if any(isinstance(change, InvalidChange) for change in changes):
        _require_microseconds(changes)
        # Only a rejected change can be nested too deeply.
        check_depth(push.body, config.sync.json_max_depth)
    return context, changes


def _require_microseconds(changes: list[ValidChange | InvalidChange]) -> None:
    wrong = {
        str(index): [WRONG_UNIT.detail]
        for index, change in enumerate(changes)
        if isinstance(change, InvalidChange) and change.rejection is WRONG_UNIT
    }
    if wrong:
        raise InvalidClockUnit(WRONG_UNIT.detail, errors={"changes": wrong})


def validate(change: Change, context: BatchContext) -> ValidChange | InvalidChange:
    """Validate one change and derive the id of its record."""
    collection = COLLECTIONS.get(change.collection)
    if collection is None:
        detail = f"There is no collection named {change.collection!r}."
        return InvalidChange(change.collection, change.id, Rejection("unknown_collection", detail))
    try:
        return _validate(change, collection, context)
    except Invalid as error:
        rejection = Rejection(error.code, error.detail, error.errors)
        return InvalidChange(change.collection, change.id, rejection)


def _validate(change: Change, collection: Collection, context: BatchContext) -> ValidChange:
    stamp = Stamp(change.clock, context.device_id)
    own_id = _singleton_id(collection, context.user_id) or change.id
    if change.op == "put":
        return _validate_put(change, collection, context, stamp, own_id)
    if change.op == "delete":
        return ValidChange(collection, own_id, change, stamp)
    if isinstance(change, Offer):
        return validate_offer(change, collection, context)
    registers = validate_patch(collection, bytes(change.data), context.schema_version)
    derived_id = None
    if collection.natural_key is not None:
        fields = {name: value for members in registers.values() for name, value in members.items()}
        derived_id = collection.canonical_id(context.user_id, fields)
    return ValidChange(
        collection, own_id, change, stamp, registers=registers, derived_id=derived_id
    )


def _validate_put(
    change: Change, collection: Collection, context: BatchContext, stamp: Stamp, own_id: str
) -> ValidChange:
    if context.schema_version == SCHEMA_VERSION:
        fast = validate_put_fast(collection, change.data)
        if fast is not None:
            derived = fast.canonical_id(context.user_id) if collection.natural_key else None
            return ValidChange(collection, own_id, change, stamp, fast, derived_id=derived)
    fields = validate_put(collection, bytes(change.data), context.schema_version)
    derived = collection.canonical_id(context.user_id, fields)
    sorted_fields = members_by_register(fields, collection)
    known = collection.registers_known(context.schema_version)
    registers = {
        name: members
        for name, members in sorted_fields.items()
        if name in known or name not in collection.registers
    }
    return ValidChange(collection, own_id, change, stamp, registers=registers, derived_id=derived)


def _singleton_id(collection: Collection, user_id: UserId) -> str | None:
    """The id of the only record of a collection whose natural key is the user."""
    key = collection.natural_key
    return collection.canonical_id(user_id, {}) if key and not key.parts and not key.when else None
