"""A real server on a loopback port, in the test's own loop."""

from aiohttp.test_utils import TestServer


class Server(TestServer):
    """aiohttp's TestServer, which knows its address as text without a slash at the end."""

    __test__ = False

    @property
    def base_url(self) -> str:
        """Such as `http://127.0.0.1:40123`."""
        return str(self.make_url("/")).rstrip("/")
