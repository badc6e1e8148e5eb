"""Errors of the client, by the reaction that an app can have."""

from collections.abc import Mapping, Sequence

from trackforge_client.device.json_types import Json


class ClientError(Exception):
    """Base of all errors of the client; no error discards unsent writes."""


class UnknownCollection(ClientError):
    """Collection name that the contract does not have."""


class InvalidQuery(ClientError, ValueError):
    """Query with an unknown field or operator, or a value that cannot be compared."""


class UnknownRecord(ClientError):
    """Id without a local record, in a patch or a delete."""


class InvalidRecord(ClientError, ValueError):
    """Write that the contract does not allow; nothing was stored.

    `errors` has the messages by field; `field` is the first one, as `weight_kg` or `days.0.name`.
    """

    def __init__(self, collection: str, errors: Mapping[str, Sequence[str]]) -> None:
        text = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in errors.items())
        super().__init__(f"Invalid {collection}: {text}")
        self.collection = collection
        self.errors = {name: list(messages) for name, messages in errors.items()}
        self.field = next(iter(self.errors))


class UnsentWork(ClientError):
    """Unsent writes of another user in this file: sign in as that user, or use another file."""


class SignedOut(ClientError):
    """Missing or ended session; the outbox waits until the same user signs in again."""


class AccountDeleted(SignedOut):
    """Account deleted on the server; local records stay in the file."""


class UpgradeRequired(ClientError):
    """App version too old to pull; it can still push."""


class Retryable(ClientError):
    """Temporary failure; `retry_after_s` is the server's Retry-After in seconds, if sent."""

    retry_after_s: float | None = None


class Offline(Retryable):
    """Request without a response; `sent` is True if it may have reached the server."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class Unavailable(Retryable):
    """Server or proxy that could not process the request now."""

    def __init__(self, reason: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after_s = retry_after_s


class RequestRejected(ClientError):
    """Request rejected by the server with a problem document (RFC 9457); `errors` is by field.

    `restored_version` is that of `cursor_expired` after a restore: what is newer, the server lacks.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        errors: Mapping[str, Json] | None = None,
        restored_version: int | None = None,
    ) -> None:
        super().__init__(f"{detail} ({code})")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})
        self.restored_version = restored_version


class SecondFactorRequired(RequestRejected):
    """Sign-in that needs a second factor: `login_second` takes this error and a code.

    `methods` has what the account accepts, of `totp`, `passkey` and `recovery_code`; with
    `passkey_options` (PublicKeyCredentialRequestOptionsJSON) `login_passkey` completes it.
    """

    def __init__(
        self,
        detail: str,
        challenge: str,
        methods: Sequence[str] = (),
        passkey_options: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(401, "second_factor_required", detail)
        self.challenge = challenge
        self.methods = tuple(methods)
        self.passkey_options = passkey_options
        self.email = ""


Refused = RequestRejected  # wire name
"""Former name of RequestRejected, for apps that import it."""
