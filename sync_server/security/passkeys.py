"""Passkeys (WebAuthn): options for authenticators, and verification of their responses."""

import binascii
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LIFETIME_S = 300
_ID_BYTES, _TIME_BYTES = 16, 8
_TIMEOUT_MS = LIFETIME_S * 1000
_ANY_PORT = ":*"
# What hostile CBOR, keys and certificates raise in the libraries below.
_MALFORMED = (
    WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, RecursionError, NotImplementedError,
)  # fmt: skip


class BadPasskey(Exception):
    """The response of an authenticator is malformed, or does not verify."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Domain of the passkeys and the origins that count; `http://host:*` is any port."""

    id: str
    origins: tuple[str, ...]

    def accepts(self, origin: str) -> bool:
        """True for one of the origins; without any, for https of the domain itself."""
        if origin in (self.origins or (f"https://{self.id}",)):
            return True
        host, _, port = origin.rpartition(":")
        return port.isascii() and port.isdigit() and f"{host}{_ANY_PORT}" in self.origins


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """Credential that an authenticator made. `public_key` is a COSE key."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class RegistrationChallenge:
    """Challenge that was made for a user: its id, and the end of its time in seconds."""

    id: str
    expires_s: int


def new_registration_challenge(keys: Mapping[str, bytes], user_id: str, now_s: int) -> bytes:
    """Challenge for a new passkey of the user: an id, the end of its time and a MAC."""
    content = uuid.uuid4().bytes + (now_s + LIFETIME_S).to_bytes(_TIME_BYTES)
    return content + _mac(next(iter(keys.values())), user_id, content)


def read_registration_challenge(
    challenge: bytes, keys: Mapping[str, bytes], user_id: str, now_s: int
) -> RegistrationChallenge:
    """Read a challenge; raises BadPasskey if it is expired or not of this user."""
    content, mac = challenge[: _ID_BYTES + _TIME_BYTES], challenge[_ID_BYTES + _TIME_BYTES :]
    expires_s = int.from_bytes(content[_ID_BYTES:])
    genuine = any(hmac.compare_digest(_mac(key, user_id, content), mac) for key in keys.values())
    if not genuine or len(content) < _ID_BYTES + _TIME_BYTES or expires_s <= now_s:
        raise BadPasskey("challenge")
    return RegistrationChallenge(str(uuid.UUID(bytes=content[:_ID_BYTES])), expires_s)


def login_challenge(token: str) -> bytes:
    """Challenge for the authenticator, derived from the signed challenge of a log-in."""
    return hashlib.sha256(b"passkey of a log-in\0" + token.encode()).digest()


def registration_options(
    party: RelyingParty, user_id: str, email: str, challenge: bytes, existing: Iterable[bytes]
) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON` of a new passkey."""
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="TrackForge",
        user_id=uuid.UUID(user_id).bytes,
        user_name=email,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=it) for it in existing],
    )
    return options_to_json_dict(options)


def login_options(
    party: RelyingParty, challenge: bytes, credentials: Iterable[bytes]
) -> dict[str, Any]:
    """`PublicKeyCredentialRequestOptionsJSON` of a log-in with one of the passkeys."""
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[PublicKeyCredentialDescriptor(id=it) for it in credentials],
    )
    return options_to_json_dict(options)


def challenge_of(credential: Mapping[str, Any]) -> bytes:
    """Challenge that a response claims to answer; raises BadPasskey."""
    try:
        return base64url_to_bytes(_client_data(credential)["challenge"])
    except _MALFORMED:
        raise BadPasskey("client data") from None


def id_of(credential: Mapping[str, Any]) -> bytes:
    """Credential id of a response; raises BadPasskey."""
    try:
        return base64url_to_bytes(credential["id"])
    except (*_MALFORMED, binascii.Error):
        raise BadPasskey("id") from None


def verify_registration(
    party: RelyingParty, credential: Mapping[str, Any], challenge: bytes
) -> NewPasskey:
    """Verify the response of an authenticator that made a passkey; raises BadPasskey."""
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=_accepted_origin(party, credential),
        )
    except _MALFORMED as error:
        raise BadPasskey(type(error).__name__) from None
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def verify_login(
    party: RelyingParty,
    credential: Mapping[str, Any],
    challenge: bytes,
    public_key: bytes,
    sign_count: int,
) -> int:
    """Sign count of a verified log-in, greater than `sign_count` or 0; raises BadPasskey."""
    try:
        verified = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=_accepted_origin(party, credential),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except _MALFORMED as error:
        raise BadPasskey(type(error).__name__) from None
    return verified.new_sign_count


def _accepted_origin(party: RelyingParty, credential: Mapping[str, Any]) -> str:
    origin = _client_data(credential)["origin"]
    if not isinstance(origin, str) or not party.accepts(origin):
        raise ValueError("origin")
    return origin


def _client_data(credential: Mapping[str, Any]) -> Mapping[str, Any]:
    data = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    if not isinstance(data, dict):
        raise TypeError("client data")
    return data


def _mac(key: bytes, user_id: str, content: bytes) -> bytes:
    message = b"passkey registration\0" + uuid.UUID(user_id).bytes + content
    return hmac.digest(key, message, "sha256")
