"""The web app, built from the present sources once a run, and a server that has it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync_server.config.settings import Config
from sync_server.logbook import handlers
from tests.conftest import running
from tests.infrastructure.server import Server
from tools.build_web import WEB, build, install


@pytest.fixture(scope="session")
def web_package() -> Path:
    """The folder of the app with all its locked tools."""
    install(WEB)
    return WEB


@pytest.fixture(scope="session")
def built_app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built app; of several workers one builds it."""
    install(WEB)  # all, as another test needs: two kinds of installations would replace each other
    target = tmp_path_factory.getbasetemp().parent / "logbook"
    build(target)
    return target


@pytest.fixture
async def app_server(
    config: Config, built_app: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Server]:
    """A server with the app under /app."""
    monkeypatch.setattr(handlers, "FILES", built_app)
    async with running(config) as server:
        yield server
