"""Settings of push services: keys of VAPID, Firebase and Apple, checked before they are used."""

import base64
import binascii
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from sync_server.config.oidc_providers import is_secure_url

VAPID_KEY_BYTES = 32
_APNS = ("apns_key", "apns_key_id", "apns_team_id", "apns_bundle_id")


class ServiceAccount(msgspec.Struct):
    """Service account of Google: the members of its key file that a sender needs."""

    project_id: str
    client_email: str
    private_key: str
    token_uri: str
    private_key_id: str | None = None


def vapid_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Private key of base64url text; raises ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("is not base64url") from None
    if len(data) != VAPID_KEY_BYTES:
        raise ValueError(f"is not of {VAPID_KEY_BYTES} bytes")
    return ec.derive_private_key(int.from_bytes(data, "big"), ec.SECP256R1())


def new_vapid_key() -> str:
    """A new private key as base64url text."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _base64url(number.to_bytes(VAPID_KEY_BYTES, "big"))


@cache
def vapid_public_key(text: str) -> str:
    """Public key of a private key, both base64url: `applicationServerKey` of browsers."""
    point = vapid_key(text).public_key()
    return _base64url(point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    """PEM text of a private key."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(text: str) -> ServiceAccount:
    """Service account of the JSON text of its key; raises ValueError."""
    account = msgspec.json.decode(text.encode(), type=ServiceAccount)
    _private_key(account.private_key)
    if not is_secure_url(account.token_uri):
        raise ValueError("its token_uri is not https")
    return account


def apns_signing_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Private key of a .p8 file's text; raises ValueError."""
    key = _private_key(text)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("is not a key of P-256")
    return key


def push_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Problems of the settings of push services by variable, without the keys in them."""
    problems = {}
    checks = {
        "vapid_private_key": vapid_key,
        "fcm_credentials": service_account,
        "apns_key": apns_signing_key,
    }
    for name, check in checks.items():
        try:
            if values[name]:
                check(values[name])
        except (ValueError, TypeError, UnsupportedAlgorithm, msgspec.MsgspecError) as error:
            reason = str(error) if isinstance(error, ValueError) else type(error).__name__
            problems[name.upper()] = f"Cannot be used: {reason.splitlines()[0]}."
    given = [name for name in _APNS if values[name]]
    if given:
        missing = [name.upper() for name in _APNS if not values[name]]
        problems |= dict.fromkeys(missing, "Must be set with the other settings of APNs.")
    for name in ("fcm_url", "apns_url"):
        if not is_secure_url(values[name]):
            problems[name.upper()] = "Must be an https URL; http is for loopback."
    if values["vapid_subject"] and not values["vapid_subject"].startswith(("mailto:", "https://")):
        problems["VAPID_SUBJECT"] = "Must begin with mailto: or https://."
    return problems


def _private_key(pem: str) -> PrivateKeyTypes:
    return load_pem_private_key(pem.encode(), password=None)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
