"""OCR routes, over HTTP on the real database."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync_server.config.rate_limits import Limit
from sync_server.config.settings import Config
from sync_server.maintenance.retention import cleanup
from sync_server.ocr import submit
from sync_server.store.postgres import Pool
from sync_server.web.uploads import delete_pending_files
from tests.conftest import running
from tests.infrastructure.server import Server
from tests.ocr.images import (
    JPEG_HEAD,
    JPEG_SCAN,
    JPEG_SIZE,
    SVG,
    claimed_png,
    drawn,
    encoded,
    jpeg,
    many_scans,
    photograph,
    png,
)
from tests.ocr.ocr_client import OcrClient
from tests.ocr.servers import person


def stored_files(config: Config) -> list[Path]:
    """The files of uploads."""
    return [path for path in (config.stores.data_dir / "uploads").rglob("*") if path.is_file()]


pytestmark = pytest.mark.usefixtures("catalogue", "read_here")


async def test_a_menu_becomes_dishes(ann: OcrClient) -> None:
    answer = await ann.send_image("menu", png())
    assert answer.status == 200
    assert answer.json["provider"] == "mock"
    assert answer.json["image"] == {"width": 320, "height": 80}
    dishes = answer.json["items"]
    assert len(dishes) == 6
    for dish in dishes:
        assert dish["section"] in ("STARTERS", "MAINS", "DESSERTS")
        assert dish["price"] > 0
        assert dish["currency"] == "EUR"
        assert dish["energy_kcal"] is None
        assert 0.9 <= dish["confidence"] <= 1
        left, top, right, bottom = dish["box"]
        assert left < right
        assert top < bottom
        assert set(dish["fields"]) == {"section", "name", "price"}
    assert any(dish["matches"] for dish in dishes)


async def test_a_sheet_becomes_exercises(ann: OcrClient) -> None:
    answer = await ann.send_image("workout", png())
    assert answer.status == 200
    for item in answer.json["items"]:
        assert item["exercise"] == item["matches"][0]["name"]
        assert item["matches"][0]["source"] == "free-exercise-db"
        assert all(one["reps"] and one["weight_kg"] for one in item["sets"])
    assert len(answer.json["items"]) == 3


async def test_a_dish_stands_where_it_is_printed_not_where_its_heading_is(
    ann: OcrClient,
) -> None:
    answer = await ann.send_image("menu", png())
    for dish in answer.json["items"]:
        assert dish["box"][1] > dish["fields"]["section"]["box"][1]
        assert dish["box"][1] == dish["fields"]["name"]["box"][1]


async def test_the_same_image_is_read_once(ann: OcrClient, config: Config, pool: Pool) -> None:
    first = await ann.send_image("menu", png())
    again = await ann.send_image("menu", png())
    assert again.json == first.json
    assert len(stored_files(config)) == 1
    other = await ann.send_image("menu", png("another"))
    assert other.json["id"] != first.json["id"]
    assert other.json["items"] != first.json["items"]
    assert await pool.fetchval("SELECT max(attempts) FROM ocr_jobs") == 1


async def test_the_same_image_sent_at_once_is_read_once(ann: OcrClient, config: Config) -> None:
    answers = await asyncio.gather(*(ann.send_image("menu", png("at once")) for _ in range(4)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(stored_files(config)) == 1


async def test_an_image_is_its_owners(ann: OcrClient, bob: OcrClient) -> None:
    mine = await ann.send_image("menu", png())
    theirs = await bob.send_image("menu", png())
    assert mine.json["id"] != theirs.json["id"]
    for method in ("GET", "DELETE"):
        strange = await bob.job(mine.json["id"], method)
        missing = await bob.job("0192f0c4-6f0e-7c4e-9a53-000000000003", method)
        assert strange.status == missing.status == 404
        assert strange.json["code"] == missing.json["code"]
    assert (await ann.job(mine.json["id"])).json["state"] == "done"


async def test_a_job_is_answered_at_once_and_read_later(ann: OcrClient) -> None:
    answer = await ann.send_image("menu", png("later"), Prefer="respond-async, wait=10")
    assert answer.status == 202
    assert answer.headers["Location"] == f"/api/v1/ocr/jobs/{answer.json['id']}"
    assert answer.headers["Preference-Applied"] == "respond-async"
    job = await ann.ended(answer.json["id"])
    assert job["state"] == "done"
    assert job["result"] == (await ann.send_image("menu", png("later"))).json
    assert job["started_at"] <= job["finished_at"]
    assert job["progress"] == {"ahead": 0, "attempts": 1}


@pytest.mark.parametrize(
    ("image", "status", "code"),
    [
        (SVG, 415, "unsupported_image"),
        (b"", 415, "unsupported_image"),
        (b"GIF89a" + bytes(100), 415, "unsupported_image"),
        (claimed_png(1, 65_535), 413, "image_too_large"),
        (claimed_png(8000, 8000), 413, "image_too_large"),
        (claimed_png(100, 100), 422, "broken_image"),
        (jpeg()[:-100], 422, "broken_image"),
        (png() + b"<script>alert(1)</script>", 422, "broken_image"),
    ],
)
async def test_what_is_no_image_is_refused(
    ann: OcrClient, config: Config, image: bytes, status: int, code: str
) -> None:
    """It costs nothing of the ten an hour, unless it had to be decoded to see that."""
    answer = await ann.send_image("menu", image)
    assert (answer.status, answer.code) == (status, code)
    assert stored_files(config) == []
    left = 9 if code == "broken_image" else 10
    assert answer.headers["RateLimit"].startswith(f'"ocr";r={left};')


async def test_a_form_without_an_image_is_refused(ann: OcrClient) -> None:
    assert (await ann.send_image("menu", png(), name="picture")).status == 422
    plain = await ann.ask("POST", "/ocr/menu", b"{}", {"Content-Type": "application/json"})
    assert plain.status == 422


async def test_metadata_is_not_kept(ann: OcrClient, config: Config) -> None:
    answer = await ann.send_image("menu", photograph(secret="CANARY"))
    assert answer.json["image"] == {"width": 80, "height": 320}
    (file,) = stored_files(config)
    assert b"CANARY" not in file.read_bytes()


@pytest.mark.parametrize("file", ["../../../etc/cron.d/x", "page.html", "C:\\\\x.exe", "x" * 300])
async def test_the_name_of_a_sent_file_is_ignored(
    ann: OcrClient, config: Config, file: str
) -> None:
    answer = await ann.send_image("menu", png(), file=file)
    assert answer.status == 200, answer
    (stored,) = stored_files(config)
    named = set(re.split(r"[^A-Za-z0-9]+", file))
    assert not named & set(re.split(r"[^A-Za-z0-9]+", stored.name)) - {""}
    assert file not in answer.body.decode()


async def test_ten_images_an_hour(ann: OcrClient) -> None:
    statuses = [(await ann.send_image("menu", png())).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.fixture
async def idle(config: Config) -> AsyncIterator[Server]:
    """A server that reads nothing itself, waits for little, and has room for little."""
    settings = config.changed(ocr_processes=0, ocr_wait_s=0.3, ocr_max_waiting=2, ocr_max_jobs=4,
        rate_limit_ocr=Limit(0, 1), ocr_quota_bytes=20_000,
    )  # fmt: skip
    async with running(settings) as server:
        yield server


@pytest.fixture
async def waiting(idle: Server, pool: Pool) -> OcrClient:
    """Somebody whose images wait, alone in the queue."""
    await pool.execute("DELETE FROM ocr_jobs")
    somebody = OcrClient(idle.base_url)
    await somebody.register()
    return somebody


async def test_a_request_that_waits_too_long_may_be_retried(waiting: OcrClient) -> None:
    answer = await waiting.send_image("menu", png())
    assert (answer.status, answer.code) == (503, "overloaded")
    assert int(answer.headers["Retry-After"]) >= 1
    job = await waiting.send_async("menu", png())
    assert job["state"] == "queued"


async def test_beyond_the_queue_there_is_no_room(waiting: OcrClient) -> None:
    for number in range(2):
        await waiting.send_image("menu", png(f"waited for {number}"))
    crowded = await waiting.send_image("menu", png("a third"))
    assert (crowded.status, crowded.code) == (503, "overloaded")
    jobs = [await waiting.send_async("menu", png(f"job {number}")) for number in range(2)]
    assert [job["progress"]["ahead"] for job in jobs] == [2, 3]
    full = await waiting.send_image("menu", png("a fifth"), Prefer="respond-async")
    assert (full.status, full.code) == (503, "overloaded")


async def test_a_job_that_waits_can_be_cancelled(
    waiting: OcrClient, config: Config, pool: Pool
) -> None:
    job = await waiting.send_async("menu", png())
    assert len(stored_files(config)) == 1
    cancelled = await waiting.job(job["id"], "DELETE")
    assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    assert stored_files(config) == []
    assert (await waiting.job(job["id"], "DELETE")).json["state"] == "cancelled"
    again = await waiting.send_async("menu", png())
    assert again["id"] != job["id"]
    assert await pool.fetchval("SELECT count(*) FROM files_to_delete") == 0


async def test_a_request_whose_job_is_cancelled_gets_an_error(config: Config, pool: Pool) -> None:
    queued = "SELECT id FROM ocr_jobs WHERE user_id = $1 AND state = 'queued'"
    async with running(config.changed(ocr_processes=0)) as server:
        somebody = await person(server)
        request = asyncio.create_task(somebody.send_image("menu", png()))
        async with asyncio.timeout(30):
            while (id := await pool.fetchval(queued, somebody.user_id)) is None:
                await asyncio.sleep(0.01)
        await somebody.job(id, "DELETE")
        answer = await request
    assert (answer.status, answer.code) == (409, "job_ended")


async def test_what_has_ended_cannot_be_cancelled(ann: OcrClient) -> None:
    done = await ann.send_image("menu", png())
    answer = await ann.job(done.json["id"], "DELETE")
    assert (answer.status, answer.code) == (409, "job_ended")


async def test_a_quota_is_kept_by_images_sent_at_once(waiting: OcrClient, pool: Pool) -> None:
    """Twenty images of 3 KB each, and room for six."""
    images = [encoded(drawn(f"{number}" * 40, (640, 400))) for number in range(20)]
    await pool.execute("DELETE FROM ocr_jobs")
    answers = await asyncio.gather(
        *(waiting.send_image("menu", image, Prefer="respond-async") for image in images)
    )
    rejected = [answer for answer in answers if answer.status == 413]
    assert all(answer.code == "quota_exceeded" for answer in rejected)
    total = await pool.fetchval("SELECT sum(bytes) FROM ocr_jobs")
    assert total <= 20_000
    assert {answer.status for answer in answers} <= {202, 413, 503}


async def test_an_expired_job_is_forgotten_with_its_image(
    ann: OcrClient, config: Config, pool: Pool, server: Server
) -> None:
    done = await ann.send_image("menu", png())
    await pool.execute("UPDATE ocr_jobs SET expires_at = now() WHERE user_id = $1", ann.user_id)
    assert (await ann.job(done.json["id"])).status == 404
    again = await ann.send_image("menu", png())
    assert again.json["id"] != done.json["id"]
    await pool.execute("UPDATE ocr_jobs SET expires_at = now() WHERE user_id = $1", ann.user_id)
    expired = await pool.fetchval("SELECT now() + interval '1 second'")
    assert (await cleanup(pool, config, expired))["ocr_jobs"] >= 1
    await delete_pending_files(server.app)
    assert stored_files(config) == []


async def test_a_deleted_account_leaves_no_image(
    ann: OcrClient, bob: OcrClient, config: Config, pool: Pool
) -> None:
    await ann.send_image("menu", png())
    theirs = await bob.send_image("menu", png())
    assert len(stored_files(config)) == 2
    status, _ = await ann.call("DELETE", "/users/me", {"password": ann.password})
    assert status == 204
    assert len(stored_files(config)) == 1
    assert await pool.fetchval("SELECT count(*) FROM ocr_jobs WHERE user_id = $1", ann.user_id) == 0
    assert (await bob.job(theirs.json["id"])).status == 200


async def test_a_storage_that_fails_leaves_no_job(
    ann: OcrClient, config: Config, pool: Pool
) -> None:
    config.stores.data_dir.mkdir(exist_ok=True)
    (config.stores.data_dir / "uploads").write_text("a file where the folder should be")
    answer = await ann.send_image("menu", png())
    assert (answer.status, answer.code) == (503, "storage_unavailable")
    assert await pool.fetchval("SELECT count(*) FROM ocr_jobs WHERE user_id = $1", ann.user_id) == 0
    (config.stores.data_dir / "uploads").unlink()
    assert (await ann.send_image("menu", png())).status == 200


async def test_an_image_that_is_gone_is_said_to_be(waiting: OcrClient, config: Config) -> None:
    job = await waiting.send_async("menu", png("lost"))
    for file in stored_files(config):
        file.unlink()
    async with running(config):
        ended = await waiting.ended(job["id"])
        assert (ended["state"], ended["failure"], ended["result"]) == ("failed", "image_gone", None)
        retried = await waiting.send_async("menu", png("lost"))
        assert (await waiting.ended(retried["id"]))["state"] == "done"


@pytest.mark.parametrize(
    "content",
    [JPEG_HEAD + b"\xff" * 900_000 + JPEG_SIZE + JPEG_SCAN, many_scans(7000, 300)],
    ids=["filling", "scans"],
)
async def test_what_costs_to_examine_is_charged(ann: OcrClient, content: bytes) -> None:
    answer = await ann.send_image("menu", content)
    assert (answer.status, answer.code) == (422, "broken_image")
    assert answer.headers["RateLimit"].startswith('"ocr";r=9;')


@pytest.mark.parametrize(
    ("share", "rejected"), [(1.0, (503, "overloaded")), (1e5, (422, "broken_image"))]
)
async def test_decoding_ends_at_its_time_limit(
    settings: Config, monkeypatch: pytest.MonkeyPatch, share: float, rejected: tuple[int, str]
) -> None:
    """A server that is busy is not the image's fault; an image that computes long is."""
    monkeypatch.setattr(submit, "OVERLOAD", share)
    large = encoded(drawn(size=(2000, 2000)))
    async with running(settings.changed(ocr_decode_time_limit_s=0.005)) as server:
        answer = await (await person(server)).send_image("menu", large)
    assert (answer.status, answer.code) == rejected
    assert "too long" in answer.json["detail"]
    assert answer.headers.get("Retry-After") == ("10" if answer.status == 503 else None)
