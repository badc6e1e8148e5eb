"""JSON Schemas of the auth routes' responses."""

from sync_server.web.openapi import NamedSchema, object_schema

MOMENT = {"type": "string", "format": "date-time"}
ID = {"type": "string", "format": "uuid"}
TOKENS = NamedSchema(
    "Tokens",
    {
        "type": "object",
        "properties": {
            "access_token": {"type": "string", "description": "A JWT, for `Authorization: Bearer`"},
            "refresh_token": {"type": "string", "description": "Used once, for the next tokens"},
            "token_type": {"type": "string", "const": "Bearer"},
            "expires_in": {
                "type": "integer",
                "minimum": 1,
                "description": "Seconds that the access token lives",
            },
        },
        "required": ["access_token", "refresh_token", "token_type", "expires_in"],
        "additionalProperties": False,
    },
)
TOTP_SECRET = NamedSchema(
    "TotpSecret",
    object_schema(
        {
            "secret": {"type": "string", "description": "Base32, to be typed into an app"},
            "uri": {"type": "string", "description": "otpauth://…, to be shown as a QR code"},
        }
    ),
)
TOTP_STATE = NamedSchema(
    "TotpState",
    object_schema(
        {
            "enabled": {"type": "boolean"},
            "recovery_codes_left": {"type": "integer", "minimum": 0},
        }
    ),
)
PROVIDERS = NamedSchema(
    "Providers",
    object_schema(
        {
            "providers": {
                "type": "array",
                "items": object_schema(
                    {
                        "name": {"type": "string", "description": "What is sent as `provider`"},
                        "issuer": {"type": "string", "format": "uri"},
                        "client_ids": {"type": "array", "items": {"type": "string"}},
                    }
                ),
            }
        }
    ),
)
IDENTITIES = NamedSchema(
    "Identities",
    object_schema(
        {
            "identities": {
                "type": "array",
                "items": object_schema(
                    {
                        "provider": {"type": "string"},
                        "email": {"type": "string", "description": "Empty if it is not vouched"},
                        "created_at": MOMENT,
                    }
                ),
            }
        }
    ),
)
RECOVERY_CODES = NamedSchema(
    "RecoveryCodes",
    object_schema(
        {
            "recovery_codes": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Each is used once in the place of a code, if the app is lost",
            }
        }
    ),
)
SESSION = NamedSchema(
    "Session",
    {
        "type": "object",
        "properties": {
            "id": ID,
            "device_name": {"type": ["string", "null"]},
            "created_at": MOMENT,
            "last_used_at": MOMENT,
            "expires_at": MOMENT,
            "current": {"type": "boolean", "description": "Whether it is the one that asks"},
        },
        "required": ["id", "device_name", "created_at", "last_used_at", "expires_at", "current"],
        "additionalProperties": False,
    },
)
SESSIONS = NamedSchema(
    "Sessions",
    {
        "type": "object",
        "properties": {"sessions": {"type": "array", "items": SESSION}},
        "required": ["sessions"],
        "additionalProperties": False,
        "description": "The live sessions, the latest used first.",
    },
)
