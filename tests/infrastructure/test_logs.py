"""Logs: who was refused, and ids that are hashed where a key is set."""

import asyncio
import gc
import json
import logging
import signal

import pytest
import structlog
from structlog.testing import capture_logs

from sync_server.boot import listen
from sync_server.config.settings import Config
from sync_server.logs import configure_logs, hashed_id
from sync_server.serve import serve
from tests.infrastructure.server import Server
from tests.support.client import Client

USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"


async def test_a_rejected_request_is_in_the_log_with_its_caller(server: Server) -> None:
    person = Client(server.base_url)
    await person.register()
    with capture_logs() as lines:
        assert (await person.send("GET", "/foods?limit=none")).status == 400
        assert (await person.send("GET", "/foods")).status == 200
    rejected, served = [line for line in lines if line["event"] == "request"]
    assert (rejected["log_level"], served["log_level"]) == ("info", "debug")
    assert rejected["user"] == person.user_id
    assert rejected["session"]
    assert "none" not in json.dumps(rejected)


async def test_start_and_stop_are_in_the_log(config: Config) -> None:
    retired: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()

    async def started(_: str) -> None:
        asyncio.get_running_loop().call_soon(retired.set_result, signal.SIGINT)

    chosen = config.changed(port=0)
    try:
        with capture_logs() as lines:
            await serve(chosen, listen(chosen), started, retired=retired)
    finally:
        gc.unfreeze()
    events = [(line["event"], line.get("signal")) for line in lines if "server st" in line["event"]]
    assert events == [("server started", None), ("server stops", "SIGINT")]


@pytest.mark.parametrize(("key", "shown"), [("", USER), ("a key", hashed_id(b"a key", USER))])
def test_ids_are_hashed_with_the_key(
    config: Config, capsys: pytest.CaptureFixture[str], key: str, shown: str
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    former = structlog.get_config()
    try:
        configure_logs(config.changed(log_id_key=key))
        structlog.get_logger("test").info("audit", user=USER, actor=USER)
    finally:
        structlog.configure(**former)
        root.handlers, root.level = handlers, level
    line = json.loads(capsys.readouterr().err)
    assert (line["user"], line["actor"]) == (shown, shown)
