"""Time zone of a user."""

import datetime
import zoneinfo

from schema.ids import UserId, derived_id
from schema.texts import is_time_zone
from sync_server.store.fenced_reads import Reads

READ_ZONE = """
SELECT data->>'time_zone'
FROM records
WHERE user_id = $1::text::uuid AND collection = 'profile' AND id = $2::text::uuid AND NOT deleted
"""


async def read_zone(connection: Reads, user_id: UserId) -> datetime.tzinfo:
    """The time zone of the user's profile; UTC if it has none."""
    name = await connection.fetchval(READ_ZONE, user_id, derived_id("profile", user_id, []))
    return zoneinfo.ZoneInfo(name) if name and is_time_zone(name) else datetime.UTC
