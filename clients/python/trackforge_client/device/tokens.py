"""Tokens and owner of a device's file."""

from collections.abc import Mapping

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import AccountDeleted, SignedOut, UnsentWork
from trackforge_client.device.id_rekeying import IdRekeying
from trackforge_client.device.store import Store
from trackforge_client.device.transport import Response
from trackforge_client.device.wire import document


class Tokens:
    """Stored tokens, and the user they belong to."""

    def __init__(self, store: Store, naming: IdRekeying) -> None:
        self._store = store
        self._id_rekeying = naming

    @property
    def access(self) -> str | None:
        """Access token, None when signed out."""
        return self._store.get("access_token")

    @property
    def refresh(self) -> str | None:
        """Refresh token, None when signed out."""
        return self._store.get("refresh_token")

    @property
    def refresh_key(self) -> str | None:
        """Idempotency-Key of a refresh without a response."""
        return self._store.get("refresh_key")

    @refresh_key.setter
    def refresh_key(self, key: str) -> None:
        self._store.set(refresh_key=key)

    def missing_error(self) -> SignedOut:
        """Error for a request without a token."""
        if self._store.get("signed_out_by") == "account_deleted":
            return AccountDeleted("The account was deleted.")
        return SignedOut("No user is signed in on this device.")

    def store(self, tokens: Mapping[str, str]) -> None:
        """Replaces the tokens and ends an open refresh."""
        self._store.set(**tokens, refresh_key=None, signed_out_by=None)

    def clear(self, reason: str) -> None:
        """Deletes the tokens only; `reason` is for the status."""
        self._store.set(
            access_token=None, refresh_token=None, refresh_key=None, signed_out_by=reason
        )

    def sign_in(self, tokens: Mapping[str, str], user_id: str, email: str) -> None:
        """Stores the tokens of a registration or login; raises UnsentWork in another user's file.

        The first user owns all earlier writes. A second user gets an emptied file, once all
        writes of the first user are sent.
        """
        with self._store.transaction() as connection:
            owner_id = self._store.get("user_id")
            if owner_id not in (None, user_id):
                unsent = (
                    "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM rejected"
                    " UNION ALL SELECT 1 FROM offers WHERE answered = 0 LIMIT 1"
                )
                if connection.execute(unsent).fetchone():
                    owner = self._store.get("email")
                    raise UnsentWork(
                        f"This device still holds work of {owner} that is not on the server:"
                        f" sign in as {owner} and sync, or use another file."
                    )
                self._empty()
            self.store(tokens)
            self._store.set(user_id=user_id, email=email)
            if owner_id is None:
                self._id_rekeying.assign_natural_ids(user_id)

    def _empty(self) -> None:
        with self._store.transaction() as connection:
            for table in ("records", "rejected", "day_views", "aliases", "offers", "superseded"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("DELETE FROM meta WHERE key NOT IN ('device_id', 'clock_offset')")


def tokens_from(response: Response) -> dict[str, str]:
    """Access and refresh token of a response; raises Unavailable if it has none."""
    try:
        body = document(response.body)
        return {name: str(body[name]) for name in ("access_token", "refresh_token")}
    except (ValueError, KeyError) as error:
        raise invalid_response(response, error) from error
