"""Sessions that do not count, because a better source recorded the same workout."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from schema.ids import UserId
from sync_server.formulas.recordings import duplicates, recorded
from sync_server.lookups.source_priority import read_priority
from sync_server.store.fenced_reads import Reads
from sync_server.workouts.queries import read_sessions_of, read_sets_of

Fields = Mapping[str, Any]
COUNTED: Mapping[str, Any] = {
    "counted": {
        "const": False,
        "description": "Present where another session of the same workout counts instead",
    },
    "same_as": {
        "type": "string",
        "format": "uuid",
        "description": "Id of the session of the same workout that counts",
    },
}


async def read_uncounted(
    connection: Reads, user_id: UserId, own: Mapping[str, tuple[Fields, Sequence[Fields]]]
) -> dict[str, dict[str, object]]:
    """`{"counted": False, "same_as": …}` of sessions that do not count, by id.

    `own` are sessions with their sets, perhaps not written yet, by id; the others of their days are
    read. Only days with a recording of another source are looked into.
    """
    dates = {datetime.date.fromisoformat(session["date"]) for session, _ in own.values()}
    by_day: dict[str, dict[str, Fields]] = {}
    stored = await read_sessions_of(connection, user_id, dates)
    for id, session in (stored | {id: session for id, (session, _) in own.items()}).items():
        by_day.setdefault(session["date"], {})[id] = session
    days = [it for it in by_day.values() if len(it) > 1 and any(map(recorded, it.values()))]
    if not days:
        return {}
    priority = await read_priority(connection, user_id, "workouts")
    others = [id for of_day in days for id in of_day if id not in own]
    sets: dict[str, Sequence[Fields]] = {**await read_sets_of(connection, user_id, others)}
    sets |= {id: done for id, (_, done) in own.items()}
    return {
        id: {"counted": False, "same_as": better}
        for of_day in days
        for id, better in duplicates(
            ((id, session, sets.get(id, ())) for id, session in of_day.items()), priority
        ).items()
    }
