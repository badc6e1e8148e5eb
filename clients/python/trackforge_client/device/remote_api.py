"""Server calls of a device, sync and account aside: history, day views, imports, OCR, searches."""

import contextlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import overload
from urllib.parse import urlencode

from trackforge_client.device import catalogue, day_views, history, imports, ocr, tables
from trackforge_client.device.catalogue_names import Kind
from trackforge_client.device.errors import Retryable
from trackforge_client.device.json_types import Json
from trackforge_client.device.planning_api import PlanningApi
from trackforge_client.device.table import CollectionName


class RemoteApi(PlanningApi):
    """Account of a device with the server calls that are not sync."""

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

    async def devices(self) -> list[dict[str, Json]]:
        """Devices of the user, the last seen first, with what each last reported of itself."""
        listed = (await self._result("GET", "/sync/devices")).get("devices")
        return [it for it in listed if isinstance(it, dict)] if isinstance(listed, list) else []

    async def forget_device(self, device_id: str) -> None:
        """Deletes the facts of a device; raises RequestRejected (`not_found`)."""
        await self.session.call("DELETE", f"/sync/devices/{device_id}")

    async def explain(self, *, device: str = "", record: str = "") -> dict[str, Json]:
        """Causes why something is not there, the most likely first: `{device, record, causes}`.

        `device` is a device's id, `record` an id or `collection/id`; at least one is needed.
        """
        given = {name: it for name, it in (("device", device), ("record", record)) if it}
        return await self._result("GET", f"/sync/explain?{urlencode(given)}")

    async def refresh_catalogue(self) -> int:
        """Number of changed entries; downloads changes of the built-in foods and exercises."""
        return await self.catalogue.refresh(self.session)

    async def ocr_menu(self, image: ocr.Image) -> dict[str, Json]:
        """Draft of a photographed menu: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "menu", image)

    async def ocr_workout(self, image: ocr.Image) -> dict[str, Json]:
        """Draft of a photographed workout sheet: `{id, provider, items, unread}`."""
        return await ocr.read_image(self.session, "workout", image)

    async def ocr_label(self, image: ocr.Image) -> dict[str, Json]:
        """Draft of a photographed nutrition label: `{id, provider, items, barcodes, unread}`."""
        return await ocr.read_image(self.session, "label", image)

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
        mapping: Mapping[str, str | None] | None = None,
    ) -> dict[str, Json]:  # fmt: skip
        """Import result; uploads another app's log, then pulls. Idempotent.

        Without `format` the server recognizes the app by the columns. `mapping` chooses exercises
        for names of the file, None for one of its own; the server remembers it.
        The result has counts of created records (with `dry_run`: that would be created), matched
        exercise names and unreadable lines. Raises RequestRejected for an unreadable file.
        """
        result = await imports.upload(
            self.session, export, format, weight_unit, dry_run, mapping or {}
        )
        await self._imported(dry_run)
        return result

    async def import_health(
        self, app: imports.HealthApp, export: imports.Export, *, dry_run: bool = False
    ) -> dict[str, Json]:
        """Import result of an export of Apple Health or Health Connect, as `import_file`.

        The file is held in memory: send one of gigabytes with a streaming HTTP client instead.
        """
        result = await imports.upload_health(self.session, app, export, dry_run)
        await self._imported(dry_run)
        return result

    async def export_table(
        self, table: str, *, start: str | None = None, end: str | None = None,
        weight_unit: imports.Unit | None = None,
    ) -> bytes:  # fmt: skip
        """Table of an export: `csv/workout_sets`, `json/foods`, `food-days`, `strong`, `hevy`.

        `start` and `end` bound the days. Raises RequestRejected for another name.
        """
        parameters = {"from": start, "to": end, "weight_unit": weight_unit}
        return await tables.download(self.session, table, parameters)

    async def export_fit(self, session_id: str, *, steps: bool = False) -> bytes:
        """FIT file of a workout session: what was done, or its steps for a watch to follow.

        Sync before it: the server writes the file. Raises RequestRejected for an unknown session.
        """
        kind = "workout" if steps else "activity"
        return await tables.download(self.session, f"fit/{session_id}", {"kind": kind})

    async def history(
        self, collection: CollectionName, id: str, *, limit: int = 100
    ) -> list[dict[str, Json]]:
        """Values that changes overwrote, deleted or lost of a record, the newest first.

        Each is `{version, replaced_at, device, why, clock, device_id, data}`; of values that lost
        against a newer write, `data` has only these. Raises RequestRejected for an unknown record.
        """
        return await history.read_history(self.session, str(collection), id, limit)

    @overload
    async def restore(self, path: str | Path) -> Counter[str]: ...

    @overload
    async def restore(self, path: CollectionName, id: str, version: int) -> dict[str, Json]: ...

    async def restore(
        self, path: str | Path | CollectionName, id: str | None = None, version: int | None = None
    ) -> Counter[str] | dict[str, Json]:
        """Restored record of a collection, id and version, or counts of an exported file's records.

        `restore("foods", id, version)` writes an entry of the history or of the trash back, with
        what was deleted together with it, then pulls; raises RequestRejected for a version that is
        not there. `restore("me.ndjson")` pushes the records of a file; raises InvalidArchive.
        """
        if id is None or version is None:
            return await super().restore(Path(str(path)))
        record = await history.restore(self.session, str(path), id, version)
        # The change is stored on the server: after a failure here the next pull gets it.
        with contextlib.suppress(Retryable):
            await self._server_changed()
        return record

    async def trash(
        self, collection: CollectionName | None = None, *, limit: int = 100
    ) -> list[dict[str, Json]]:
        """Deleted records that can be restored, the last deleted first.

        Each is an entry as in `history`, with `collection` and `id`.
        """
        name = None if collection is None else str(collection)
        return await history.read_trash(self.session, name, limit)

    def day_view(self, date: str) -> dict[str, Json] | None:
        """Last received view of the day, None if there is none."""
        return day_views.stored_view(self._store, date)

    async def fetch_day_views(
        self, start: str, end: str, *, nutrients: bool = False
    ) -> list[dict[str, Json]]:
        """Views of these days, both ends included, fetched from the server and stored.

        With `nutrients` they have all nutrients and their targets.
        """
        return await day_views.fetch(self.session, self._store, start, end, nutrients)

    async def _imported(self, dry_run: bool) -> None:
        if not dry_run:
            # The import is stored on the server: after a failure here the next pull gets it.
            with contextlib.suppress(Retryable):
                await self._server_changed()

    async def _search(
        self, kind: Kind, limit: int, filters: Mapping[str, str]
    ) -> list[dict[str, Json]]:
        parameters = {name: text for name, text in filters.items() if text}
        return await catalogue.search_online(
            self.session, kind, {**parameters, "limit": str(limit)}
        )
