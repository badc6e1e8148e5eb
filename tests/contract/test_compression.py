"""Compressed answers: over 1 KiB, when the client takes them, and never otherwise."""

import gzip
import json

import pytest

from .http_client import Answer, User
from .records import put


def _pull(user: User, accept: str | None) -> Answer:
    headers = {} if accept is None else {"Accept-Encoding": accept}
    return user.request("GET", "/sync/pull", headers=headers)


@pytest.mark.parametrize("accept", ["gzip", "gzip, deflate", "br;q=1.0, gzip;q=0.8, *;q=0.1"])
def test_a_large_answer_is_compressed_with_gzip(user: User, accept: str) -> None:
    user.applied(*(put("foods") for _ in range(20)))
    answer = _pull(user, accept)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["Vary"].lower()
    assert len(json.loads(gzip.decompress(answer.body))["changes"]) == 20


def test_a_large_answer_is_compressed_with_zstd(user: User) -> None:
    zstd = pytest.importorskip("backports.zstd")
    user.applied(*(put("foods") for _ in range(20)))
    answer = _pull(user, "gzip, deflate, br, zstd")
    assert answer.headers["Content-Encoding"] == "zstd"
    assert len(json.loads(zstd.decompress(answer.body))["changes"]) == 20


@pytest.mark.parametrize("accept", [None, "identity", "br", "gzip;q=0", "zstd;q=0, gzip;q=0.0"])
def test_a_client_that_takes_no_compression_gets_none(user: User, accept: str | None) -> None:
    user.applied(*(put("foods") for _ in range(20)))
    answer = _pull(user, accept)
    assert "Content-Encoding" not in answer.headers
    assert len(answer.ok()["changes"]) == 20


def test_a_small_answer_is_not_compressed(user: User) -> None:
    answer = _pull(user, "gzip, zstd")
    assert "Content-Encoding" not in answer.headers
    assert answer.ok()["changes"] == []
