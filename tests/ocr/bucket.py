"""A real S3 server in a process of its own, with one bucket."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from sync_server.config.settings import Config

BUCKET = "uploads"


@dataclass(frozen=True, slots=True)
class S3Server:
    """Address of the server, and its bucket."""

    url: str
    bucket: str

    def settings(self, config: Config, monkeypatch: pytest.MonkeyPatch) -> Config:
        """The settings with uploads in the bucket; the keys stand in the environment."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        return config.changed(uploads_url=f"s3://{self.bucket}/images", s3_endpoint_url=self.url)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """The server, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"AWS_DEFAULT_REGION": "eu-central-1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _make_bucket(url)
        yield S3Server(url, BUCKET)
    finally:
        process.terminate()
        process.wait()


def _make_bucket(url: str) -> None:
    until = time.monotonic() + 30
    # moto asks for no signature.
    configuration = (
        b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint>"
        b"</CreateBucketConfiguration>"
    )
    while True:
        try:
            with urlopen(Request(f"{url}/{BUCKET}", configuration, method="PUT")):
                return
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
