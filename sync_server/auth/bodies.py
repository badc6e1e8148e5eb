"""Bodies of the auth routes."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from sync_server.web.credentials import current_password, new_email, new_password

EXAMPLE = {
    "email": "ann@example.com",
    "password": "correct horse battery staple",
    "device_name": "Ann's phone",
}


class Login(Schema):
    """An account, and what the device wants to be called."""

    email = fields.String(required=True, validate=validate.Length(max=320))
    password = current_password()
    device_name = fields.String(
        allow_none=True,
        load_default=None,
        metadata={"maxLength": 200, "description": "What the list of sessions calls it"},
    )

    @validates("device_name")
    def _device_name(self, value: str | None, **_kwargs: Any) -> None:
        if value is not None and (len(value) > 200 or "\0" in value):
            raise ValidationError("At most 200 characters, without NUL.")


class Registration(Login):
    """A new account."""

    email = new_email()
    password = new_password()


class Refresh(Schema):
    """A refresh token."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=512))


class Logout(Schema):
    """Perhaps a refresh token, whose family ends."""

    refresh_token = fields.String(
        allow_none=True, load_default=None, validate=validate.Length(max=512)
    )
