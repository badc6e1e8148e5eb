"""An account as a file: what the server exports, and putting that into an account again."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from trackforge_client.device.errors import ClientError
from trackforge_client.device.json_types import Json
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.wire import push_answer

FORMAT, FORMAT_VERSION = "trackforge-export", 1
BATCH, BATCH_CHARACTERS = 500, 1_000_000
# No device has a smaller id: where the account still holds the same write, that one wins, and
# nothing changes.
RESTORED_BY = str(UUID(int=0))


class NoArchive(ClientError):
    """The file is no export, or one that this version does not know."""


async def export(session: Session, path: Path) -> int:
    """Write all that the server keeps of the account to a file; how many records it holds."""
    response = await session.call("GET", "/users/me/export")
    header = _header(response.body.decode().partition("\n")[0])
    await asyncio.to_thread(path.write_bytes, response.body)
    return int(str(header["records"]))


async def restore(session: Session, path: Path) -> Counter[str]:
    """Push the records of a file, with the clocks that they had; how many had which status.

    Repeating it changes nothing. Another account may take it too: ids of natural keys are derived
    anew by the server, and all others are free there. Deleted records stay out. Raises NoArchive.
    """
    statuses: Counter[str] = Counter()
    with path.open(encoding="utf-8") as lines:
        header = _header(next(lines, ""))
        for changes in _batches(_puts(lines)):
            body = dump(
                {
                    "device_id": RESTORED_BY,
                    "schema_version": header["schema_version"],
                    "changes": changes,
                }
            ).encode()
            key = f"restore-{hashlib.sha256(body).hexdigest()[:32]}"
            response = await session.call("POST", "/sync/push", body, key)
            answer = push_answer(response.body, len(changes))
            statuses.update(result.status for result in answer.results)
    return statuses


def _header(line: str) -> dict[str, Json]:
    try:
        header = json.loads(line)
        if header["format"] == FORMAT and header["format_version"] == FORMAT_VERSION:
            known: dict[str, Json] = header
            return known
    except (ValueError, KeyError, TypeError):
        pass
    raise NoArchive("The file is no export that this version knows.")


def _puts(lines: Iterable[str]) -> Iterator[dict[str, Json]]:
    for line in lines:
        told = json.loads(line)
        if told["kind"] == "record" and not told["deleted"]:
            change: dict[str, Json] = {
                name: told[name] for name in ("collection", "id", "clock", "data")
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
