"""Backups: whole, checked before anything is touched, and restorable into any PostgreSQL."""

import io
import os
import tarfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from botocore.session import get_session
from redis import Redis

from sync_server.backup import daily
from sync_server.backup.bucket import s3_object
from sync_server.backup.create import backup_file, backup_object, create_backup
from sync_server.backup.encryption import new_key
from sync_server.backup.epoch import begin_epochs
from sync_server.backup.errors import BackupError
from sync_server.backup.restore import check_backup, restore_database, verify_backup
from sync_server.config.settings import Config
from sync_server.restoration import restore_into
from sync_server.store.files.disk import DiskStore
from sync_server.store.roles import as_role
from tests.api.conftest import registered
from tests.conftest import running
from tests.infrastructure.shared_servers import create_database, drop_database, with_database
from tests.ocr.bucket import s3_server
from tests.support.client import Client

FILE = "0f" * 16
UPLOAD = """
INSERT INTO ocr_jobs (user_id, id, kind, provider, digest, state, waited_for, file, bytes, width,
                      height, created_at, expires_at)
VALUES ($1, gen_random_uuid(), 'menu', 'mock', '\\x00', 'done', false, $2, 12, 1, 1,
        now(), now() + interval '1 day')
"""


ABSENT_DATABASE = "postgresql://nobody@127.0.0.1:1/none"


async def make(config: Config, path: Path, recipient: str = "") -> Path:
    """A backup of the settings' stores."""
    with backup_file(path, recipient) as output:
        await create_backup(config, output)
    return path


@pytest.fixture
async def ann(untouched: Config) -> Client:
    """A user with a food and an image, on a database of the test's own."""
    async with running(untouched) as server:
        ann = await registered(server)
        await ann.create("foods", name="Rye")
    await DiskStore(untouched.stores.data_dir / "uploads").put(FILE, b"a photograph")
    connection = await asyncpg.connect(untouched.stores.owner_url)
    await connection.execute(UPLOAD, ann.user_id, FILE)
    await connection.close()
    return ann


@pytest.fixture
async def empty(config: Config, tmp_path: Path) -> AsyncIterator[Config]:
    """Settings of an empty database and an empty data directory."""
    name = f"tf_restored_{os.urandom(4).hex()}"
    await create_database(config.stores.owner_url, name)
    url = with_database(config.stores.owner_url, name)
    yield config.changed(
        database_url=as_role(url), migration_database_url=url, data_dir=tmp_path / "other"
    )
    await drop_database(config.stores.owner_url, name)


async def test_a_backup_is_restored_with_uploads_and_keys_under_new_epochs(
    ann: Client, untouched: Config, empty: Config, tmp_path: Path
) -> None:
    path = await make(untouched, tmp_path / "one.backup")
    assert path.stat().st_mode & 0o777 == 0o600
    with Redis.from_url(empty.stores.redis_url) as cache:
        cache.set("an answer to a lost push", "200")
        done = await restore_into(empty, path, None, lambda *_: None)
        assert cache.dbsize() == 0
    assert (done.users, done.uploads) == (1, 1)
    assert await DiskStore(empty.stores.data_dir / "uploads").get(FILE) == b"a photograph"
    assert (empty.stores.data_dir / "restored_secret_keys").read_text().startswith("test:")
    cursor = await _cursor(ann, untouched)
    async with running(empty) as server:
        ann.base_url = server.base_url
        assert [change["data"]["name"] for change in await ann.pull()] == ["Rye"]
        expired = await ann.send("GET", f"/sync/pull?cursor={cursor}")
        assert (expired.status, expired.json["reason"]) == (410, "restored")
        await ann.create("foods", name="Oats")


async def _cursor(ann: Client, config: Config) -> str:
    async with running(config) as server:
        ann.base_url = server.base_url
        return await ann.cursor()


@pytest.mark.usefixtures("ann")
async def test_verification_restores_and_counts(untouched: Config, tmp_path: Path) -> None:
    recipient, identity = new_key()
    key_file = tmp_path / "key"
    key_file.write_text(identity)
    path = await make(untouched, tmp_path / "one.backup", recipient)
    assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
    manifest, uploads = await verify_backup(path, key_file)
    assert (manifest.tables["users"].rows, manifest.tables["records"].rows, uploads) == (1, 1, 1)
    with pytest.raises(BackupError, match="is encrypted"):
        check_backup(path, None)
    key_file.write_text(new_key()[1])
    with pytest.raises(BackupError, match="cannot be decrypted"):
        check_backup(path, key_file)


@pytest.fixture
def bucket(untouched: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Config]:
    """Settings with an S3 server, which takes no part below 5 MiB but the last, as Amazon's."""
    with s3_server() as running:
        yield running.settings(untouched, monkeypatch)


@pytest.mark.usefixtures("ann")
async def test_a_bucket_takes_a_backup_in_parts_and_gives_it_back(
    bucket: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sync_server.backup.bucket.PART_BYTES", 5 * 1024 * 1024)
    config = bucket.changed(uploads_url="")
    photograph = os.urandom(12 * 1024 * 1024)
    await DiskStore(config.stores.data_dir / "uploads").put(FILE, photograph)
    recipient, identity = new_key()
    key_file = tmp_path / "key"
    key_file.write_text(identity)
    place = s3_object("s3://uploads/nightly/one.backup", config)
    with backup_object(place, recipient) as output:
        await create_backup(config, output)
    manifest, uploads = await verify_backup(place, key_file)
    assert (manifest.tables["users"].rows, uploads) == (1, 1)
    with place.read() as (source, size):
        assert size > len(photograph)
        assert (source.read(21) or b"") == b"age-encryption.org/v1"


@pytest.mark.usefixtures("ann")
async def test_a_backup_that_fails_leaves_nothing_in_the_bucket(bucket: Config) -> None:
    place = s3_object("s3://uploads/one.backup", bucket)
    with pytest.raises(BackupError, match="be reached"), backup_object(place, "") as output:
        await create_backup(bucket.changed(migration_database_url=ABSENT_DATABASE), output)
    # Parts of an upload that nobody ends would be paid for without being seen.
    s3 = get_session().create_client("s3", endpoint_url=bucket.stores.s3_endpoint_url)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="uploads")
    with pytest.raises(BackupError, match="s3://uploads/one"):
        check_backup(place, None)
    absent = s3_object("s3://there-is-none/one.backup", bucket)
    with pytest.raises(BackupError, match="there-is-none"), backup_object(absent, ""):
        pass
    with pytest.raises(BackupError, match="names no object"):
        s3_object("s3://uploads", bucket)


def _rewritten(path: Path, name: str, content: bytes | None) -> Path:
    """A copy of a backup with another content of one member, or without it."""
    copy = path.with_suffix(".copy")
    with tarfile.open(path) as source, tarfile.open(copy, "w") as target:
        for member in source:
            file = source.extractfile(member)
            assert file is not None
            data = file.read()
            if member.name == name:
                if content is None:
                    continue
                data, member.size = content, len(content)
            target.addfile(member, io.BytesIO(data))
    return copy


@pytest.mark.usefixtures("ann")
async def test_a_damaged_backup_is_noticed_before_anything_is_touched(
    untouched: Config, empty: Config, tmp_path: Path
) -> None:
    path = await make(untouched, tmp_path / "one.backup")
    whole = path.read_bytes()
    for size in (0, 600, len(whole) // 2):
        cut = tmp_path / "cut"
        cut.write_bytes(whole[:size])
        with pytest.raises(BackupError, match=r"damaged|incomplete"):
            check_backup(cut, None)
    changes = {"manifest.json": None, "checksums.json": None, f"uploads/{FILE}": b"forged"}
    for name, content in changes.items():
        copy = _rewritten(path, name, content)
        with pytest.raises(BackupError, match=r"damaged|incomplete"):
            await restore_database(copy, None, empty.stores.owner_url)
        connection = await asyncpg.connect(empty.stores.owner_url)
        assert await connection.fetchval("SELECT to_regclass('users') IS NULL")
        await connection.close()


@pytest.mark.usefixtures("ann")
async def test_only_an_empty_database_is_restored_into(untouched: Config, tmp_path: Path) -> None:
    path = await make(untouched, tmp_path / "one.backup")
    with pytest.raises(BackupError, match="not empty"):
        await restore_database(path, None, untouched.stores.owner_url)


@pytest.mark.usefixtures("ann")
async def test_an_owner_who_is_no_superuser_backs_up_and_restores_every_row(
    untouched: Config, empty: Config, tmp_path: Path
) -> None:
    """Row-level security holds for the owner of the tables, too."""
    owner = f"tf_owner_{os.urandom(4).hex()}"
    admin = await asyncpg.connect(empty.stores.owner_url)
    database = await admin.fetchval("SELECT current_database()")
    await admin.execute(f"CREATE ROLE {owner} LOGIN CREATEROLE")
    await admin.execute(f'ALTER DATABASE "{database}" OWNER TO {owner}')
    await admin.execute(f"GRANT trackforge_app TO {owner}")
    try:
        path = await make(untouched, tmp_path / "one.backup")
        plain = as_role(empty.stores.owner_url, owner)
        manifest = await restore_database(path, None, plain)
        again = untouched.changed(database_url=plain, migration_database_url=plain)
        second = await make(again, tmp_path / "two.backup")
        assert check_backup(second, None)[0].tables == manifest.tables
        assert manifest.tables["records"].rows == 1
    finally:
        await admin.execute(f'ALTER DATABASE "{database}" OWNER TO CURRENT_USER')
        await admin.execute(f"REASSIGN OWNED BY {owner} TO CURRENT_USER")
        await admin.execute(f"DROP OWNED BY {owner}")
        await admin.execute(f"DROP ROLE {owner}")
        await admin.close()


async def test_a_backup_that_fails_leaves_no_file(config: Config, tmp_path: Path) -> None:
    missing = config.changed(migration_database_url="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(BackupError, match="cannot be reached"):
        await make(missing, tmp_path / "one.backup")
    assert list(tmp_path.iterdir()) == []


async def test_daily_backups_keep_the_newest(untouched: Config, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 9):
        (folder / daily.file_name(datetime(2026, 1, day, tzinfo=UTC))).touch()
    await daily.back_up(untouched.changed(backup_keep=7), folder)
    *old, newest = daily.backups(folder)
    assert len(old) == 6
    assert old[0].name == "trackforge-20260103T000000Z.backup"
    assert check_backup(newest, None)[0].tables["users"].rows == 0


async def test_new_epochs_for_one_user_leave_the_others(untouched: Config) -> None:
    async with running(untouched) as server:
        ann, bob = await registered(server), await registered(server)
        cursors = [await ann.cursor(), await bob.cursor()]
        assert await begin_epochs(untouched, [ann.email]) == 1
        answers = [
            await client.send("GET", f"/sync/pull?cursor={cursor}")
            for client, cursor in zip((ann, bob), cursors, strict=True)
        ]
        assert [answer.status for answer in answers] == [410, 200]
        assert await begin_epochs(untouched) == 2
