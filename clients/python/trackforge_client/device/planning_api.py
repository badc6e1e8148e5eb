"""Planning calls of a device: next workouts, shopping lists, plans from a day on, copied days."""

import contextlib
import uuid
from urllib.parse import urlencode

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.errors import Retryable
from trackforge_client.device.json_types import Json
from trackforge_client.device.push_keys import PushKeyApi
from trackforge_client.device.server_record import dump
from trackforge_client.device.wire import document


class PlanningApi(PushKeyApi):
    """Account of a device with the calls that plan food and training. Sync before them."""

    async def next_workout(self, program_id: str, date: str = "") -> dict[str, Json]:
        """Next workout of a program, or that of a day, with weights by the rules of its exercises.

        `{program_id, name, exercises}`; `name` is None on a day of rest. Raises RequestRejected for
        an unknown program.
        """
        query = f"?{urlencode({'date': date})}" if date else ""
        return await self._result("GET", f"/programs/{program_id}/next{query}")

    async def shopping_list(self, plan_id: str, start: str, end: str) -> dict[str, Json]:
        """Foods that a diet plan needs from `start` to `end`, 31 days at most.

        `{from, to, days, items}`, each item with `food_id`, `food_name`, `brand` and `grams`.
        """
        query = urlencode({"from": start, "to": end})
        return await self._result("GET", f"/diet-plans/{plan_id}/shopping-list?{query}")

    async def revise_plan(self, plan_id: str, starts_on: str) -> str:
        """Id of the plan's copy, which begins on a day; the plan ends before it. Then pulls.

        Earlier days keep what was planned when the copy is changed. Raises RequestRejected unless
        the plan has a day before this one and ends on it or later.
        """
        revised = await self._planned(f"/diet-plans/{plan_id}/revise", {"starts_on": starts_on})
        plans = revised["diet_plans"]
        assert isinstance(plans, list)
        assert isinstance(plans[1], dict)
        return str(plans[1]["id"])

    async def copy_days(
        self, date: str, to: str, days: int = 1, slots: list[str] | None = None
    ) -> int:
        """Number of food logs copied from `date` and the days after it (7 at most) to `to`.

        `slots` limits them. Then pulls. A repeat copies nothing.
        """
        body: dict[str, Json] = {"to": to, "days": days}
        chosen: Json = None if slots is None else [*slots]
        copied = await self._planned(
            f"/days/{date}/copy", body | ({} if chosen is None else {"slots": chosen})
        )
        created = copied["created"]
        return created if isinstance(created, int) else 0

    async def _planned(self, path: str, body: dict[str, Json]) -> dict[str, Json]:
        """Response to a call that writes records, which are pulled then."""
        response = await self.session.call("POST", path, dump(body).encode(), str(uuid.uuid4()))
        try:
            result = dict(document(response.body))
        except ValueError as error:
            raise invalid_response(response, error) from error
        # The records are stored on the server: after a failure here the next pull gets them.
        with contextlib.suppress(Retryable):
            await self._server_changed()
        return result

    async def _server_changed(self) -> None:
        """Hook after the server changed records of this user."""
