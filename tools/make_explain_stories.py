"""Five stories of missing records for docs/how-to/explain.md, with the answers of a real server.

PYTHONPATH=.:clients/python python -m tools.make_explain_stories
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

from bench.stage import SERVE, stage
from trackforge_client import Device, Offline
from trackforge_client.device.json_types import Json
from trackforge_client.device.transport import AiohttpTransport, Request, Response

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "explain.md"
OATS: dict[str, Json] = {"name": "Oats", "energy_kcal": 370, "protein_g": 13, "carbs_g": 59,
                         "fat_g": 7}  # fmt: skip

Story = Callable[[Device, Device], Awaitable[dict[str, Json]]]


class FlightMode(AiohttpTransport):
    """A transport whose pushes do not leave the phone while `on`."""

    on = False

    async def send(self, request: Request) -> Response:
        """The response; raises Offline for a push while there is no network."""
        if self.on and request.method == "POST":
            raise Offline("no network", sent=False)
        return await super().send(request)


async def never_sent(phone: Device, tablet: Device) -> dict[str, Json]:
    """A workout that is still on the phone."""
    FlightMode.on = True
    phone.put("workout_sessions", {"date": "2026-11-23", "name": "Push day"})
    try:
        await phone.push()
    except Offline:
        await phone.pull()
    FlightMode.on = False
    return await tablet.explain(device=phone.id)


async def overwritten(phone: Device, tablet: Device) -> dict[str, Json]:
    """A weight that the tablet changed later."""
    id = phone.put("body_metrics", {"date": "2026-11-23", "weight_kg": 81.4})
    await phone.sync()
    await tablet.sync()
    tablet.update("body_metrics", id, weight_kg=82.0)
    await tablet.sync()
    await phone.sync()
    return await phone.explain(device=phone.id, record=f"body_metrics/{id}")


async def deleted(phone: Device, tablet: Device) -> dict[str, Json]:
    """A food that somebody deleted on the tablet."""
    id = phone.put("foods", OATS)
    await phone.sync()
    await tablet.sync()
    tablet.delete("foods", id)
    await tablet.sync()
    await phone.sync()
    return await phone.explain(record=id)


async def rejected(phone: Device, tablet: Device) -> dict[str, Json]:
    """A food with an impossible value, of an app that does not check."""
    id = phone.put("foods", OATS | {"energy_kcal": -5})
    await phone.sync()
    return await tablet.explain(device=phone.id, record=id)


async def signed_out(phone: Device, tablet: Device) -> dict[str, Json]:
    """A phone whose session was ended on the tablet."""
    await phone.sync()
    sessions = await tablet.sessions()
    (session,) = [it for it in sessions if it["device_name"] == phone.name]
    await tablet.revoke_session(str(session["id"]))
    return await tablet.explain(device=phone.id)


STORIES: tuple[Story, ...] = (never_sent, overwritten, deleted, rejected, signed_out)


async def first_cause(base_url: str, story: Story) -> str:
    """The first cause of the story's explanation, as JSON text."""
    email, password = f"{uuid4()}@example.com", str(uuid4())
    transport = FlightMode(base_url)
    async with (
        Device(":memory:", base_url, name="Ann's phone", app_version="1.4.2", http=transport,
               validate=False) as phone,
        Device(":memory:", base_url, name="Ann's tablet", app_version="1.4.2") as tablet,
    ):  # fmt: skip
        await phone.register(email, password)
        await tablet.login(email, password)
        await tablet.sync()
        explanation = await story(phone, tablet)
    causes = explanation["causes"]
    assert isinstance(causes, list)
    assert isinstance(causes[0], dict)
    assert causes[0]["cause"] == story.__name__, causes
    return json.dumps(causes[0], indent=2, ensure_ascii=False)


def main() -> None:
    """Write the answers between the marks of the page."""
    page = PAGE.read_text()
    with stage(SERVE) as staged:
        for story in STORIES:
            answer = asyncio.run(first_cause(staged.base_url, story))
            before, mark, after = page.partition(f"<!-- {story.__name__} -->\n```json\n")
            page = before + mark + answer + after[after.index("\n```") :]
    PAGE.write_text(page)
    print(f"written: {PAGE.name}")


if __name__ == "__main__":
    main()
