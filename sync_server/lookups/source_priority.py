"""Priority of a user's sources, for what more than one of them recorded."""

from collections.abc import Sequence

import orjson

from schema.ids import UserId, derived_id
from sync_server.store.fenced_reads import Reads

READ_PRIORITY = """
SELECT data->'source_priority'->>$3
FROM records
WHERE user_id = $1::text::uuid AND collection = 'profile' AND id = $2::text::uuid AND NOT deleted
"""


async def read_priority(connection: Reads, user_id: UserId, kind: str) -> Sequence[str]:
    """Names of sources and of kinds of recorders of the user's profile, the best first."""
    profile_id = derived_id("profile", user_id, [])
    text = await connection.fetchval(READ_PRIORITY, user_id, profile_id, kind)
    names: list[str] = orjson.loads(text) if text else []
    return names
