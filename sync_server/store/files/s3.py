"""Files in a bucket of a server that speaks S3."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from sync_server.config.settings import Config
from sync_server.store.files.interface import FileStoreUnavailable, NoSuchFile

ABSENT = ("NoSuchKey", "404")


class S3Store:
    """A bucket, and a prefix of all names in it."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    async def put(self, name: str, content: bytes) -> None:
        """Keep a file."""
        await self._call("put_object", name, Body=content)

    async def get(self, name: str) -> bytes:
        """The file's content."""
        answer = await self._call("get_object", name)
        try:
            async with answer["Body"] as body:
                content: bytes = await body.read()
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise FileStoreUnavailable(repr(error)) from error
        return content

    async def delete(self, name: str) -> None:
        """Forget a file."""
        await self._call("delete_object", name)

    async def _call(self, method: str, name: str, **more: object) -> Any:
        try:
            return await getattr(self._client, method)(
                Bucket=self._bucket, Key=self._prefix + name, **more
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ABSENT:
                raise NoSuchFile(name) from None
            raise FileStoreUnavailable(repr(error)) from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise FileStoreUnavailable(repr(error)) from error


@asynccontextmanager
async def open_bucket(config: Config) -> AsyncIterator[S3Store]:
    """The bucket of UPLOADS_URL; keys and region come from the environment, as AWS's tools do."""
    url = urlsplit(config.stores.uploads_url)
    prefix = url.path.strip("/")
    settings = AioConfig(
        connect_timeout=config.stores.s3_timeout_s,
        read_timeout=config.stores.s3_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    async with get_session().create_client(
        "s3", endpoint_url=config.stores.s3_endpoint_url or None, config=settings
    ) as client:
        yield S3Store(client, url.netloc, f"{prefix}/" if prefix else "")
