"""Photographs of menus and of workout sheets, read by the server into drafts to confirm."""

import json
from pathlib import Path
from typing import TypeAlias

from trackforge_client.json_types import Json
from trackforge_client.problems import not_understood
from trackforge_client.session import Session
from trackforge_client.wire import document

Image: TypeAlias = "bytes | Path | str"
"""A photograph: its bytes, or the path of its file."""


async def read_image(session: Session, kind: str, image: Image) -> dict[str, Json]:
    """`{id, provider, items, unread}` of a `menu` or a `workout`."""
    content, name = _loaded(image)
    boundary = "trackforge-image"
    while boundary.encode() in content:
        boundary += "-"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="image";'
        f" filename={json.dumps(name)}\r\nContent-Type: {_media_type(content)}\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    response = await session.call("POST", f"/ocr/{kind}", body, headers=headers)
    try:
        return document(response.body)
    except ValueError as error:
        raise not_understood(response, error) from error


def _loaded(image: Image) -> tuple[bytes, str]:
    if isinstance(image, bytes):
        return image, "image"
    path = Path(image)
    return path.read_bytes(), path.name


def _media_type(content: bytes) -> str:
    known = {b"\xff\xd8": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}
    return next(
        (kind for magic, kind in known.items() if content.startswith(magic)),
        "application/octet-stream",
    )
