"""Schemas of the PowerSync routes: what its SDKs send, and the OpenAPI document's shapes."""

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import Length, Regexp

from sync_server.web.openapi import NamedSchema, Response, object_schema

MAX_BUCKETS = 1000
_OPERATION_ID = Regexp(r"[0-9]{1,18}\Z", error="Not a decimal number of up to 18 digits.")


class BucketState(Schema):
    """A bucket that the client has, and the last operation that it has of it."""

    class Meta:
        """Later SDKs may send more members."""

        unknown = EXCLUDE

    name = fields.String(required=True)
    after = fields.String(required=True, validate=_OPERATION_ID)


class StreamRequest(Schema):
    """The request of a sync stream; members that this server has no use for are ignored."""

    class Meta:
        """Later SDKs may send more members."""

        unknown = EXCLUDE

    buckets = fields.List(
        fields.Nested(BucketState), required=True, validate=Length(max=MAX_BUCKETS)
    )
    raw_data = fields.Boolean(load_default=False)


SYNC_REQUEST = NamedSchema(
    "PowerSyncRequest",
    {
        "type": "object",
        "properties": {
            "buckets": {
                "type": "array",
                "maxItems": MAX_BUCKETS,
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "after": {"type": "string", "pattern": "^[0-9]{1,18}$"},
                    },
                    "required": ["name", "after"],
                },
                "description": "Buckets that the client has, each with its last operation id",
            },
            "raw_data": {
                "type": "boolean",
                "default": False,
                "description": "Whether a row's fields are sent as JSON text",
            },
        },
        "required": ["buckets"],
        "description": "Other members of the SDKs' requests are ignored",
    },
)
SYNC_REQUEST_EXAMPLE = {"buckets": [], "raw_data": True, "include_checksum": True}

STREAM_LINES = Response(
    {"type": "string"},
    "A JSON document a line: checkpoint, checkpoint_diff, data, checkpoint_complete and "
    "token_expires_in; BSON documents where the Accept header asks for "
    "application/vnd.powersync.bson-stream",
    "application/x-ndjson",
)
_WRITE_CHECKPOINT = {"type": "string", "pattern": "^[0-9]+$", "example": "4213"}
WRITE_CHECKPOINT = NamedSchema(
    "WriteCheckpoint",
    object_schema(
        {
            "data": object_schema(
                {"write_checkpoint": {"type": "string", "pattern": "^[0-9]+$", "example": "4213"}}
            )
        },
    ),
)
