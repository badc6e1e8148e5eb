"""Answers: the explanation of a question as a document."""

import dataclasses

from aiohttp import web

from schema.ids import UserId
from sync_server.config.settings import CONFIG
from sync_server.explain.causes import explain
from sync_server.explain.facts import Facts
from sync_server.explain.question import Question
from sync_server.explain.read_facts import read_facts
from sync_server.store.postgres import Connection
from sync_server.sync.devices.document import device_document
from sync_server.sync.devices.queries import read_devices
from sync_server.web.clock import utc_now


async def answer(
    app: web.Application,
    connection: Connection,
    user_id: UserId,
    question: Question,
    session_id: str | None = None,
) -> dict[str, object] | None:
    """`{device, record, causes}` for a request of the session; None without such an account.

    The same for the user and for support: no part of it is from a record's fields.
    """
    facts = await read_facts(connection, app[CONFIG], user_id, question, utc_now())
    if facts is None:
        return None
    rows = [
        row
        for row in await read_devices(connection, user_id)
        if row["device_id"] == question.device_id
    ]
    causes = [dataclasses.asdict(cause) for cause in explain(facts)]
    return {
        "device": device_document(rows[0], session_id) if rows else None,
        "record": _record(facts),
        "causes": [{"cause": cause.pop("code")} | cause for cause in causes],
    }


def _record(facts: Facts) -> dict[str, object] | None:
    record = facts.record
    if record is None:
        return None
    return {
        "collection": record.collection,
        "id": record.id,
        "version": record.version,
        "deleted": record.deleted,
        "device_id": record.device_id,
        "device": facts.name_of(record.device_id),
        "changed_at": record.changed_at,
    }
