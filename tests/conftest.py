"""The fixtures that every test may use: settings, a running server, the database behind it."""

import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

from sync_server.catalogue.load import load_catalogue
from sync_server.config.settings import Config
from sync_server.store.postgres import Pool, create_pool
from sync_server.store.roles import as_role
from tests.infrastructure import one_server
from tests.infrastructure import shared_servers as pair
from tests.infrastructure.server import Server
from tests.sharding.recorder import Recorder

# pytest rewrites the asserts of 170 modules: without stored bytecode in every worker of every run.
# Processes that tests start would compile their modules at each start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Files with tests of ten seconds and more.
LONG = frozenset(
    {
        "test_add_a_collection", "test_api_pages", "test_app", "test_backup_guide", "test_browser",
        "test_fuzz", "test_kill", "test_operator", "test_package", "test_replay",
        "test_rolling_upgrade", "test_schemathesis", "test_supervision", "test_torture",
        "test_worker", "test_workers",
    }
)  # fmt: skip

# Two busy cores are no reason to fail: what a property says has no deadline.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Name the run once; xdist's workers inherit the name."""
    if not hasattr(config, "workerinput"):
        os.environ[pair.RUN] = tempfile.mkdtemp(prefix="tf-tests-")
        os.environ["TEST_CONTROLLER"] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the pair, when a test had asked for it."""
    if not hasattr(config, "workerinput") and pair.RUN in os.environ:
        pair.end(Path(os.environ[pair.RUN]))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with long tests first: at the end, one would run while other workers are idle."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without garbage collection, which then skips what the collection has made.

    A full pass over the modules and the 7,000 tests takes 0.4 s, and tests caused hundreds.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def routed_statements() -> Iterator[None]:
    """Check, at the end, that a sharded database could route what the servers have sent."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        recorder.attach(patch)
        yield
    if recorder.texts:
        from tests.sharding.verdict import verdict

        if rejected := verdict(recorder.texts):
            pytest.fail(rejected, pytrace=False)


@dataclass(frozen=True, slots=True)
class Stores:
    """The database, as its owner, and the cache of one worker."""

    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def stores(worker_id: str) -> Iterator[Stores]:
    """This worker's own database, cloned from the migrated template, and its own cache."""
    shared = pair.shared_pair(Path(os.environ[pair.RUN]))
    name = f"{shared.template}_{worker_id}"
    asyncio.run(pair.create_database(shared.database_url, name, shared.template))
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 0
    redis_url = pair.with_number(shared.redis_url, number)
    with Redis.from_url(redis_url) as client:
        client.flushdb()
    yield Stores(pair.with_database(shared.database_url, name), redis_url)
    asyncio.run(pair.drop_database(shared.database_url, name))


@pytest.fixture
def redis_url(stores: Stores) -> str:
    """URL of this worker's cache."""
    return stores.redis_url


@pytest.fixture
def config(stores: Stores, tmp_path: Path) -> Config:
    """Settings for this worker's stores, with a fresh secret, cheap hashes and no real reader."""
    return settings_for(stores, tmp_path)


def settings_for(stores: Stores, place: Path) -> Config:
    """The settings of the fixture `config`, with their files in a directory."""
    return Config().changed(
        database_url=as_role(stores.database_url),
        migration_database_url=stores.database_url,
        redis_url=stores.redis_url,
        secret_keys={"test": os.urandom(32)},
        argon2_time_cost=1,
        argon2_memory_kib=64,
        data_dir=place / "data",
        ocr_provider="mock",
    )


@pytest.fixture
async def untouched(config: Config) -> AsyncIterator[Config]:
    """The settings on a migrated database that no other test has written to."""
    async with a_copy(config) as copied:
        yield copied


@asynccontextmanager
async def a_copy(config: Config, template: str = "") -> AsyncIterator[Config]:
    """The settings on a new copy of a database, by default of the migrated template."""
    shared = pair.shared_pair(Path(os.environ[pair.RUN]))
    name = f"{shared.template}_{os.urandom(4).hex()}"
    await pair.create_database(shared.database_url, name, template or shared.template)
    url = pair.with_database(shared.database_url, name)
    yield config.changed(database_url=as_role(url), migration_database_url=url)
    await pair.drop_database(shared.database_url, name)


@pytest.fixture
async def pool(config: Config) -> AsyncIterator[Pool]:
    """The owner's connections to the worker's database: row-level security hides nothing here."""
    opened = await create_pool(config.changed(database_url=config.stores.owner_url))
    yield opened
    await opened.close()


@pytest.fixture
async def catalogue(config: Config) -> None:
    """The built-in foods and exercises; loaded for the first test of a worker that asks."""
    connection = await asyncpg.connect(config.stores.owner_url)
    try:
        await load_catalogue(connection)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def one_server_of_the_worker(
    stores: Stores, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server that files in `one_server.SHARING` share."""
    # Jobs of other tests on this database are theirs.
    config = settings_for(stores, tmp_path_factory.mktemp("shared")).changed(ocr_processes=0)
    with one_server.running_in_thread(config) as started:
        yield started


@pytest.fixture
async def server(request: pytest.FixtureRequest, config: Config) -> AsyncIterator[Server]:
    """A running server with all that it has in production but the command line."""
    if one_server.shares_the_server(request.path):
        yield request.getfixturevalue("one_server_of_the_worker")
        return
    async with running(config) as started:
        yield started


@pytest.fixture
async def untouched_server(untouched: Config) -> AsyncIterator[Server]:
    """The same on a database that no other test has written to."""
    async with running(untouched) as started:
        yield started


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Server]:
    """A server with these settings, for as long as the block runs."""
    from sync_server.app import create_app

    started = Server(create_app(config))
    await started.start_server(auto_decompress=False)
    try:
        yield started
    finally:
        await started.close()
