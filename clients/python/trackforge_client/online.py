"""A notebook with a network: the plain calls, for accounts, days and photographs."""

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

from trackforge_client import day_views, ocr
from trackforge_client.backoff import Sleep
from trackforge_client.errors import ClientError, UnsentWork
from trackforge_client.json_types import Json
from trackforge_client.naming import Naming
from trackforge_client.notebook import Notebook
from trackforge_client.problems import not_understood
from trackforge_client.session import Session
from trackforge_client.tokens import Tokens, tokens_in
from trackforge_client.transport import Http, Response
from trackforge_client.wire import document


class Online(Notebook):
    """What a device asks the server for, sync aside."""

    def __init__(
        self,
        path: str | Path,
        http: Http,
        *,
        name: str,
        now_us: Callable[[], int],
        source: random.Random,
        sleep: Sleep,
        schema_version: int,
    ) -> None:
        super().__init__(path, now_us=now_us, source=source, schema_version=schema_version)
        self.name = name
        self._naming = Naming(self._store, self._records, self._outbox)
        self.session = Session(
            http,
            Tokens(self._store, self._naming),
            now_us=self._clock.now,
            source=source,
            sleep=sleep,
        )

    async def register(self, email: str, password: str) -> None:
        """Make an account and sign in; raises Refused (`email_taken`, `invalid_request`)."""
        await self._enter("/auth/register", email, password)

    async def login(self, email: str, password: str) -> None:
        """Sign in; raises Refused (`invalid_credentials`) or UnsentWork."""
        await self._enter("/auth/login", email, password)

    async def logout(self) -> None:
        """Sign out on the server if it can be reached, and here anyway; unsent work stays."""
        # The user wants out, whatever the server says; unreached, the tokens end by themselves.
        with contextlib.suppress(ClientError):
            await self.session.log_out()
        self.session.sign_out()

    async def refresh(self) -> None:
        """New tokens; requests do it by themselves."""
        await self.session.refresh()

    async def sessions(self) -> list[dict[str, Json]]:
        """The user's sessions, this one included: device name, first and last use."""
        response = await self.session.call("GET", "/auth/sessions")
        try:
            sessions = document(response.body)["sessions"]
        except (ValueError, KeyError) as error:
            raise not_understood(response, error) from error
        if not isinstance(sessions, list):
            return []
        return [entry for entry in sessions if isinstance(entry, dict)]

    async def revoke_session(self, id: str) -> None:
        """Sign another device out; raises Refused (`not_found`)."""
        await self.session.call("DELETE", f"/auth/sessions/{id}")

    async def ocr_menu(self, image: ocr.Image) -> dict[str, Json]:
        """A photographed menu as a draft: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "menu", image)

    async def ocr_workout(self, image: ocr.Image) -> dict[str, Json]:
        """A photographed workout sheet as a draft: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "workout", image)

    def day_view(self, date: str) -> dict[str, Json] | None:
        """The day's view as the last pulls told it, None when none did."""
        return day_views.known(self._store, date)

    async def fetch_day_views(self, start: str, end: str) -> list[dict[str, Json]]:
        """The views of these days from the server, both ends included; they are kept."""
        return await day_views.fetch(self.session, self._store, start, end)

    async def _enter(self, path: str, email: str, password: str) -> None:
        body: dict[str, Json] = {"email": email, "password": password}
        if self.name:
            body["device_name"] = self.name
        response = await self.session.open_call("POST", path, body)
        try:
            self.session.sign_in(response, email)
        except UnsentWork:
            await self._leave(response)
            raise

    async def _leave(self, response: Response) -> None:
        """Give back a session that this file cannot take in."""
        tokens = tokens_in(response)
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        body: dict[str, Json] = {"refresh_token": tokens["refresh_token"]}
        with contextlib.suppress(ClientError):
            await self.session.open_call("POST", "/auth/logout", body, headers=headers)
