"""Server calls of a device, sync aside: account, day views, imports, OCR, searches."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from trackforge_client.device import archive, catalogue, day_views, imports, ocr
from trackforge_client.device.backoff import Sleep
from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import ClientError, Retryable, UnsentWork
from trackforge_client.device.json_types import Json
from trackforge_client.device.local_store_api import LocalStore
from trackforge_client.device.records import dump
from trackforge_client.device.session import Session
from trackforge_client.device.tokens import Tokens, tokens_from
from trackforge_client.device.transport import HttpTransport, Response
from trackforge_client.device.wire import document


class RemoteApi(LocalStore):
    """Local store with the server calls that are not sync."""

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
        """Signs in; raises RequestRejected (`invalid_credentials`) or UnsentWork."""
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
        response = await self.session.call("GET", "/auth/sessions")
        try:
            sessions = document(response.body)["sessions"]
        except (ValueError, KeyError) as error:
            raise invalid_response(response, error) from error
        if not isinstance(sessions, list):
            return []
        return [entry for entry in sessions if isinstance(entry, dict)]

    async def revoke_session(self, id: str) -> None:
        """Signs out another device; raises RequestRejected (`not_found`)."""
        await self.session.call("DELETE", f"/auth/sessions/{id}")

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

    async def export(self, path: str | Path) -> int:
        """Number of records; writes everything that the server stores of the account to a file."""
        return await archive.export(self.session, Path(path))

    async def restore(self, path: str | Path) -> Counter[str]:
        """Counts by status; pushes the records of an exported file. Raises InvalidArchive."""
        return await archive.restore(self.session, Path(path))

    async def search_foods(
        self, query: str = "", *, limit: int = 20, barcode: str = ""
    ) -> list[dict[str, Json]]:
        """Search hits of the server, typo-tolerant, own records first; raises RequestRejected.

        `catalogue.search` works offline.
        """
        filters = {"q": query, "barcode": barcode}
        return await self._search("foods", limit, filters)

    async def search_exercises(
        self, query: str = "", *, limit: int = 20, muscle: str = "", equipment: str = "",
        category: str = "",
    ) -> list[dict[str, Json]]:  # fmt: skip
        """Search hits by name, primary muscle, equipment and category, own records first."""
        filters = {"q": query, "muscle": muscle, "equipment": equipment, "category": category}
        return await self._search("exercises", limit, filters)

    async def refresh_catalogue(self) -> int:
        """Number of changed entries; downloads changes of the built-in foods and exercises."""
        return await self.catalogue.refresh(self.session)

    async def ocr_menu(self, image: ocr.Image) -> dict[str, Json]:
        """Draft of a photographed menu: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "menu", image)

    async def ocr_workout(self, image: ocr.Image) -> dict[str, Json]:
        """Draft of a photographed workout sheet: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "workout", image)

    async def start_ocr(self, kind: ocr.Kind, image: ocr.Image) -> dict[str, Json]:
        """OCR job in the background: `{id, state, progress, …}`."""
        return await ocr.start_job(self.session, kind, image)

    async def ocr_job(self, id: str) -> dict[str, Json]:
        """State of a job; its `result` is the draft once `state` is `done`."""
        return await ocr.read_job(self.session, id)

    async def cancel_ocr(self, id: str) -> dict[str, Json]:
        """State of the cancelled job; raises RequestRejected (`job_ended`)."""
        return await ocr.cancel_job(self.session, id)

    async def import_file(
        self, export: imports.Export, format: imports.Format | None = None, *,
        weight_unit: imports.Unit | None = None, dry_run: bool = False,
    ) -> dict[str, Json]:  # fmt: skip
        """Import result; uploads another app's log, then pulls. Idempotent.

        Without `format` the server recognizes the app by the columns.
        The result has counts of created records (with `dry_run`: that would be created), matched
        exercise names and unreadable lines. Raises RequestRejected for an unreadable file.
        """
        result = await imports.upload(self.session, export, format, weight_unit, dry_run)
        if not dry_run:
            # The import is stored on the server: after a failure here the next pull gets it.
            with contextlib.suppress(Retryable):
                await self._server_changed()
        return result

    def day_view(self, date: str) -> dict[str, Json] | None:
        """Last received view of the day, None if there is none."""
        return day_views.stored_view(self._store, date)

    async def fetch_day_views(self, start: str, end: str) -> list[dict[str, Json]]:
        """Views of these days, both ends included, fetched from the server and stored."""
        return await day_views.fetch(self.session, self._store, start, end)

    async def _server_changed(self) -> None:
        """Hook after the server changed records of this user."""

    async def _search(
        self, kind: catalogue.Kind, limit: int, filters: Mapping[str, str]
    ) -> list[dict[str, Json]]:
        parameters = {name: text for name, text in filters.items() if text}
        return await catalogue.search_online(
            self.session, kind, {**parameters, "limit": str(limit)}
        )

    async def _enter(self, path: str, email: str, password: str) -> None:
        body: dict[str, Json] = {"email": email, "password": password}
        if self.name:
            body["device_name"] = self.name
        sent_us = self._clock.now()
        response = await self.session.public_call("POST", path, body)
        self._clock.correct_by_date(response.headers.get("date"), sent_us)
        try:
            self.session.sign_in(response, email)
        except UnsentWork:
            await self._leave(response)
            raise

    async def _leave(self, response: Response) -> None:
        """Logs out a session that cannot be stored in this file."""
        tokens = tokens_from(response)
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        body: dict[str, Json] = {"refresh_token": tokens["refresh_token"]}
        with contextlib.suppress(ClientError):
            await self.session.public_call("POST", "/auth/logout", body, headers=headers)
