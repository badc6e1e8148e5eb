"""A collection as a resource: where it is, how its records are told, what their writes carry."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from aiohttp.typedefs import Handler

from schema import COLLECTIONS
from schema.collection import Collection
from schema.ids import UserId
from sync_server.store.postgres import Connection
from sync_server.sync.engine.records import StoredRecord
from sync_server.web.preconditions import etag

API = "/api/v1"

More = Callable[[Connection, UserId, StoredRecord], Awaitable[Mapping[str, object]]]
"""What is told of a single record besides its fields."""

Fill = Callable[[Connection, UserId, bytes], Awaitable[bytes]]
"""What the server adds to the fields (a JSON object) of a put or a patch before it is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A collection's resource. What a domain adds: `more` with its JSON Schema, `fill`, `create`.

    `create` makes the handler of POST where the domain brings its own.
    """

    collection: Collection
    more: More | None = None
    more_shape: Mapping[str, Any] = field(default_factory=dict)
    fill: Fill | None = None
    create: Callable[["Resource"], Handler] | None = None

    @property
    def slug(self) -> str:
        """The collection's name as paths have it."""
        return self.collection.name.replace("_", "-")

    @property
    def path(self) -> str:
        """Where the list is."""
        return f"{API}/{self.slug}"

    @property
    def kind(self) -> str:
        """What one record is called: `WorkoutSession`."""
        return type(self.collection.schema).__name__

    @property
    def singular(self) -> str:
        """The same in words joined by underscores: `workout_session`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.kind).lower()


@cache
def plain_resource(name: str) -> Resource:
    """The resource of a collection to which no domain adds anything."""
    return Resource(COLLECTIONS[name])


@dataclass(frozen=True, slots=True)
class Told:
    """A record as JSON text, and its ETag."""

    text: bytes
    etag: str


def record_text(id: str, version: int, clock: int, device_id: str, data: str) -> str:
    """A record's fields with what names and orders it; `data`, as stored, passes through."""
    head = f'{{"id":"{id}","version":{version},"clock":{clock},"device_id":"{device_id}"'
    return f"{head},{data[1:]}" if len(data) > 2 else head + "}"


def plain(record: StoredRecord) -> bytes:
    """A record without what a domain adds."""
    text = record_text(record.id, record.version, record.clock, record.device_id, record.data)
    return text.encode()


async def told(
    resource: Resource, connection: Connection, user_id: UserId, record: StoredRecord
) -> Told:
    """A single record as it is told to its owner."""
    more = await resource.more(connection, user_id, record) if resource.more else {}
    return joined(record, more)


def joined(record: StoredRecord, more: Mapping[str, object]) -> Told:
    """The record with more members, which its ETag covers."""
    text = plain(record)
    if not more:
        return Told(text, etag(record.version))
    added = orjson.dumps(more)
    parts = hashlib.sha256(added).hexdigest()[:16]
    return Told(text[:-1] + b"," + added[1:], etag(record.version, parts))
