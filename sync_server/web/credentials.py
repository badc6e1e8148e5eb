"""New e-mails and passwords as fields of a body: what is accepted is decided in one place."""

from collections.abc import Callable

from marshmallow import ValidationError, fields, validate

from sync_server.security.password_policy import (
    MAX_CHARACTERS,
    MIN_CHARACTERS,
    password_problem,
)
from sync_server.security.passwords import email_problem
from sync_server.web.errors import InvalidRequest


def new_email() -> fields.String:
    """An address that an account is to have."""
    return fields.String(
        required=True,
        validate=[validate.Length(max=320), _free_of(email_problem)],
        metadata={"format": "email", "maxLength": 254},
    )


def new_password() -> fields.String:
    """A password that an account is to have."""
    return _password(_free_of(password_problem))


def password_of_new_account() -> fields.String:
    """A password whose policy the body checks together with the address."""
    return _password()


def _password(*checks: Callable[[str], None]) -> fields.String:
    return fields.String(
        required=True,
        validate=[validate.Length(max=1024), *checks],
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


def check_similarity(field: str, password: str, email: str) -> None:
    """Raise InvalidRequest for a new password that is too similar to the account's address."""
    if problem := password_problem(password, email):
        raise InvalidRequest(errors={field: [problem]})
