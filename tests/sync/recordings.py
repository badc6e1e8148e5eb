"""The recordings in the repository, and replays of them as tests need them."""

from collections.abc import Sequence
from pathlib import Path

from trackforge_client import Device
from trackforge_client.device.transport import AiohttpTransport
from trackforge_client.replay.exchange import Exchange, read_recording
from trackforge_client.replay.final_state import FinalState, portable_digest, stored_state
from trackforge_client.replay.replay import ReplayOptions, replay
from trackforge_client.replay.tally import Tally

HOME = Path(__file__).resolve().parents[1] / "recordings"
NAMES = ("lifter-years", "two-devices", "food-year")


def recorded(name: str, limit: int | None = None) -> list[Exchange]:
    """The exchanges of a recording, or its first ones."""
    return list(read_recording(HOME / f"{name}.ndjson.gz"))[:limit]


async def replayed(exchanges: Sequence[Exchange], base_url: str, plan: ReplayOptions) -> Tally:
    """Tally of a replay."""
    http = AiohttpTransport(base_url)
    try:
        return await replay(exchanges, http, plan, lambda: None)
    finally:
        await http.close()


async def digest_of_another_device(user: FinalState, base_url: str, path: Path) -> str:
    """Final state of one more device of the same user after a full pull."""
    async with Device(path, base_url, name="another") as device:
        await device.login(user.email, user.password)
        await device.pull()
        assert (await device.check()).same
    return portable_digest(*stored_state(path))
