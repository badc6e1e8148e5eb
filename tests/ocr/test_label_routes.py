"""Nutrition labels, barcodes and receipts over HTTP."""

import pytest

from sync_server.ocr.engine_pool import RECEIPT_FAILURES
from tests.ocr.barcode_images import barcode_image
from tests.ocr.images import encoded, png
from tests.ocr.ocr_client import OcrClient
from tests.ocr.pages import page
from tests.ocr.test_receipts import RECEIPTS

pytestmark = pytest.mark.usefixtures("catalogue", "read_here")
EAN, UPC_E = "4006381333931", "04252614"


async def test_a_label_becomes_a_food_that_can_be_stored(ann: OcrClient) -> None:
    answer = await ann.send_image("label", png("a label"))
    assert answer.status == 200
    (food,) = answer.json["items"]
    assert (food["name"], food["basis"], food["barcode"]) == (None, "100 g", None)
    assert answer.json["barcodes"] == []
    fields = ("energy_kcal", "protein_g", "carbs_g", "fat_g", "sodium_mg", "nutrients", "servings")
    stored = await ann.create("foods", name="Cookies", **{name: food[name] for name in fields})
    assert stored["energy_kcal"] == food["energy_kcal"] > 0
    assert set(food["fields"]) == set(fields) - {"nutrients", "servings"}


async def test_a_job_of_a_label_has_its_kind(ann: OcrClient) -> None:
    job = await ann.ended((await ann.send_async("label", png("a job")))["id"])
    assert (job["kind"], job["state"]) == ("label", "done")
    assert job["result"]["items"][0]["energy_kcal"] > 0


async def test_a_barcode_finds_own_foods_in_any_spelling(ann: OcrClient, bob: OcrClient) -> None:
    own = await ann.create(
        "foods", name="Soda", barcode="0 42100-00526 4",
        energy_kcal=42, protein_g=0, carbs_g=10.6, fat_g=0,
    )  # fmt: skip
    image = encoded(barcode_image(("EAN13", EAN, 0), ("UPCE", UPC_E, 0)))
    codes = {it["barcode"]: it for it in (await ann.send_image("label", image)).json["barcodes"]}
    assert set(codes) == {EAN, "0042100005264"}
    assert codes[EAN] == {"barcode": EAN, "format": "EAN-13", "foods": []}
    (match,) = codes["0042100005264"]["foods"]
    assert (match["id"], match["name"], match["source"]) == (own["id"], "Soda", "own")
    theirs = (await bob.send_image("label", image)).json["barcodes"]
    assert [it["foods"] for it in theirs] == [[], []]


async def test_an_only_barcode_is_that_of_the_food(ann: OcrClient) -> None:
    answer = await ann.send_image("label", encoded(barcode_image(("EAN13", EAN, 0))))
    assert answer.json["items"][0]["barcode"] == EAN


@pytest.mark.parametrize("kind", RECEIPT_FAILURES)
async def test_a_receipt_is_refused(
    ann: OcrClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    lines = page(RECEIPTS["us"])
    monkeypatch.setattr("sync_server.ocr.engine_pool.load_engine", lambda _: lambda _: lines)
    code = RECEIPT_FAILURES[kind]
    answer = await ann.send_image(kind, png("a receipt"))
    assert (answer.status, answer.code) == (422, code)
    job = await ann.ended((await ann.send_async(kind, png("another receipt")))["id"])
    assert (job["state"], job["failure"], job["result"]) == ("failed", code, None)
