"""Shapes of the passkeys' routes."""

from marshmallow import Schema, fields

from sync_server.auth.schemas.requests import DeviceName
from sync_server.web.openapi import NamedSchema, object_schema

MOMENT = {"type": "string", "format": "date-time"}
CONFIRM_EXAMPLE = {
    "name": "Ann's phone",
    "credential": {
        "id": "AQIDBA",
        "rawId": "AQIDBA",
        "type": "public-key",
        "response": {"clientDataJSON": "e30", "attestationObject": "oA"},
    },
}


class PasskeyConfirmation(Schema):
    """Response of an authenticator that made a passkey, and a name for the list."""

    name = DeviceName().fields["device_name"]
    credential = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "`RegistrationResponseJSON` of navigator.credentials.create()"},
    )


CREATION_OPTIONS = NamedSchema(
    "PasskeyCreationOptions",
    {
        "type": "object",
        "properties": {
            "rp": {"type": "object"},
            "user": {"type": "object"},
            "challenge": {"type": "string"},
            "pubKeyCredParams": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["rp", "user", "challenge", "pubKeyCredParams"],
        "description": "`PublicKeyCredentialCreationOptionsJSON` of WebAuthn",
    },
)
PASSKEY_ADDED = NamedSchema(
    "PasskeyAdded",
    object_schema(
        {
            "id": {"type": "string", "format": "uuid"},
            "recovery_codes": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Of an account's first second factor; else empty",
            },
        }
    ),
)
PASSKEYS = NamedSchema(
    "Passkeys",
    object_schema(
        {
            "passkeys": {
                "type": "array",
                "items": object_schema(
                    {
                        "id": {"type": "string", "format": "uuid"},
                        "name": {"type": ["string", "null"]},
                        "created_at": MOMENT,
                        "last_used_at": {"type": ["string", "null"], "format": "date-time"},
                    }
                ),
            },
            "recovery_codes_left": {"type": "integer", "minimum": 0},
        }
    ),
)
