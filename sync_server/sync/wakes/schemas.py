"""Request bodies of push keys, and the addresses that they hold."""

import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from sync_server.gateways.web_push import base64url
from sync_server.sync.devices.document import PUSH_KINDS

MAX_TOKEN = 4096
AUTH_BYTES = 16
WEB_KINDS = ("webpush", "unifiedpush")
PUSH_EXAMPLE = {
    "kind": "webpush",
    "endpoint": "https://push.example.com/wpush/v2/an-example",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkN"
        "toIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
_APNS_TOKEN = re.compile(r"([0-9a-f]{2}){8,100}", re.IGNORECASE)
_FCM_TOKEN = re.compile(r"[A-Za-z0-9_:%.~-]{1,4096}")


class SubscriptionKeys(Schema):
    """Keys of a subscription (RFC 8291), base64url."""

    p256dh = fields.String(required=True, validate=validate.Length(max=200))
    auth = fields.String(required=True, validate=validate.Length(max=100))


class PushKey(Schema):
    """Key of a device at its push service.

    `endpoint` and `keys` are those of `PushSubscription.toJSON()`, for `webpush` and `unifiedpush`;
    `token` is the registration or device token, for `fcm` and `apns`.
    """

    kind = fields.String(required=True, validate=validate.OneOf(PUSH_KINDS))
    endpoint = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"description": "https URL at a public address, for webpush and unifiedpush"},
    )
    keys = fields.Nested(SubscriptionKeys, load_default=None, allow_none=True)
    expirationTime = fields.Raw(load_default=None, allow_none=True)  # noqa: N815
    token = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MAX_TOKEN),
        metadata={"description": "For fcm and apns"},
    )

    @validates_schema
    def _address(self, data: dict[str, Any], **_kwargs: Any) -> None:
        is_web = data["kind"] in WEB_KINDS
        needed = ("endpoint", "keys") if is_web else ("token",)
        missing = {name: ["Is needed for this kind."] for name in needed if data[name] is None}
        if missing:
            raise ValidationError(missing)
        if is_web:
            _check_keys(data["keys"])
        elif not (_APNS_TOKEN if data["kind"] == "apns" else _FCM_TOKEN).fullmatch(data["token"]):
            raise ValidationError({"token": ["Is not a token of this kind."]})


def address_of(body: dict[str, Any]) -> dict[str, str]:
    """Address of a valid body, as the gateways read it."""
    if body["kind"] in WEB_KINDS:
        return {"endpoint": body["endpoint"], **body["keys"]}
    return {"token": body["token"]}


def _check_keys(keys: dict[str, str]) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64url(keys["p256dh"]))
    except ValueError:
        raise ValidationError({"keys": {"p256dh": ["Is not a point of P-256."]}}) from None
    try:
        is_secret = len(base64url(keys["auth"])) == AUTH_BYTES
    except ValueError:
        is_secret = False
    if not is_secret:
        raise ValidationError({"keys": {"auth": [f"Is not base64url of {AUTH_BYTES} bytes."]}})
