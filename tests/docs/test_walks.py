"""The walks of the architecture page are those of real requests."""

import re
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from schema import SCHEMA_VERSION
from tests.infrastructure.server import Server
from tests.ocr.images import png
from tests.ocr.servers import person
from tests.support.client import Client
from tests.support.documented import openapi_document
from tests.support.walk import SERVER, Step, walking

PAGE = (Path(__file__).parents[2] / "docs/architecture.md").read_text()
# The numbers of a reader of an earlier version.
LIMITS = {"push": 17, "REST patch": 10}
FIGURES = {
    "push": "12 returns for a push", "REST patch": "9 for a patch", "pull": "7 for a pull",
    "OCR job": "12 for an OCR job",
}  # fmt: skip
# What other steps use: declarations of data, threads, facts about devices.
HELPERS = (
    "sync/devices/", "sync/push/batch_thread", "sync/push/offers", "sync/push/sent_at",
    "sync/engine/changes", "sync/engine/field_clocks", "sync/engine/natural_keys",
    "sync/engine/records", "sync/engine/working_set", "sync/notify/subscriptions",
    "ocr/engines/", "ocr/parsing/",
    "ocr/pictures", "ocr/recoding", "ocr/worker_metrics",
)  # fmt: skip


class Reference(NamedTuple):
    """A function on the page; `acts`: it calls the next one."""

    module: str
    function: str
    returned: bool
    acts: bool


def references(walk: str) -> list[Reference]:
    """The functions of a walk in the order of the page."""
    _, rest = re.split(rf"## The life of an? {walk}\n", PAGE)
    rows = rest.partition("\n## ")[0].splitlines()
    cells = [line.split("|")[2] for line in rows if re.match(r"\| \d", line)]
    return [it for cell in cells for it in _of_cell(cell)]


def _of_cell(cell: str) -> Iterator[Reference]:
    for match in re.finditer(r"(↩ )?`([\w/]+)\.([\w.]+)`( →)?", cell):
        module = match[2]
        if not (SERVER / f"{module}.py").exists():
            module = f"sync/{module}"
        yield Reference(module, match[3], bool(match[1]), bool(match[4]))


def follow(walk: list[Reference], steps: list[Step]) -> int:
    """Check that the steps of a request are those of a walk; the number of its returns."""
    left: set[str] = set()
    position, before = 0, ""
    for number, reference in enumerate(walk):
        module = reference.module
        if reference.acts and module != before:
            assert reference.returned == (module in left), f"{reference} is (not) a return"
        if reference.returned and reference.acts:
            following = walk[number + 1]
            assert any(
                it.module == following.module and it.caller in (module, "sync/push/batch_thread")
                for it in steps[position:]
            ), f"{reference} does not call {following}"
        else:
            names = [(it.module, it.function) for it in steps[position:]]
            found = next(
                (i for i, (name, function) in enumerate(names)
                 if name == module and function.startswith(reference.function)), None
            )  # fmt: skip
            assert found is not None, f"{reference} is not reached after step {position}"
            position += found
        left.add(module)
        before = module
    return sum(reference.returned for reference in walk)


async def requests(user: Client) -> dict[str, list[Step]]:
    """The steps of one request of each kind, on a record of two writers."""
    id, phone, tablet = str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4())
    food = {"date": "2026-05-05", "name": "Soup", "energy_kcal": 100}
    steps: dict[str, list[Step]] = {}

    async def push(device: str, op: str, data: dict[str, Any]) -> None:
        change: dict[str, Any] = {"collection": "food_logs", "id": id, "op": op, "data": data}
        change |= {"clock": time.time_ns() // 1000}
        body = {"device_id": device, "schema_version": SCHEMA_VERSION, "changes": [change]}
        key = {"Idempotency_Key": str(uuid.uuid4())}
        response = await user.send("POST", "/sync/push", body, **key)
        assert response.json["results"][0]["status"] == "applied", response

    await push(phone, "put", food)
    with walking("observe") as steps["push"]:
        await push(tablet, "patch", {"notes": "hot"})
    with walking("observe") as steps["REST patch"]:
        key = {"Idempotency_Key": str(uuid.uuid4())}
        response = await user.send("PATCH", f"/food-logs/{id}", {"slot": "lunch"}, **key)
    assert response.status == 200, response
    pulled = await user.send("GET", "/sync/pull?limit=1&collections=food_logs")
    cursor = pulled.json["cursor"]
    await push(phone, "patch", {"notes": "cold"})
    with walking("observe") as steps["pull"]:
        page = f"/sync/pull?cursor={cursor}&collections=food_logs&device_id={phone}"
        response = await user.send("GET", page)
    assert response.status == 200, response
    return steps


def check(walk: str, steps: list[Step]) -> None:
    """Check that the page has the walk of a request, with its figure, and every module in it."""
    on_page = references(walk)
    returns = follow(on_page, steps)
    assert returns < LIMITS.get(walk, returns + 1)
    assert FIGURES[walk].startswith(f"{returns} ")
    assert FIGURES[walk] in PAGE.replace("\n", " ")
    named = {it.module for it in on_page}
    entered = {it.module for it in steps if it.module.startswith(("sync/", "rest/", "ocr/"))}
    assert not {it for it in entered - named if not it.startswith(HELPERS)}


async def test_the_walks_are_those_of_the_page(server: Server) -> None:
    user = Client(server.base_url)
    await user.register()
    for walk, steps in (await requests(user)).items():
        check(walk, steps)


class InlinePool:
    """Process pool that runs its tasks at once, in the caller's process."""

    active = True

    def __init__(self, **_settings: object) -> None:
        pass

    def schedule(
        self, act: Callable[..., object], args: tuple[object, ...] = (), **_limits: object
    ) -> Future[object]:
        """The result of a call."""
        future: Future[object] = Future()
        future.set_result(act(*args))
        return future

    def stop(self) -> None:
        """There is nothing to stop."""

    def join(self) -> None:
        """There is nothing to wait for."""


async def run_inline(act: Callable[..., object], _limit_s: float, *args: object) -> object:
    """Result of a function in this process, which its processor time does not end."""
    try:
        return act(*args)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are read in the test's process, where a walk sees it; the parsers are imported."""
    import_module("sync_server.ocr.parsing.menu.page")
    monkeypatch.setattr("sync_server.ocr.engine_pool.ProcessPool", InlinePool)
    monkeypatch.setattr("sync_server.ocr.submit.run_in_child", run_inline)


@pytest.mark.usefixtures("one_process")
async def test_the_walk_of_an_image_is_that_of_the_page(server: Server) -> None:
    ann = await person(server)
    openapi_document()
    with walking("observe", "OcrWorker._next", "OcrWorker._read") as steps:
        response = await ann.send_image("menu", png())
    assert response.status == 200, response
    request = [it for it in steps if it.begin == "observe"]
    # The worker may look into the queue before it is woken up.
    queued = [it.function for it in request].index("OcrWorker.notify") + 1
    worker = [it for it in steps if it.begin != "observe"]
    check("OCR job", [*request[:queued], *worker, *request[queued:]])


@pytest.mark.parametrize("walk", ["push", "REST patch", "pull", "OCR job"])
def test_a_walk_that_leaves_out_a_return_is_reported(walk: str) -> None:
    on_page = references(walk)
    silent = [it._replace(returned=False) for it in on_page]
    steps = [
        Step(it.module, it.function, on_page[max(i - 1, 0)].module) for i, it in enumerate(on_page)
    ]
    with pytest.raises(AssertionError):
        follow(silent, steps)
