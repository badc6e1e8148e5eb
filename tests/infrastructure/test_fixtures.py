"""The fixtures themselves: what is untouched is, and what is shared is a worker's own."""

from sync_server.boot import has_no_users
from sync_server.config.settings import Config
from tests.infrastructure.server import Server


async def test_an_untouched_database_is_empty_and_migrated(untouched: Config) -> None:
    assert await has_no_users(untouched)


async def test_both_servers_answer(server: Server, untouched_server: Server) -> None:
    assert server.base_url != untouched_server.base_url
    assert not server.base_url.endswith("/")
