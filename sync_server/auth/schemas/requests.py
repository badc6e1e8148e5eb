"""Request bodies of the auth routes, with examples."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from sync_server.security.password_policy import registration_problem
from sync_server.web.credentials import current_password, new_email, password_of_new_account

LOGIN_EXAMPLE = {
    "email": "ann@example.com",
    "password": "correct horse battery staple",
    "device_name": "Ann's phone",
}
REFRESH_EXAMPLE = {"refresh_token": "AZLwxG8OfE6aUwpPTx8rEQ.an-example-that-nobody-was-given"}
CODE_EXAMPLE = {"code": "492039"}
SECOND_LOGIN_EXAMPLE = CODE_EXAMPLE | {
    "challenge": "eyJ0eXAiOiJjaGFsbGVuZ2Urand0In0.an-example.of-nobody"
}
ID_TOKEN_EXAMPLE = {
    "provider": "google",
    "id_token": "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.an-example.of-nobody",
    "nonce": "6b1f0c8e-2f3f-4a57-9d0b-0f6a4d5f7c11",
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
    """Credentials, and optionally a refresh token of an earlier session of the device."""

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
    """Optional refresh token to revoke, with its session."""

    refresh_token = fields.String(
        allow_none=True, load_default=None, validate=validate.Length(max=512)
    )


class Code(Schema):
    """Code of the authenticator app, or a recovery code."""

    code = fields.String(required=True, validate=validate.Length(max=64))


class SecondLogin(Schema):
    """Challenge of a log-in, and what completes it: a code or a passkey's response."""

    challenge = fields.String(required=True, validate=validate.Length(max=4096))
    code = fields.String(load_default=None, validate=validate.Length(max=64))
    credential = fields.Dict(
        keys=fields.String(),
        load_default=None,
        metadata={"description": "`AuthenticationResponseJSON` of navigator.credentials.get()"},
    )

    @validates_schema
    def _one_of_both(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        if (data.get("code") is None) == (data.get("credential") is None):
            raise ValidationError({"code": ["Either `code` or `credential` is needed."]})


class IdToken(Schema):
    """ID token of a provider, and the nonce that the app had asked it for."""

    provider = fields.String(required=True, validate=validate.Length(max=32))
    id_token = fields.String(required=True, validate=validate.Length(max=16_384))
    nonce = fields.String(required=True, validate=validate.Length(min=1, max=255))


class OidcLogin(IdToken, DeviceName):
    """ID token, and the device that logs in."""


class OidcCode(DeviceName):
    """Authorization code, with what the page had begun the flow with."""

    provider = fields.String(required=True, validate=validate.Length(max=32))
    client_id = fields.String(
        load_default="",
        validate=validate.Length(max=255),
        metadata={"description": "The provider's first client id if it is left out"},
    )
    code = fields.String(required=True, validate=validate.Length(min=1, max=4096))
    code_verifier = fields.String(
        required=True, validate=validate.Regexp(r"^[A-Za-z0-9._~-]{43,128}$")
    )
    redirect_uri = fields.String(required=True, validate=validate.Length(min=1, max=2048))
    nonce = fields.String(required=True, validate=validate.Length(min=1, max=255))
