"""Everything that this client raises on purpose, sorted by what an app can do about it."""

from collections.abc import Mapping

from trackforge_client.device.json_types import Json


class ClientError(Exception):
    """The base of all errors here; none of them ever means that unsent work was dropped."""


class UnknownCollection(ClientError):
    """The contract has no collection of that name."""


class UnknownRecord(ClientError):
    """There is nothing here to patch or to delete under that id."""


class UnsentWork(ClientError):
    """Another user's unsent work is in this file: sign in as that user, or use another file."""


class SignedOut(ClientError):
    """Nobody is signed in; what was written waits until the same user signs in again."""


class AccountDeleted(SignedOut):
    """The account is gone from the server; what is on this device stays until the file is."""


class UpgradeRequired(ClientError):
    """This app is too old to pull; pushes still go out."""


class Retryable(ClientError):
    """Trouble that passes by itself; `retry_after_s` is the server's wish, if it had one."""

    retry_after_s: float | None = None


class Offline(Retryable):
    """No answer came; `sent` tells whether the request may have reached the server."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class Unavailable(Retryable):
    """The server, or something before it, could not take the request now."""

    def __init__(self, reason: str, *, status: int, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after_s = retry_after_s


class Refused(ClientError):
    """The server said no, with a problem document; `errors` is its part by field, or empty."""

    def __init__(
        self, status: int, code: str, detail: str, errors: Mapping[str, Json] | None = None
    ) -> None:
        super().__init__(f"{detail} ({code})")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})
