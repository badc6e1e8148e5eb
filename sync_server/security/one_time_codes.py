"""One-time codes: TOTP of an authenticator app (RFC 6238), and recovery codes."""

import base64
import hashlib
import hmac
import secrets

import pyotp

STEP_S = 30
WINDOW_STEPS = 1
"""Steps before and after the present one that are accepted: clocks differ, people are slow."""
RECOVERY_CODES = 10
# Above 112 bits a plain hash is enough for storage (OWASP ASVS 5, 6.5.2).
_RECOVERY_BYTES = 15
_GROUP = 4
_ISSUER = "TrackForge"


def new_totp_secret() -> str:
    """Random secret of 160 bits, in base32 as authenticator apps take it."""
    return pyotp.random_base32()


def totp_uri(secret: str, email: str) -> str:
    """`otpauth://` URI of a secret, for a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def matching_step(secret: str, code: str, now_s: int, used_step: int) -> int | None:
    """Time step whose code this is; None if there is none within the window after `used_step`."""
    totp, present = pyotp.TOTP(secret, interval=STEP_S), now_s // STEP_S
    matching = None
    for step in range(present - WINDOW_STEPS, present + WINDOW_STEPS + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and step > used_step:
            matching = step
    return matching


def normal_code(code: str) -> str:
    """Code without the spaces and hyphens that group it, in lower case."""
    return "".join(code.split()).replace("-", "").lower()


def new_recovery_codes() -> list[str]:
    """Ten random codes of 120 bits, such as `k3vq-…`, each to be used once."""
    return [_grouped(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> bytes:
    """SHA-256 of a recovery code, the form in which it is stored."""
    return hashlib.sha256(normal_code(code).encode()).digest()


def _grouped(random: bytes) -> str:
    text = base64.b32encode(random).decode().lower()
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
