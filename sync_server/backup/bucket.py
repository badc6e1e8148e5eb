"""Backups in a bucket of a server that speaks S3, as streams in both directions."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from sync_server.backup.errors import BackupError
from sync_server.config.settings import Config

PART_BYTES = 16 * 1024 * 1024
PARTS_OF_A_SIZE = 2_000
"""Number of parts after which parts double: S3 takes 10,000 of them, here one terabyte."""


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object in a bucket; keys and region come from the environment, as AWS's tools do."""

    bucket: str
    key: str
    endpoint_url: str
    timeout_s: float

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @contextmanager
    def written(self) -> Iterator[BinaryIO]:
        """A stream whose bytes become the object when the block ends well, and only then."""
        with self._client() as client:
            named = {"Bucket": self.bucket, "Key": self.key}
            upload = named | {"UploadId": client.create_multipart_upload(**named)["UploadId"]}
            parts = _Parts(client, upload)
            try:
                yield cast(BinaryIO, parts)
                parts.finish()
            except BaseException:
                client.abort_multipart_upload(**upload)
                raise

    @contextmanager
    def read(self) -> Iterator[tuple[io.RawIOBase, int]]:
        """The object's bytes and their number."""
        with self._client() as client:
            answer = client.get_object(Bucket=self.bucket, Key=self.key)
            with answer["Body"] as body:
                yield _Body(body), answer["ContentLength"]

    @contextmanager
    def _client(self) -> Iterator[Any]:
        """A client; what fails with it is a BackupError."""
        try:
            # On demand: the library is an optional extra, and large.
            from botocore.config import Config as Options
            from botocore.exceptions import BotoCoreError, ClientError
            from botocore.session import get_session
        except ImportError:
            raise BackupError(
                "S3 needs a package that is not installed: pip install 'trackforge-sync[s3]'."
            ) from None
        options = Options(
            connect_timeout=self.timeout_s,
            read_timeout=self.timeout_s,
            retries={"mode": "standard", "total_max_attempts": 5},
        )
        try:
            client = get_session().create_client(
                "s3", endpoint_url=self.endpoint_url or None, config=options
            )
            yield client
        except (BotoCoreError, ClientError) as error:
            raise BackupError(f"{self}: {error}.") from error


def s3_object(url: str, config: Config) -> S3Object:
    """The object of s3://bucket/name; raises BackupError when the name is missing."""
    parts = urlsplit(url)
    key = parts.path.lstrip("/")
    if not parts.netloc or not key:
        raise BackupError(f"{url} names no object: write s3://bucket/name.")
    stores = config.stores
    return S3Object(parts.netloc, key, stores.s3_endpoint_url, stores.s3_timeout_s)


class _Parts(io.RawIOBase):
    """Stream that sends what is written to it as the parts of an upload."""

    def __init__(self, client: Any, upload: dict[str, str]) -> None:
        self._client, self._upload = client, upload
        self._waiting = bytearray()
        self._sent: list[dict[str, object]] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:
        """Take all of the content; blocks while a part is sent."""
        self._waiting += content
        while len(self._waiting) >= self._part_bytes:
            self._send(self._part_bytes)
        return len(content)

    def finish(self) -> None:
        """Send the rest and make the object."""
        self._send(len(self._waiting))
        self._client.complete_multipart_upload(
            **self._upload, MultipartUpload={"Parts": self._sent}
        )

    @property
    def _part_bytes(self) -> int:
        return PART_BYTES << (len(self._sent) // PARTS_OF_A_SIZE)

    def _send(self, size: int) -> None:
        number = len(self._sent) + 1
        answer = self._client.upload_part(
            **self._upload, PartNumber=number, Body=bytes(self._waiting[:size])
        )
        self._sent.append({"PartNumber": number, "ETag": answer["ETag"]})
        del self._waiting[:size]


class _Body(io.RawIOBase):
    """Raw stream of an object's body."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        content = self._body.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)
