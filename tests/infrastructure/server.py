"""A real server on a loopback port, in the test's own loop."""

from typing import Any

from aiohttp.test_utils import TestServer

from sync_server.web.connection_limits import Runner


class Server(TestServer):
    """aiohttp's TestServer, which knows its address as text without a slash at the end."""

    __test__ = False

    @property
    def base_url(self) -> str:
        """Such as `http://127.0.0.1:40123`."""
        return str(self.make_url("/")).rstrip("/")

    async def _make_runner(self, **kwargs: Any) -> Runner:
        # aiohttp's test server cancels the handler of a client that has left; ours does not.
        return Runner(self.app, **kwargs | {"handler_cancellation": False})
