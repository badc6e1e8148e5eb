"""Readings of photographs by TypeScript devices, against a server."""

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from schema.nutrients import ALL_NUTRIENTS
from sync_server.ocr.schemas import FAILURES, LABEL, MENU, WORKOUT
from tests.infrastructure.server import Server
from tests.ocr.images import png
from tests.support.client import Client
from tests.sync.stories import PASSWORD

from .conftest import NewTypeScriptDevice, TypeScriptError

TYPES = Path(__file__).resolve().parents[2] / "clients" / "typescript" / "src" / "ocr.ts"


@pytest.mark.usefixtures("package")
async def test_a_device_reads_menus_sheets_and_labels(
    server: Server, tmp_path: Path, new_typescript_device: NewTypeScriptDevice
) -> None:
    user = Client(server.base_url)
    user.email = f"ada.{tmp_path.name}@example.com"
    user.password = PASSWORD
    await user.register()
    phone = await new_typescript_device("phone")

    async def read(kind: str, image: bytes) -> dict[str, Any]:
        encoded = base64.b64encode(image).decode()
        result: dict[str, Any] = await phone.command("readPhotograph", kind=kind, base64=encoded)
        return result

    menu = await read("menu", png())
    assert menu["items"]
    assert (await read("menu", png())) == menu
    assert (await read("workout", png()))["items"][0]["sets"]
    assert "barcodes" in await read("label", png())
    with pytest.raises(TypeScriptError, match="RequestRejected") as rejected:
        await read("menu", b"no image")
    assert not rejected.value.retryable


def properties(schema: Any) -> dict[str, Any]:
    """Properties of a schema of the OpenAPI document."""
    found: dict[str, Any] = getattr(schema, "schema", schema)["properties"]
    return found


def test_the_types_have_the_members_of_the_server_s_schemas() -> None:
    text = TYPES.read_text()
    interfaces = {
        name: set(re.findall(r"^  readonly (\w+)\??:", body, re.MULTILINE))
        for name, body in re.findall(r"interface (\w+)[^{]*\{(.*?)\n\}", text, re.DOTALL)
    }
    seen = interfaces["Seen"]
    dish, exercise, food = (properties(it)["items"]["items"] for it in (MENU, WORKOUT, LABEL))
    assert interfaces["DishDraft"] | seen == set(properties(dish))
    assert interfaces["ExerciseDraft"] | seen == set(properties(exercise))
    assert interfaces["SetDraft"] == set(properties(properties(exercise)["sets"]["items"]))
    assert interfaces["FoodDraft"] | seen | set(ALL_NUTRIENTS) == set(properties(food))
    assert interfaces["OcrMatch"] == set(properties(properties(dish)["matches"]["items"]))
    assert interfaces["BarcodeRead"] == set(properties(properties(LABEL)["barcodes"]["items"]))
    assert interfaces["Read"] >= set(properties(MENU))
    assert all(f'"{name}"' in text for name in ALL_NUTRIENTS)
    assert all(f"{failure}:" in text for failure in FAILURES)
