"""Facts of a question, read from the database."""

import datetime
from collections.abc import Mapping

import asyncpg
import orjson

from schema import COLLECTIONS, OLDEST_SCHEMA_VERSION
from schema.ids import UserId, is_uuid
from sync_server.config.settings import Config
from sync_server.explain import queries
from sync_server.explain.facts import (
    AccountFacts,
    Device,
    DeviceSession,
    Facts,
    Failure,
    KeyState,
    Moment,
    Record,
    Rejected,
    Replaced,
    TroubleMinute,
)
from sync_server.explain.question import Question
from sync_server.store.postgres import Connection
from sync_server.sync.devices.document import filter_of, json_of, moment_of
from sync_server.sync.devices.queries import read_devices

_TROUBLE_FOR = datetime.timedelta(days=7)


async def read_facts(
    connection: Connection, config: Config, user_id: UserId, question: Question, now: Moment
) -> Facts | None:
    """The facts, None if there is no such account; the connection sees the user's rows."""
    account = await queries.read_account(connection, user_id)
    if account is None:
        return None
    ends = await queries.read_token_ends(connection, user_id)
    devices = tuple(_device(row, ends) for row in await read_devices(connection, user_id))
    record = await _read_record(connection, user_id, question)
    replaced = (
        await queries.read_replaced(connection, user_id, record.collection, record.id)
        if record
        else []
    )
    rejected_by = None if question.record_id else question.device_id
    rejected = await queries.read_rejected(connection, user_id, question.record_id, rejected_by)
    trouble = await queries.read_trouble(connection, now - _TROUBLE_FOR)
    return Facts(
        now=now,
        account=_account(account, config),
        device_id=question.device_id,
        device=next((it for it in devices if it.id == question.device_id), None),
        devices=devices,
        record_id=question.record_id,
        record=record,
        rejected=tuple(map(rejected_of, rejected)),
        replaced=tuple(
            Replaced(
                row["why"], row["device_id"], row["version"], row["replaced_at"], row["device_name"]
            )
            for row in replaced
        ),
        trouble=tuple(TroubleMinute(row["at"], row["code"], row["requests"]) for row in trouble),
        oldest_schema_version=OLDEST_SCHEMA_VERSION,
    )


def _account(row: asyncpg.Record, config: Config) -> AccountFacts:
    usage = {name: row[name] for name in ("records", "bytes") if row[name] is not None}
    quotas = {"records": config.quotas.quota_records, "bytes": config.quotas.quota_bytes}
    unverified = config.mail.email_verification_required and row["email_verified_at"] is None
    return AccountFacts(
        row["version"],
        row["purged_version"],
        row["disabled_at"],
        unverified,
        tuple(name for name, used in usage.items() if used >= quotas[name]),
        usage,
    )


def _device(row: asyncpg.Record, ends: Mapping[str, Moment]) -> Device:
    report, failure = json_of(row["report"]) or {}, json_of(row["failure"])
    filtered, acked = filter_of(row), json_of(row["acked"])
    if acked is None and row["acked_version"] is not None:
        acked = {"*": row["acked_version"]}
    offset = report.get("clock_offset_us")
    return Device(
        id=row["device_id"],
        name=report.get("name") or row["device_name"],
        seen_at=row["seen_at"],
        pushed_at=row["pushed_at"],
        pulled_at=row["pulled_at"],
        collections=None if filtered is None else tuple(filtered),
        acked=acked,
        waiting=report.get("waiting"),
        oldest_waiting_at=moment_of(report.get("oldest_at")),
        last_error=report.get("last_error"),
        last_error_at=moment_of(report.get("last_error_at")),
        app_version=report.get("app_version"),
        schema_version=report.get("schema_version"),
        clock_offset_us=row["offset_us"] if offset is None else offset,
        failure=_failure(failure) if failure else None,
        session=_session(row, ends),
        push=_push_key(row),
    )


def _push_key(row: asyncpg.Record) -> KeyState | None:
    if row["push_kind"] is None:
        return None
    return KeyState(
        row["push_kind"],
        row["push_sent_at"],
        row["push_failures"],
        row["push_dropped_at"],
        row["push_dropped_reason"],
    )


def _failure(stored: Mapping[str, str]) -> Failure | None:
    at = moment_of(stored["at"])
    return Failure(at, stored["kind"], stored["code"], stored.get("reason")) if at else None


def _session(row: asyncpg.Record, ends: Mapping[str, Moment]) -> DeviceSession | None:
    if row["family_id"] is None:
        return None
    if row["session_id"] is None:  # it ended so long ago that it was deleted
        return DeviceSession(row["seen_at"], None)
    refreshed = ends.get(row["session_id"], row["expires_at"])
    return DeviceSession(min(refreshed, row["expires_at"]), row["revoked_at"])


async def _read_record(
    connection: Connection, user_id: UserId, question: Question
) -> Record | None:
    if question.record_id is None:
        return None
    collections, record_id = list(question.collections), question.record_id
    row = await queries.read_record(connection, user_id, collections, record_id)
    if row is None:
        return None
    declaration = COLLECTIONS[row["collection"]]
    owner, parent = declaration.parent_day or declaration.owner, None
    if owner is not None and row["parent_id"] is not None:
        gone = await queries.read_deleted(connection, user_id, owner, row["parent_id"])
        parent = {True: "deleted", None: "missing"}.get(gone)
    return Record(
        row["collection"],
        row["id"],
        row["version"],
        row["deleted"],
        row["device_id"],
        row["changed_at"],
        row["alias"],
        parent,
    )


def rejected_of(row: asyncpg.Record) -> Rejected:
    """A rejected change: of its text the ids, of its error the code and declared fields only."""
    try:
        change = orjson.loads(row["change"])
    except orjson.JSONDecodeError:
        change = {}
    error = json_of(row["error"])
    collection = change.get("collection") if isinstance(change, dict) else None
    declaration = COLLECTIONS.get(collection) if isinstance(collection, str) else None
    declared = declaration.fields if declaration else {}
    id = change.get("id") if isinstance(change, dict) else None
    return Rejected(
        collection if declaration else None,
        id if is_uuid(id) else None,
        row["device_id"],
        error["code"],
        tuple(name for name in error.get("errors", {}) if name in declared),
        row["created_at"],
    )
