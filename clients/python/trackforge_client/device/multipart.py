"""Encoding of forms with a file as `multipart/form-data`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """File in a form: `part` is the field's name, `name` the file's."""

    part: str
    name: str
    content: bytes
    media_type: str


def encode_form(file: File, fields: Mapping[str, str]) -> tuple[bytes, str]:
    """(body, Content-Type) of a form with the file and the fields."""
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
