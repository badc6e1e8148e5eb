"""Schemas of the user routes: request bodies and responses."""

from marshmallow import Schema

from schema import COLLECTIONS
from schema.json_schema import stored_schema
from sync_server.web.credentials import current_password, new_email, new_password
from sync_server.web.openapi import NamedSchema

UNITS = {"weight_unit": "kg", "height_unit": "cm", "energy_unit": "kcal"}
"""Units of an account until the user chooses others."""

_PROFILE = stored_schema(COLLECTIONS["profile"])["properties"]
assert isinstance(_PROFILE, dict)
PROFILE_FIELDS = tuple(_PROFILE)

_ACCOUNT = {
    "id": {"type": "string", "format": "uuid"},
    "email": {"type": "string"},
    "email_verified": {"type": "boolean", "description": "True once a link to it was opened"},
    "role": {"type": "string", "enum": ["user", "support", "admin"]},
    "created_at": {"type": "string", "format": "date-time"},
}
ME = NamedSchema(
    "Me",
    {
        "type": "object",
        "properties": _ACCOUNT
        | {
            name: field if name in UNITS else {"anyOf": [field, {"type": "null"}]}
            for name, field in _PROFILE.items()
        },
        "required": [*_ACCOUNT, *PROFILE_FIELDS],
        "additionalProperties": False,
    },
)

EXPORT_LINE = {
    "type": "object",
    "properties": {
        "kind": {
            "type": "string",
            "enum": [
                "header",
                "record",
                "history",
                "rejected_change",
                "session",
                "device",
                "device_facts",
                "push_key",
                "exercise_mapping",
                "email_link",
                "identity",
                "second_factor",
                "act",
            ],
        }
    },
    "required": ["kind"],
    "description": "One JSON object a line, the header first.",
}


class Reauthentication(Schema):
    """The password, for re-authentication."""

    password = current_password()


class PasswordChange(Reauthentication):
    """The present password, and the one to come."""

    new_password = new_password()


class EmailChange(Reauthentication):
    """The password, and the address to come."""

    email = new_email()
