"""Parsing of `multipart/form-data` bodies within a size limit.

aiohttp's own reader has no limit for the whole body. Here the body is read within a limit first
and split at its boundaries then.
"""

import re
from collections.abc import Mapping

from aiohttp import web

from sync_server.web.body import read_body
from sync_server.web.errors import InvalidRequest

MAX_PARTS = 16
MAX_BOUNDARY = 70
_NAME = re.compile(rb'[;\s]name="((?:[^"\\]|\\.)*)"|[;\s]name=([^\s;"]+)', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition[ \t]*:[ \t]*form-data(.*)$", re.I | re.M)
_ENCODED = re.compile(
    rb"^content-transfer-encoding[ \t]*:[ \t]*(?!binary|7bit|8bit)\S", re.I | re.M
)


class MalformedForm(Exception):
    """Malformed form data; the text is the reason."""


async def read_form(
    request: web.Request, names: Mapping[str, bool], limit: int
) -> dict[str, bytes]:
    """Parts of the form by name; `names` maps each allowed name to True if it is required.

    Raises BodyTooLarge past `limit` bytes, and InvalidRequest with errors by part.
    """
    boundary = request.content_type == "multipart/form-data" and _boundary(request)
    if not boundary:
        raise InvalidRequest("The body is not multipart/form-data.")
    body = await read_body(request, limit)
    try:
        parts = parts_of(body, boundary)
    except MalformedForm as error:
        raise InvalidRequest(str(error)) from None
    errors: dict[str, object] = {}
    contents: dict[str, bytes] = {}
    for name, content in parts:
        if name not in names:
            errors[name[:100]] = ["Unknown part."]
        elif name in contents:
            errors[name] = ["Given more than once."]
        contents[name] = content
    for name, needed in names.items():
        if needed and name not in contents:
            errors[name] = ["Missing."]
    if errors:
        raise InvalidRequest(errors=errors)
    return contents


def parts_of(body: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """Each part's name and content (RFC 7578), in their order; raises MalformedForm."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MAX_PARTS + 2)
    if len(pieces) > MAX_PARTS + 2:
        raise MalformedForm(f"The form has more than {MAX_PARTS} parts.")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise MalformedForm("The form does not end with its boundary.")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, bytes]:
    """Content between two boundaries: blanks, the headers, an empty line, the content."""
    head, gap, content = piece.partition(b"\r\n\r\n")
    disposition = _DISPOSITION.search(head.replace(b"\r\n", b"\n"))
    name_match = _NAME.search(disposition[1]) if disposition else None
    if not gap or head.strip(b" \t")[:2] != b"\r\n" or name_match is None:
        raise MalformedForm("A part of the form has no name.")
    if _ENCODED.search(head):
        raise MalformedForm("A part of the form is encoded.")
    name = name_match[1] if name_match[1] is not None else name_match[2]
    return name.decode("utf-8", "replace"), content


def _boundary(request: web.Request) -> bytes:
    """Boundary of the Content-Type (RFC 2046); empty without a valid one."""
    parameter = re.search(
        r';[ \t]*boundary=(?:"([^"]*)"|([^\s;"]+))',
        request.headers.get("Content-Type", ""),
        re.IGNORECASE,
    )
    text = (parameter[1] or parameter[2] or "") if parameter else ""
    return text.encode() if text.isascii() and len(text) <= MAX_BOUNDARY else b""
