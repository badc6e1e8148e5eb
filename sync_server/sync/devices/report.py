"""The Device-Report header: a device's own account of its state, without contents of records.

It is outside of what an Idempotency-Key protects, as Sent-At is: it may differ when the same push
is sent again.
"""

import re
from typing import Annotated

import msgspec
from aiohttp import web

from schema.ids import is_uuid
from sync_server.web.errors import InvalidRequest
from sync_server.web.openapi import Parameter

NAME = "Device-Report"
MAX_BYTES = 2_000
_MAX_AGE_S = 10 * 366 * 86_400
_MAX_OFFSET_US = 2**53 - 1
_NAME_LENGTH = 100
_VERSION_LENGTH = 40
_CODE = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
SchemaVersion = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]

REPORT = {
    NAME: Parameter(
        {
            "type": "string",
            "maxLength": MAX_BYTES,
            "example": '{"device_id":"0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11","name":"Ann\'s phone",'
            '"waiting":3,"oldest_age_s":86400,"last_error":"offline","app_version":"1.4.2"}',
        },
        "The device's own state, a JSON object in ASCII: `device_id`, `name`, `waiting` (unsent "
        "changes, those of this push included), `oldest_age_s`, `last_error` (a code, never a "
        "text), `last_error_age_s`, `app_version`, `schema_version`, `clock_offset_us`. All are "
        "optional, others are ignored",
    )
}


class DeviceReport(msgspec.Struct):
    """A device's state by its own account; ages are in seconds at the time of sending.

    Texts and ages are as they were sent until `limited` has made them storable. `waiting` counts
    unsent changes, `clock_offset_us` is the server's clock minus the device's.
    """

    device_id: str | None = None
    name: str | None = None
    waiting: Count | None = None
    oldest_age_s: float | None = None
    last_error: str | None = None
    last_error_age_s: float | None = None
    app_version: str | None = None
    schema_version: SchemaVersion | None = None
    clock_offset_us: int | None = None


_report = msgspec.json.Decoder(DeviceReport)


def report_of(request: web.Request) -> DeviceReport | None:
    """The report of a request, None without the header; raises InvalidRequest.

    It is read with each request and stored once a minute, so `limited` is left to the storing.
    """
    values = request.headers.getall(NAME, None)
    if values is None:
        return None
    if len(values) != 1 or len(values[0]) > MAX_BYTES:
        raise _invalid(f"One header of at most {MAX_BYTES} bytes.")
    try:
        report = _report.decode(values[0].encode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _invalid(f"Not a JSON object of the report's members: {error}") from None
    if report.device_id is not None and not is_uuid(report.device_id):
        raise _invalid("device_id: not a UUID in canonical lower-case text.")
    return report


def limited(report: DeviceReport) -> DeviceReport:
    """The report with its values limited to what is stored, in place; again changes nothing.

    Values that depend on the device's day, such as an age by a wrong clock, are limited and not
    rejected: a report must not keep a device from syncing.
    """
    report.name = _text(report.name, _NAME_LENGTH)
    report.app_version = _text(report.app_version, _VERSION_LENGTH)
    if report.last_error is not None and not _CODE.fullmatch(report.last_error):
        report.last_error = "other"
    if report.oldest_age_s is not None:
        report.oldest_age_s = min(max(report.oldest_age_s, 0), _MAX_AGE_S)
    if report.last_error_age_s is not None:
        report.last_error_age_s = min(max(report.last_error_age_s, 0), _MAX_AGE_S)
    if report.clock_offset_us is not None:
        report.clock_offset_us = min(max(report.clock_offset_us, -_MAX_OFFSET_US), _MAX_OFFSET_US)
    return report


def _text(text: str | None, length: int) -> str | None:
    return None if text is None else _UNPRINTABLE.sub(" ", text[:length]).strip() or None


def _invalid(reason: str) -> InvalidRequest:
    return InvalidRequest(errors={NAME: [reason]})
