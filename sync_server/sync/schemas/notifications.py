"""JSON Schemas of notifications: stream tickets, server-sent events, socket messages."""

from sync_server.web.openapi import NamedSchema, Parameter, Response, object_schema
from sync_server.web.schemas import POSITIVE

TICKET = NamedSchema(
    "StreamTicket",
    object_schema(
        {
            "ticket": {"type": "string", "description": "Opens one stream, as `?ticket=`"},
            "expires_in": POSITIVE | {"description": "Seconds"},
        }
    ),
)
TICKET_PARAMETER = {
    "ticket": Parameter({"type": "string"}, "Ticket of POST /sync/stream-ticket, valid once"),
}
EVENTS = Response(
    object_schema(
        {
            "event": {"type": "string", "enum": ["head", "replaced"]},
            "data": {
                "type": "string",
                "pattern": r'^\{("version": \d+)?\}$',
                "contentMediaType": "application/json",
            },
        },
        description="An event of the stream.",
    ),
    "Events for as long as the access token lives",
    media="text/event-stream",
)
SOCKET = Response(
    description='Text messages `{"event": "head", "version": 4212}`, and as the last one of a '
    'replaced stream `{"event": "replaced"}`; the close code names the reason of the end',
)
