"""Photographs of menus, workout sheets and nutrition labels, read by the server into drafts."""

from pathlib import Path
from typing import Literal, TypeAlias

from trackforge_client.device.error_responses import invalid_response
from trackforge_client.device.json_types import Json
from trackforge_client.device.multipart import File, encode_form
from trackforge_client.device.session import Session
from trackforge_client.device.wire import document

Image: TypeAlias = "bytes | Path | str"
"""Photograph: its bytes, or the path of its file."""

Kind = Literal["menu", "workout", "label"]
MAGIC = {b"\xff\xd8": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


async def read_image(session: Session, kind: Kind, image: Image) -> dict[str, Json]:
    """`{id, provider, items, unread}` of a photograph; a repeated one is not read again."""
    return await _send(session, kind, image, {})


async def start_job(session: Session, kind: Kind, image: Image) -> dict[str, Json]:
    """OCR job in the background: `{id, state, progress, …}`."""
    return await _send(session, kind, image, {"prefer": "respond-async"})


async def read_job(session: Session, id: str) -> dict[str, Json]:
    """State of a job, with its `result` once `state` is `done`."""
    response = await session.call("GET", f"/ocr/jobs/{id}")
    return document(response.body)


async def cancel_job(session: Session, id: str) -> dict[str, Json]:
    """State of the cancelled job; raises RequestRejected (`job_ended`)."""
    response = await session.call("DELETE", f"/ocr/jobs/{id}")
    return document(response.body)


async def _send(
    session: Session, kind: Kind, image: Image, headers: dict[str, str]
) -> dict[str, Json]:
    content, name = (image, "image") if isinstance(image, bytes) else _loaded(Path(image))
    body, media_type = encode_form(File("image", name, content, _media_type(content)), {})
    response = await session.call(
        "POST", f"/ocr/{kind}", body, headers=headers | {"content-type": media_type}
    )
    try:
        return document(response.body)
    except ValueError as error:
        raise invalid_response(response, error) from error


def _loaded(path: Path) -> tuple[bytes, str]:
    return path.read_bytes(), path.name


def _media_type(content: bytes) -> str:
    return next(
        (kind for magic, kind in MAGIC.items() if content.startswith(magic)),
        "application/octet-stream",
    )
