"""Account export to an NDJSON file, and its restore into any account."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from trackforge_client.device.errors import ClientError, Unavailable
from trackforge_client.device.json_types import Json
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import parse_push

FORMAT, FORMAT_VERSION = "trackforge-export", 1
BATCH, BATCH_CHARACTERS = 500, 1_000_000
# The smallest possible device id: on equal clocks the account's own write wins, so that a restore
# into the same account changes nothing.
RESTORE_DEVICE_ID = str(UUID(int=0))


class InvalidArchive(ClientError):
    """File that is no export, or of an unknown format version."""


async def export(session: Session, path: Path, password: str | None = None) -> int:
    """Number of records; writes everything that the server stores of the account to a file.

    Without the password, the session must have begun within 15 minutes: RequestRejected.
    """
    if password is None:
        response = await session.call("GET", "/users/me/export")
    else:
        body = dump({"password": password}).encode()
        response = await session.call("POST", "/users/me/export", body)
    header = _header(response.body.decode().partition("\n")[0])
    await asyncio.to_thread(path.write_bytes, response.body)
    return int(str(header["records"]))


async def restore(session: Session, path: Path) -> Counter[str]:
    """Counts by status; pushes the records of a file with their original clocks.

    Idempotent. Another account works too: the server derives ids of natural keys for it. Deleted
    records are left out. Raises InvalidArchive.
    """
    statuses: Counter[str] = Counter()
    with path.open(encoding="utf-8") as lines:
        header = _header(next(lines, ""))
        for changes in _batches(_puts(lines)):
            body = dump(
                {
                    "device_id": RESTORE_DEVICE_ID,
                    "schema_version": header["schema_version"],
                    "changes": changes,
                }
            ).encode()
            key = f"restore-{hashlib.sha256(body).hexdigest()[:32]}"
            response = await _push(session, body, key)
            push = parse_push(response.body, len(changes))
            statuses.update(result.status for result in push.results)
    return statuses


async def _push(session: Session, body: bytes, key: str) -> Response:
    """Response to a batch; waits as long as the server's rate limit asks for."""
    while True:
        try:
            return await session.call("POST", "/sync/push", body, key)
        except Unavailable as error:
            if error.status != 429:
                raise
            await session.pause(error.retry_after_s or 1.0)


def _header(line: str) -> dict[str, Json]:
    try:
        header = json.loads(line)
        if header["format"] == FORMAT and header["format_version"] == FORMAT_VERSION:
            fields: dict[str, Json] = header
            return fields
    except (ValueError, KeyError, TypeError):
        pass
    raise InvalidArchive("The file is not an export that this version can read.")


def _puts(lines: Iterable[str]) -> Iterator[dict[str, Json]]:
    for line in lines:
        entry = json.loads(line)
        if entry["kind"] == "record" and not entry["deleted"]:
            change: dict[str, Json] = {
                name: entry[name] for name in ("collection", "id", "clock", "data")
            }
            yield change | {"op": "put"}


def _batches(changes: Iterable[dict[str, Json]]) -> Iterator[list[Json]]:
    batch: list[Json] = []
    characters = 0
    for change in changes:
        length = len(dump(change))
        if batch and (len(batch) == BATCH or characters + length > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(change)
        characters += length
    if batch:
        yield batch
