"""Forms with files: `multipart/form-data`, read within a limit and taken apart without surprises.

aiohttp's own reader knows no limit for the whole; here the body is bounded while it arrives, and
then cut at its boundaries.
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


class NoForm(Exception):
    """The bytes are no form; the text says why."""


async def read_form(
    request: web.Request, names: Mapping[str, bool], limit: int
) -> dict[str, bytes]:
    """The form's parts by name, each of `names` at most once; true are those that must be there.

    Raises BodyTooLarge past `limit` bytes, and InvalidRequest with errors by part.
    """
    boundary = request.content_type == "multipart/form-data" and _boundary(request)
    if not boundary:
        raise InvalidRequest("The body is not multipart/form-data.")
    body = await read_body(request, limit)
    try:
        parts = parts_of(body, boundary)
    except NoForm as error:
        raise InvalidRequest(str(error)) from None
    errors: dict[str, object] = {}
    found: dict[str, bytes] = {}
    for name, content in parts:
        if name not in names:
            errors[name[:100]] = ["There is no such part."]
        elif name in found:
            errors[name] = ["Given more than once."]
        found[name] = content
    for name, needed in names.items():
        if needed and name not in found:
            errors[name] = ["Missing."]
    if errors:
        raise InvalidRequest(errors=errors)
    return found


def parts_of(body: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """Each part's name and content (RFC 7578), in their order; raises NoForm."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, MAX_PARTS + 2)
    if len(pieces) > MAX_PARTS + 2:
        raise NoForm(f"The form has more than {MAX_PARTS} parts.")
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise NoForm("The form does not end with its boundary.")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[str, bytes]:
    """Content between two boundaries: blanks, the headers, an empty line, the content."""
    head, gap, content = piece.partition(b"\r\n\r\n")
    disposition = _DISPOSITION.search(head.replace(b"\r\n", b"\n"))
    named = _NAME.search(disposition[1]) if disposition else None
    if not gap or head.strip(b" \t")[:2] != b"\r\n" or named is None:
        raise NoForm("A part of the form has no name.")
    if _ENCODED.search(head):
        raise NoForm("A part of the form is encoded.")
    name = named[1] if named[1] is not None else named[2]
    return name.decode("utf-8", "replace"), content


def _boundary(request: web.Request) -> bytes:
    """The boundary that the Content-Type names; empty when it is none (RFC 2046)."""
    found = re.search(
        r';[ \t]*boundary=(?:"([^"]*)"|([^\s;"]+))',
        request.headers.get("Content-Type", ""),
        re.IGNORECASE,
    )
    text = (found[1] or found[2] or "") if found else ""
    return text.encode() if text.isascii() and len(text) <= MAX_BOUNDARY else b""
