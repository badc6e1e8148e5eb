"""The recordings in the repository, and replays of them as tests need them."""

from collections.abc import Sequence
from pathlib import Path

from trackforge_client import Device
from trackforge_client.device.transport import AiohttpHttp
from trackforge_client.replay.exchange import Exchange, read_recording
from trackforge_client.replay.final_state import FinalState, kept_state, portable_digest
from trackforge_client.replay.replay import Plan, replay
from trackforge_client.replay.tally import Tally

HOME = Path(__file__).resolve().parents[1] / "recordings"
NAMES = ("lifter-years", "two-devices", "food-year")


def recorded(name: str, most: int | None = None) -> list[Exchange]:
    """The exchanges of a recording, or its first ones."""
    return list(read_recording(HOME / f"{name}.ndjson.gz"))[:most]


async def replayed(exchanges: Sequence[Exchange], base_url: str, plan: Plan) -> Tally:
    """What came of a replay."""
    http = AiohttpHttp(base_url)
    try:
        return await replay(exchanges, http, plan, lambda: None)
    finally:
        await http.close()


async def digest_of_another_device(user: FinalState, base_url: str, path: Path) -> str:
    """What one more device of the same user holds when it has pulled everything."""
    async with Device(path, base_url, name="another") as device:
        await device.login(user.email, user.password)
        await device.pull()
        assert (await device.check()).same
    return portable_digest(*kept_state(path))
