"""Bodies of the auth routes."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from sync_server.security.password_policy import registration_problem
from sync_server.web.credentials import current_password, new_email, password_of_new_account

EXAMPLE = {
    "email": "ann@example.com",
    "password": "correct horse battery staple",
    "device_name": "Ann's phone",
}


class DeviceName(Schema):
    """Name of a device in the list of sessions."""

    device_name = fields.String(
        allow_none=True,
        load_default=None,
        metadata={"maxLength": 200, "description": "What the list of sessions calls it"},
    )

    @validates("device_name")
    def _device_name(self, value: str | None, **_kwargs: Any) -> None:
        if value is not None and (len(value) > 200 or "\0" in value):
            raise ValidationError("At most 200 characters, without NUL.")


class Login(DeviceName):
    """An account, and perhaps a refresh token of an earlier session of the device."""

    email = fields.String(required=True, validate=validate.Length(max=320))
    password = current_password()
    refresh_token = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Length(max=512),
        metadata={
            "description": "Of an earlier session of this device, also one that has ended: it is "
            "let through while others guess the password"
        },
    )


class Registration(DeviceName):
    """A new account."""

    email = new_email()
    password = password_of_new_account()

    @validates_schema
    def _policy(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if problem := registration_problem(data["password"], data["email"]):
            raise ValidationError({"password": [problem]})


class Refresh(Schema):
    """A refresh token."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=512))


class Logout(Schema):
    """Perhaps a refresh token, whose family ends."""

    refresh_token = fields.String(
        allow_none=True, load_default=None, validate=validate.Length(max=512)
    )
