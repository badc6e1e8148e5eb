"""Software authenticator: makes passkeys and signs log-ins as WebAuthn describes (ES256)."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

Json = dict[str, Any]
ORIGIN = "http://localhost:5173"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftAuthenticator:
    """Authenticator with one passkey. `counts`: its signatures count, as those of old keys do."""

    origin: str = ORIGIN
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    signatures: int = 0

    def create(self, options: Json, **changes: Any) -> Json:
        """`RegistrationResponseJSON` of creation options; `changes` spoil parts of it."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        length = len(self.credential_id).to_bytes(2)
        attested = bytes(16) + length + self.credential_id + cbor2.dumps(cose)
        rp_id = str(changes.get("rp_id", options["rp"]["id"]))
        data = self._data(rp_id, ATTESTED, **changes) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options, **changes)
        return self._credential(
            {"clientDataJSON": b64(client_data), "attestationObject": b64(attestation)}
        )

    def get(self, options: Json, **changes: Any) -> Json:
        """`AuthenticationResponseJSON` of request options; `changes` spoil parts of it."""
        assert b64(self.credential_id) in [it["id"] for it in options["allowCredentials"]]
        self.signatures += self.counts
        data = self._data(str(changes.get("rp_id", options["rpId"])), **changes)
        client_data = self._client_data("webauthn.get", options, **changes)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(changes.get("sign", signed), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": b64(client_data),
                "authenticatorData": b64(data),
                "signature": b64(signature),
            }
        )

    def _data(self, domain: str, flags: int = 0, **changes: Any) -> bytes:
        flags |= VERIFIED | (PRESENT if changes.get("present", True) else 0)
        count = self.signatures if self.counts else 0
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + count.to_bytes(4)

    def _client_data(self, type_: str, options: Json, **changes: Any) -> bytes:
        return json.dumps(
            {
                "type": changes.get("kind", type_),
                "challenge": changes.get("challenge", options["challenge"]),
                "origin": changes.get("origin", self.origin),
                "crossOrigin": False,
            }
        ).encode()

    def _credential(self, response: Json) -> Json:
        id = b64(self.credential_id)
        return {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        }
