"""Account of a device: sign-in, sessions, password and address, export."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from trackforge_client.device import archive
from trackforge_client.device.backoff import Sleep
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import ClientError, SecondFactorRequired, UnsentWork
from trackforge_client.device.json_types import Json
from trackforge_client.device.local_store_api import LocalStore
from trackforge_client.device.server_record import dump
from trackforge_client.device.session import Session
from trackforge_client.device.tokens import Tokens, tokens_from
from trackforge_client.device.transport import HttpTransport, Response
from trackforge_client.device.wire import document


class AccountApi(LocalStore):
    """Local store with the server calls of the user's account."""

    def __init__(
        self,
        path: str | Path,
        http: HttpTransport,
        *,
        name: str,
        now_us: Callable[[], int],
        source: random.Random,
        sleep: Sleep,
        schema_version: int,
        validate: bool,
    ) -> None:
        super().__init__(
            path, now_us=now_us, source=source, schema_version=schema_version, validate=validate
        )
        self.name = name
        self.session = Session(
            http,
            Tokens(self._store, self._id_rekeying),
            now_us=self._clock.now,
            source=source,
            sleep=sleep,
        )

    async def register(self, email: str, password: str) -> None:
        """Creates an account and signs in; raises RequestRejected (`email_taken`)."""
        await self._enter("/auth/register", email, password)

    async def login(self, email: str, password: str) -> None:
        """Signs in; raises RequestRejected (`invalid_credentials`) or UnsentWork.

        Raises SecondFactorRequired if the account has a second factor: `login_second` and
        `login_passkey` complete it.
        """
        await self._enter("/auth/login", email, password)

    async def logout(self) -> None:
        """Signs out here, and on the server if it can be reached; unsent writes stay."""
        # Tokens expire by themselves if the server cannot be reached.
        with contextlib.suppress(ClientError):
            await self.session.log_out()
        self.session.sign_out()

    async def refresh(self) -> None:
        """Requests new tokens; every call does so when needed."""
        await self.session.refresh()

    async def sessions(self) -> list[dict[str, Json]]:
        """Sessions of the user, this one included: device name, first and last use."""
        return entries(await self.session.call("GET", "/auth/sessions"), "sessions")

    async def usage(self) -> dict[str, Json]:
        """`{used, quota}` by name: records, bytes, sessions, devices and others."""
        return await self._result("GET", "/users/me/usage")

    async def revoke_session(self, id: str) -> None:
        """Signs out another device; raises RequestRejected (`not_found`)."""
        await self.session.call("DELETE", f"/auth/sessions/{id}")

    async def forgot_password(self, email: str) -> None:
        """Requests a mail with a link for a new password; the same for an unknown address."""
        await self.session.public_call("POST", "/auth/password/forgot", {"email": email})

    async def reset_password(self, token: str, password: str) -> None:
        """Sets a new password with the token of a mail; ends all sessions, this one included.

        Raises RequestRejected (`invalid_link`).
        """
        body: dict[str, Json] = {"token": token, "password": password}
        await self.session.public_call("POST", "/auth/password/reset", body)

    async def request_verification(self) -> None:
        """Requests a mail with a link that verifies the address."""
        await self.session.call("POST", "/auth/email/verification")

    async def verify_email(self, token: str) -> None:
        """Verifies an address with the token of a mail; raises RequestRejected (`invalid_link`)."""
        await self.session.public_call("POST", "/auth/email/verify", {"token": token})

    async def change_password(self, password: str, new_password: str) -> None:
        """Changes the password and signs out other devices; raises RequestRejected."""
        body: dict[str, Json] = {"password": password, "new_password": new_password}
        await self.session.call("PUT", "/users/me/password", dump(body).encode())

    async def change_email(self, password: str, email: str) -> None:
        """Changes the email address and signs out other devices; raises RequestRejected."""
        body: dict[str, Json] = {"password": password, "email": email}
        await self.session.call("PUT", "/users/me/email", dump(body).encode())

    async def delete_account(self, password: str) -> None:
        """Deletes the account permanently; local records stay."""
        await self.session.call("DELETE", "/users/me", dump({"password": password}).encode())
        self.session.clear_deleted_account()

    async def export(self, path: str | Path, password: str | None = None) -> int:
        """Number of records; writes everything that the server stores of the account to a file.

        Without the password, the session must have begun within 15 minutes: RequestRejected.
        """
        return await archive.export(self.session, Path(path), password)

    async def restore(self, path: str | Path) -> Counter[str]:
        """Counts by status; pushes the records of an exported file. Raises InvalidArchive."""
        return await archive.restore(self.session, Path(path))

    async def _result(
        self, method: str, path: str, body: dict[str, Json] | None = None
    ) -> dict[str, Json]:
        """JSON object of the response to a request of the signed-in user."""
        raw = None if body is None else dump(body).encode()
        response = await self.session.call(method, path, raw)
        try:
            return dict(document(response.body))
        except ValueError as error:
            raise invalid_response(response, error) from error

    async def _enter(self, path: str, email: str, password: str) -> None:
        body: dict[str, Json] = {"email": email, "password": password}
        if self.name:
            body["device_name"] = self.name
        if path == "/auth/login" and self.session.refresh_token:
            body["refresh_token"] = self.session.refresh_token
        await self._sign_in(path, body, email)

    async def _sign_in(self, path: str, body: dict[str, Json], email: str) -> None:
        sent_us = self._clock.now()
        try:
            response = await self.session.public_call("POST", path, body)
        except SecondFactorRequired as needed:
            needed.email = email
            raise
        self._clock.correct_by_date(response.headers.get("date"), sent_us)
        try:
            self.session.sign_in(response, email)
        except UnsentWork:
            await self._leave(response)
            raise
        if not email:  # Of a provider's code flow: only the server knows the address.
            with contextlib.suppress(ClientError):
                self._store.set(email=str((await self._result("GET", "/users/me"))["email"]))

    async def _leave(self, response: Response) -> None:
        """Logs out a session that cannot be stored in this file."""
        tokens = tokens_from(response)
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        body: dict[str, Json] = {"refresh_token": tokens["refresh_token"]}
        with contextlib.suppress(ClientError):
            await self.session.public_call("POST", "/auth/logout", body, headers=headers)


def entries(response: Response, member: str) -> list[dict[str, Json]]:
    """Objects of a member of a response that is a list; raises Unavailable for other bodies."""
    try:
        listed = document(response.body)[member]
    except (ValueError, KeyError) as error:
        raise invalid_response(response, error) from error
    return [it for it in listed if isinstance(it, dict)] if isinstance(listed, list) else []
