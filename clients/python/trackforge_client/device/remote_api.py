"""A notebook with a network: the plain calls, for accounts, days and photographs."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from trackforge_client.device import archive, catalogue, day_views, imports, ocr
from trackforge_client.device.backoff import Sleep
from trackforge_client.device.error_responses import not_understood
from trackforge_client.device.errors import ClientError, Retryable, UnsentWork
from trackforge_client.device.id_rekeying import Naming
from trackforge_client.device.json_types import Json
from trackforge_client.device.local_store_api import Notebook
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.tokens import Tokens, tokens_in
from trackforge_client.device.transport import Http, Response
from trackforge_client.device.wire import document


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

    async def change_password(self, password: str, new_password: str) -> None:
        """Other devices are signed out; raises Refused (`invalid_credentials`, or its rules)."""
        body: dict[str, Json] = {"password": password, "new_password": new_password}
        await self.session.call("PUT", "/users/me/password", dump(body).encode())

    async def change_email(self, password: str, email: str) -> None:
        """Other devices are signed out; raises Refused (`invalid_credentials`, `email_taken`)."""
        body: dict[str, Json] = {"password": password, "email": email}
        await self.session.call("PUT", "/users/me/email", dump(body).encode())

    async def delete_account(self, password: str) -> None:
        """Delete the account with all that is in it, for ever; what this device holds stays."""
        await self.session.call("DELETE", "/users/me", dump({"password": password}).encode())
        self.session.account_is_gone()

    async def export(self, path: str | Path) -> int:
        """Write all that the server keeps of the account to a file; how many records it holds."""
        return await archive.export(self.session, Path(path))

    async def restore(self, path: str | Path) -> Counter[str]:
        """Push the records of an exported file; how many had which status. Raises NoArchive."""
        return await archive.restore(self.session, Path(path))

    async def search_foods(
        self, asked: str = "", *, limit: int = 20, barcode: str = ""
    ) -> list[dict[str, Json]]:
        """The server's hits, one's own first, typos forgiven; raises Refused for a bad barcode.

        Without a network there is `catalogue.search`.
        """
        given = {"q": asked, "barcode": barcode}
        return await self._search("foods", limit, given)

    async def search_exercises(
        self, asked: str = "", *, limit: int = 20, muscle: str = "", equipment: str = "",
        category: str = "",
    ) -> list[dict[str, Json]]:  # fmt: skip
        """The server's hits by name, primary muscle, equipment and category, one's own first."""
        given = {"q": asked, "muscle": muscle, "equipment": equipment, "category": category}
        return await self._search("exercises", limit, given)

    async def refresh_catalogue(self) -> int:
        """Bring the built-in foods and exercises up to date; answers how many entries changed."""
        return await self.catalogue.refresh(self.session)

    async def ocr_menu(self, image: ocr.Image) -> dict[str, Json]:
        """A photographed menu as a draft: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "menu", image)

    async def ocr_workout(self, image: ocr.Image) -> dict[str, Json]:
        """A photographed workout sheet as a draft: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "workout", image)

    async def start_ocr(self, kind: ocr.Kind, image: ocr.Image) -> dict[str, Json]:
        """A job that reads a photograph while nobody waits: `{id, state, progress, …}`."""
        return await ocr.start_job(self.session, kind, image)

    async def ocr_job(self, id: str) -> dict[str, Json]:
        """How far a job is; its `result` is the draft once its `state` is `done`."""
        return await ocr.read_job(self.session, id)

    async def cancel_ocr(self, id: str) -> dict[str, Json]:
        """Cancel a job; raises Refused (`job_ended`) for one that has ended."""
        return await ocr.cancel_job(self.session, id)

    async def import_file(
        self,
        export: imports.Export,
        format: imports.Format,
        *,
        weight_unit: imports.Unit | None = None,
        dry_run: bool = False,
    ) -> dict[str, Json]:
        """Import another app's log, then pull; raises Refused when the file cannot be read.

        Answers what was made, or with `dry_run` what would be, which names of exercises mean
        what, and the lines that were not taken. Repeating it changes nothing.
        """
        answer = await imports.upload(self.session, export, format, weight_unit, dry_run)
        if not dry_run:
            # It is all on the server: should this fail, the next pull brings it.
            with contextlib.suppress(Retryable):
                await self._news()
        return answer

    def day_view(self, date: str) -> dict[str, Json] | None:
        """The day's view as the last pulls told it, None when none did."""
        return day_views.known(self._store, date)

    async def fetch_day_views(self, start: str, end: str) -> list[dict[str, Json]]:
        """The views of these days from the server, both ends included; they are kept."""
        return await day_views.fetch(self.session, self._store, start, end)

    async def _news(self) -> None:
        """There is something new on the server."""

    async def _search(
        self, kind: catalogue.Kind, limit: int, given: Mapping[str, str]
    ) -> list[dict[str, Json]]:
        parameters = {name: text for name, text in given.items() if text}
        return await catalogue.ask(self.session, kind, {**parameters, "limit": str(limit)})

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
