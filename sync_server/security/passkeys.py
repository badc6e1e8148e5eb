"""Passkeys (WebAuthn): options for authenticators, and verification of their responses.

The library is imported by the first request that needs it: with the formats of attestations it
takes a tenth of a second of processor time, which no start needs to wait for.
"""

import binascii
import json
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sync_server.security.passkey_challenges import LIFETIME_S, BadPasskey

_TIMEOUT_MS = LIFETIME_S * 1000
_ANY_PORT = ":*"
# What hostile CBOR, keys and certificates raise in the libraries, beside WebAuthnException.
_MALFORMED = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
    NotImplementedError,
)  # fmt: skip


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


def registration_options(
    party: RelyingParty, user_id: str, email: str, challenge: bytes, existing: Iterable[bytes]
) -> dict[str, Any]:
    """`PublicKeyCredentialCreationOptionsJSON` of a new passkey."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

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
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

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
        return _decoded(_client_data(credential)["challenge"])
    except _MALFORMED:
        raise BadPasskey("client data") from None


def id_of(credential: Mapping[str, Any]) -> bytes:
    """Credential id of a response; raises BadPasskey."""
    try:
        return _decoded(credential["id"])
    except (*_MALFORMED, binascii.Error):
        raise BadPasskey("id") from None


def verify_registration(
    party: RelyingParty, credential: Mapping[str, Any], challenge: bytes
) -> NewPasskey:
    """Verify the response of an authenticator that made a passkey; raises BadPasskey."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=_accepted_origin(party, credential),
        )
    except (WebAuthnException, *_MALFORMED) as error:
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
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=_accepted_origin(party, credential),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except (WebAuthnException, *_MALFORMED) as error:
        raise BadPasskey(type(error).__name__) from None
    return verified.new_sign_count


def _accepted_origin(party: RelyingParty, credential: Mapping[str, Any]) -> str:
    origin = _client_data(credential)["origin"]
    if not isinstance(origin, str) or not party.accepts(origin):
        raise ValueError("origin")
    return origin


def _client_data(credential: Mapping[str, Any]) -> Mapping[str, Any]:
    data = json.loads(_decoded(credential["response"]["clientDataJSON"]))
    if not isinstance(data, dict):
        raise TypeError("client data")
    return data


def _decoded(text: str) -> bytes:
    """Bytes of a text in base64url, with its padding or without."""
    return urlsafe_b64decode(f"{text}===")
