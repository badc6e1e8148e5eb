"""What the auth routes take."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from sync_server.security.passwords import email_problem, password_problem


class Login(Schema):
    """An account, and what the device wants to be called."""

    email = fields.String(required=True, validate=validate.Length(max=320))
    password = fields.String(required=True, validate=validate.Length(max=1024))
    device_name = fields.String(allow_none=True, load_default=None)

    @validates("device_name")
    def _device_name(self, value: str | None, **_kwargs: Any) -> None:
        if value is not None and (len(value) > 200 or "\0" in value):
            raise ValidationError("At most 200 characters, without NUL.")


class Registration(Login):
    """A new account."""

    @validates("email")
    def _email(self, value: str, **_kwargs: Any) -> None:
        if problem := email_problem(value):
            raise ValidationError(problem)

    @validates("password")
    def _password(self, value: str, **_kwargs: Any) -> None:
        if problem := password_problem(value):
            raise ValidationError(problem)


class Refresh(Schema):
    """A refresh token."""

    refresh_token = fields.String(required=True, validate=validate.Length(max=512))


class Logout(Schema):
    """Perhaps a refresh token, whose family ends."""

    refresh_token = fields.String(
        allow_none=True, load_default=None, validate=validate.Length(max=512)
    )
