"""Acknowledgements: the versions up to which a device has every record of a collection."""

from collections.abc import Mapping

import orjson

from schema.ids import UserId
from sync_server.config.settings import Config
from sync_server.store.postgres import Connection, to_timestamp
from sync_server.sync.engine.cursor import Position
from sync_server.sync.pull import sql
from sync_server.sync.pull.positions import PageStart
from sync_server.sync.pull.query import PullQuery

Versions = Mapping[str, int]
"""Versions by collection; `*` is that of all others."""


def acknowledged(query: PullQuery, begin: PageStart, last: int, has_more: bool) -> Versions:
    """The versions that a pull acknowledges, none without a device.

    That is the version of the cursor it sent; in a first sync, the end of the last page, since
    only then the device has all tombstones that it needs.
    """
    if not query.device_id:
        return {}
    if query.collections is None and not begin.positions:
        given: Mapping[str, Position] = {"*": begin.rest}
    else:
        names = query.collections or begin.positions
        given = {name: begin.positions.get(name, begin.rest) for name in names}
    return {
        name: last if position.start else position.version
        for name, position in given.items()
        if not (position.start and has_more)
    }


def is_news(acked: Versions, stored: str | None) -> bool:
    """True if the stored acknowledgements (JSON text) lack some of these versions."""
    if not acked:
        return False
    known = orjson.loads(stored) if stored else {}
    return any(known.get(name, -1) < version for name, version in acked.items())


async def store_acknowledgement(
    connection: Connection,
    config: Config,
    user_id: UserId,
    device_id: str,
    acked: Versions,
    now_us: int,
) -> None:
    """Store the versions of a device; a new device may displace one that was not seen for long."""
    stored = await connection.fetchval(sql.LOCK_ACKNOWLEDGED, user_id, device_id)
    if not is_news(acked, stored):
        return
    known: dict[str, int] = orjson.loads(stored) if stored else {}
    merged = known | {name: max(version, known.get(name, -1)) for name, version in acked.items()}
    is_new = await connection.fetchval(
        sql.ACKNOWLEDGE,
        user_id,
        device_id,
        max(acked.values()),
        orjson.dumps(merged).decode(),
        to_timestamp(now_us),
    )
    if is_new:
        await connection.execute(sql.TRIM_DEVICES, user_id, config.quotas.quota_devices)
