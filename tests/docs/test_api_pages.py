"""Swagger UI and ReDoc in a real Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync_server.app import create_app
from sync_server.config.settings import Config
from sync_server.openapi.handlers import DESCRIBED
from tests.infrastructure.server import Server
from tests.support.browser import CHROMIUM, browser_page
from tests.support.client import Client

LOG_IN = """
fetch("auth/login", {method: "POST", body: JSON.stringify({email: "%s", password: "%s"})})
  .then(async (it) => ({ok: it.ok, url: it.url, text: await it.text()}))
  .then(ui.getConfigs().responseInterceptor)
"""
TOKEN = 'ui.getState().getIn(["auth", "authorized", "bearer", "value"]) || ""'


@pytest.fixture
async def short_server(config: Config) -> AsyncIterator[Server]:
    """A server whose document has one operation of each tag.

    The browser takes half a minute of processor time to show all 200.
    """
    app = create_app(config)
    app[DESCRIBED] = tuple({route.tag: route for route in app[DESCRIBED]}.values())
    started = Server(app)
    await started.start_server(auto_decompress=False)
    yield started
    await started.close()


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
async def test_the_pages_of_the_api_in_a_browser(short_server: Server, tmp_path: Path) -> None:
    server = short_server
    user = Client(server.base_url)
    await user.register()
    async with browser_page(tmp_path / "profile") as page:
        await page.open(f"{server.base_url}/api/v1/docs")
        await page.until("document.querySelectorAll('.opblock-tag').length > 20")
        assert await page.evaluate("document.querySelectorAll('.opblock').length") == 0, "unfolded"
        assert await page.evaluate(TOKEN) == ""
        await page.evaluate(LOG_IN % (user.email, user.password))
        assert str(await page.evaluate(TOKEN)).count(".") == 2
        requests = list(page.requests)
        await page.open(f"{server.base_url}/api/v1/redoc")
        await page.until("document.querySelectorAll('[data-section-id^=tag]').length > 20")
        shown = await page.evaluate("document.body.textContent")
        assert "urn:trackforge:error:" in shown
        assert "http://example.com" not in shown
        requests += page.requests
    assert f"{server.base_url}/api/v1/openapi.json" in requests
    own = (f"{server.base_url}/", f"blob:{server.base_url}/", "data:")
    assert [url for url in requests if not url.startswith(own)] == []
