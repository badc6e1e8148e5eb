"""Forms with a file, as `multipart/form-data`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """The part of a form that is a file: `part` is its name there, `name` its own."""

    part: str
    name: str
    content: bytes
    media_type: str


def encoded(file: File, fields: Mapping[str, str]) -> tuple[bytes, str]:
    """The body with the file and the fields, and its Content-Type."""
    boundary = "trackforge-form"
    while boundary.encode() in file.content:
        boundary += "-"
    begin = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{begin}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items()]
    parts.append(
        f'{begin}"{file.part}"; filename={json.dumps(file.name)}\r\n'
        f"Content-Type: {file.media_type}\r\n\r\n"
    )
    body = "".join(parts).encode() + file.content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
