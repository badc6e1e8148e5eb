"""Stored uploads: the same promises on the local disk and on an S3 server."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sync_server.config.settings import Config
from sync_server.store.files.interface import FileStore, FileStoreUnavailable, NoSuchFile
from sync_server.store.files.registry import open_file_store
from sync_server.store.files.sweep import sweep
from sync_server.store.postgres import Pool
from tests.ocr.bucket import S3Server, s3_server

NAME = "0f8fad5b-d9cb-469f-a165-70867728950e.jpg"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["disk", "s3"])
async def place(
    request: pytest.FixtureRequest, config: Config, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FileStore]:
    if request.param == "s3":
        running: S3Server = request.getfixturevalue("s3")
        config = running.settings(config, monkeypatch)
    async with open_file_store(config) as files:
        yield files


async def test_a_file_is_kept_and_forgotten(place: FileStore) -> None:
    content = os.urandom(300_000)
    await place.put(NAME, content)
    assert await place.get(NAME) == content
    await place.put(NAME, b"another")
    assert await place.get(NAME) == b"another"
    await place.delete(NAME)
    with pytest.raises(NoSuchFile):
        await place.get(NAME)
    await place.delete(NAME)


async def test_many_at_once(place: FileStore) -> None:
    files = {f"{number:036}.png": os.urandom(1000) for number in range(30)}
    await asyncio.gather(*(place.put(*each) for each in files.items()))
    assert await asyncio.gather(*(place.get(name) for name in files)) == list(files.values())


async def test_files_on_the_disk_are_their_owners(config: Config) -> None:
    async with open_file_store(config) as files:
        await files.put(NAME, b"private")
    (found,) = (path for path in (config.stores.data_dir / "uploads").rglob("*") if path.is_file())
    assert found.stat().st_mode & 0o777 == 0o600
    assert found.parent.stat().st_mode & 0o077 == 0


async def test_a_disk_that_refuses_leaves_nothing_half(config: Config, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    async with open_file_store(config) as files:
        with pytest.raises(FileStoreUnavailable):
            await files.put(NAME, b"content")
        with pytest.raises(FileStoreUnavailable):
            await files.get(NAME)


async def test_a_name_cannot_leave_the_folder(config: Config) -> None:
    async with open_file_store(config) as files:
        for name in ("../secret", "/etc/passwd", ".hidden"):
            with pytest.raises(ValueError, match="no name"):
                await files.get(name)


async def test_an_s3_server_that_is_away_is_said_to_be(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = S3Server("http://127.0.0.1:9", "uploads").settings(config, monkeypatch)
    async with open_file_store(away.changed(s3_timeout_s=0.2)) as files:
        with pytest.raises(FileStoreUnavailable):
            await files.put(NAME, b"content")


async def test_a_missing_bucket_is_no_missing_file(
    s3: S3Server, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = s3.settings(config, monkeypatch).changed(uploads_url="s3://there-is-none/x")
    async with open_file_store(wrong) as files:
        with pytest.raises(FileStoreUnavailable):
            await files.get(NAME)


async def test_a_sweep_that_fails_is_done_again(config: Config, pool: Pool) -> None:
    await pool.execute("INSERT INTO files_to_delete (name) VALUES ($1)", NAME)

    blocked = config.changed(data_dir=config.stores.data_dir / "blocked")
    blocked.stores.data_dir.mkdir(parents=True)
    (blocked.stores.data_dir / "uploads").write_text("a file where the folder should be")
    async with open_file_store(blocked) as files:
        with pytest.raises(FileStoreUnavailable):
            await sweep(pool, config, files)
    async with open_file_store(config) as files:
        await files.put(NAME, b"content")
        assert await sweep(pool, config, files) >= 1
        with pytest.raises(NoSuchFile):
            await files.get(NAME)
    assert await pool.fetchval("SELECT count(*) FROM files_to_delete") == 0
