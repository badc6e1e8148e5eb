"""What the user routes take."""

from marshmallow import Schema

from sync_server.web.credentials import current_password, new_email, new_password


class PasswordAsked(Schema):
    """The password, as proof."""

    password = current_password()


class PasswordChange(PasswordAsked):
    """The present password, and the one to come."""

    new_password = new_password()


class EmailChange(PasswordAsked):
    """The password, and the address to come."""

    email = new_email()
