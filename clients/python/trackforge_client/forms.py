"""Forms with a file, as `multipart/form-data`."""

import json
from collections.abc import Mapping


def encoded(file: bytes, name: str, fields: Mapping[str, str]) -> tuple[bytes, str]:
    """The body with its part `file` and the fields, and its Content-Type."""
    boundary = "trackforge-form"
    while boundary.encode() in file:
        boundary += "-"
    begin = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{begin}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items()]
    parts.append(f'{begin}"file"; filename={json.dumps(name)}\r\nContent-Type: text/csv\r\n\r\n')
    body = "".join(parts).encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"
