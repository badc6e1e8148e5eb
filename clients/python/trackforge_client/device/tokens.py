"""The tokens in a device's file, and whose file it is."""

from collections.abc import Mapping

from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.errors import AccountDeleted, SignedOut, UnsentWork
from trackforge_client.device.id_rekeying import Naming
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document


class Tokens:
    """What signs requests, and who signed in."""

    def __init__(self, store: Store, naming: Naming) -> None:
        self._store = store
        self._naming = naming

    @property
    def access(self) -> str | None:
        """The access token, None when nobody is signed in."""
        return self._store.get("access_token")

    @property
    def refresh(self) -> str | None:
        """The refresh token, None when nobody is signed in."""
        return self._store.get("refresh_token")

    @property
    def refresh_key(self) -> str | None:
        """The Idempotency-Key of a refresh whose answer is not in."""
        return self._store.get("refresh_key")

    @refresh_key.setter
    def refresh_key(self, key: str) -> None:
        self._store.set(refresh_key=key)

    def why_none(self) -> SignedOut:
        """The error for a request that nobody can sign."""
        if self._store.get("signed_out_by") == "account_deleted":
            return AccountDeleted("The account was deleted.")
        return SignedOut("Nobody is signed in on this device.")

    def keep(self, tokens: Mapping[str, str]) -> None:
        """Replace the tokens; a refresh that was on its way is over."""
        self._store.set(**tokens, refresh_key=None, signed_out_by=None)

    def forget(self, reason: str) -> None:
        """Drop the tokens and nothing else; `reason` is for the status."""
        self._store.set(
            access_token=None, refresh_token=None, refresh_key=None, signed_out_by=reason
        )

    def sign_in(self, tokens: Mapping[str, str], user_id: str, email: str) -> None:
        """Take the tokens of a registration or login; raises UnsentWork for another's file.

        Whoever signs in first owns what was written before. A second user gets an empty file,
        which is refused as long as the first one's writes have not been sent.
        """
        with self._store.transaction() as connection:
            owner_id = self._store.get("user_id")
            if owner_id not in (None, user_id):
                unsent = "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM rejected LIMIT 1"
                if connection.execute(unsent).fetchone():
                    owner = self._store.get("email")
                    raise UnsentWork(
                        f"This device still holds work of {owner} that is not on the server:"
                        f" sign in as {owner} and sync, or use another file."
                    )
                self._empty()
            self.keep(tokens)
            self._store.set(user_id=user_id, email=email)
            if owner_id is None:
                self._naming.claim(user_id)

    def _empty(self) -> None:
        with self._store.transaction() as connection:
            for table in ("records", "rejected", "day_views"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("DELETE FROM meta WHERE key NOT IN ('device_id', 'clock_offset')")


def tokens_in(response: Response) -> dict[str, str]:
    """The two tokens of an answer; raises Unavailable when it is not one."""
    try:
        answer = document(response.body)
        return {name: str(answer[name]) for name in ("access_token", "refresh_token")}
    except (ValueError, KeyError) as error:
        raise not_understood(response, error) from error
