"""New e-mails and passwords as fields of a body: what is accepted is decided in one place."""

from collections.abc import Callable

from marshmallow import ValidationError, fields, validate

from sync_server.security.passwords import (
    MAX_CHARACTERS,
    MIN_CHARACTERS,
    email_problem,
    password_problem,
)


def new_email() -> fields.String:
    """An address that an account is to have."""
    return fields.String(
        required=True,
        validate=[validate.Length(max=320), _free_of(email_problem)],
        metadata={"format": "email", "maxLength": 254},
    )


def new_password() -> fields.String:
    """A password that an account is to have."""
    return fields.String(
        required=True,
        validate=[validate.Length(max=1024), _free_of(password_problem)],
        metadata={"minLength": MIN_CHARACTERS, "maxLength": MAX_CHARACTERS},
    )


def current_password() -> fields.String:
    """A password that is compared with the stored one."""
    return fields.String(required=True, validate=validate.Length(max=1024))


def _free_of(problem_of: Callable[[str], str | None]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if problem := problem_of(value):
            raise ValidationError(problem)

    return check
