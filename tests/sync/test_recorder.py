"""Recorder: it records requests and responses, without secrets."""

import base64
import gzip
import json
from pathlib import Path

import pytest

from trackforge_client.replay.exchange import Exchange, RecordingError, read_recording
from trackforge_client.replay.recorder import Recorder, redact

USER = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"


def token(user: str = USER) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": user}).encode()).decode().rstrip("=")
    return f"head.{claims}.signature"


def note(
    recorder: Recorder,
    *,
    path: str = "/api/v1/sync/push",
    body: bytes | None = b'{"changes":[]}',
    response: bytes = b'{"version":3}',
    bearer: str | None = None,
    started: float = 5.0,
) -> None:
    recorder.exchange(
        device="phone",
        method="POST",
        path=path,
        headers={
            "Authorization": f"Bearer {token() if bearer is None else bearer}",
            "Idempotency-Key": "key",
            "Content-Type": "application/json",
            "Cookie": "secret",
        },
        body=body,
        status=200,
        response_headers={"ETag": '"e"', "Set-Cookie": "secret"},
        response=response,
        started=started,
    )


@pytest.mark.parametrize("name", ["some.ndjson", "some.ndjson.gz"])
def test_what_was_said_is_read_back(name: str, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / name)
    note(recorder, path="/api/v1/sync/pull?cursor=c&limit=5")
    note(recorder, started=6.25)
    recorder.close()
    first, second = read_recording(tmp_path / name)
    assert first == Exchange(
        device="phone",
        user=USER,
        t=0.0,
        method="POST",
        path="/api/v1/sync/pull",
        query={"cursor": "c", "limit": "5"},
        headers={"content-type": "application/json", "idempotency-key": "key"},
        body={"changes": []},
        status=200,
        response_body={"version": 3},
        response_headers={"etag": '"e"'},
    )
    assert second.t == 1.25


def test_no_secret_is_written(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "some.ndjson")
    body = b'{"email":"secret@example.com","password":"secret","refresh_token":"secret"}'
    answer = json.dumps({"access_token": token(), "refresh_token": "secret"}).encode()
    note(recorder, path="/api/v1/auth/login?token=secret", body=body, response=answer, bearer="")
    recorder.close()
    text = (tmp_path / "some.ndjson").read_text()
    assert "secret" not in text
    assert token() not in text
    assert USER in text


def test_a_missing_secret_stays_missing() -> None:
    assert redact([{"token": None, "data": {"name": "x"}}]) == [
        {"token": None, "data": {"name": "x"}}
    ]


def test_a_body_that_is_not_json_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "some.ndjson")
    note(recorder, body=b"\xff\xd8 an image", response=b"<html>")
    recorder.close()
    (exchange,) = read_recording(tmp_path / "some.ndjson")
    assert (exchange.body, exchange.response_body, exchange.omitted) == (None, None, 11)


def test_a_recording_goes_on_after_a_restart(tmp_path: Path) -> None:
    for started in (100.0, 7.0):
        recorder = Recorder(tmp_path / "some.ndjson.gz")
        note(recorder, started=started)
        note(recorder, started=started + 2)
        recorder.close()
    assert [one.t for one in read_recording(tmp_path / "some.ndjson.gz")] == [0.0, 2.0, 2.0, 4.0]


def test_the_same_exchanges_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.gz", "other.gz"):
        recorder = Recorder(tmp_path / name)
        note(recorder)
        recorder.close()
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "some.ndjson")
    note(recorder)
    recorder.close()
    with (tmp_path / "some.ndjson").open("a") as file:
        file.write('{"device":"ph')
    assert len(list(read_recording(tmp_path / "some.ndjson"))) == 1
    recorder = Recorder(tmp_path / "some.ndjson")
    note(recorder)
    recorder.close()
    assert len(list(read_recording(tmp_path / "some.ndjson"))) == 2


@pytest.mark.parametrize(
    "content", [b"not json\n", b"[]\n", b"{}\n", b'{"device":"d","user":null,"t":"x"}\n']
)
def test_a_file_that_is_no_recording_is_reported_with_its_line(
    content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "some.ndjson"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="line 1"):
        list(read_recording(path))


def test_a_broken_archive_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "some.ndjson.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 1000)[:20])
    with pytest.raises(RecordingError, match="cannot be read"):
        list(read_recording(path))
    with pytest.raises(RecordingError, match="cannot be read"):
        list(read_recording(tmp_path / "nothing.ndjson"))
