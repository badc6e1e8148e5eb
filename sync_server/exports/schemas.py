"""OpenAPI schemas of the export routes."""

from schema import COLLECTIONS
from sync_server.web.file_response import DISPOSITION
from sync_server.web.openapi import Parameter, Response

CSV = "text/csv; charset=utf-8"
JSON = "application/json"
FIT = "application/vnd.ant.fit"

_DAY = {"type": "string", "format": "date"}
PERIOD = {
    "from": Parameter(_DAY, "First day, included; only for records that have a day"),
    "to": Parameter(_DAY, "Last day, included; only for records that have a day"),
}
UNIT = {
    "weight_unit": Parameter(
        {"type": "string", "enum": ["kg", "lb"], "default": "kg"},
        "Unit of weights; distances are in kilometres or miles",
    )
}
COLLECTION = {"collection": {"type": "string", "enum": list(COLLECTIONS)}}
TABLE = Response({"type": "string"}, "The table", media="text/csv", headers=DISPOSITION)
RECORDS = Response(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"id": {"type": "string", "format": "uuid"}},
            "required": ["id"],
        },
    },
    "The records, each with its id",
    headers=DISPOSITION,
)
FIT_KIND = {
    "kind": Parameter(
        {"type": "string", "enum": ["activity", "workout"], "default": "activity"},
        "What was done, or its steps for a watch to follow",
    )
}
FIT_FILE = Response(
    {"type": "string", "format": "binary"}, "The file", media=FIT, headers=DISPOSITION
)
