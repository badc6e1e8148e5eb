"""Bodies of the user routes."""

from marshmallow import Schema

from sync_server.web.credentials import current_password, new_email, new_password


class Reauthentication(Schema):
    """The password, for re-authentication."""

    password = current_password()


class PasswordChange(Reauthentication):
    """The present password, and the one to come."""

    new_password = new_password()


class EmailChange(Reauthentication):
    """The password, and the address to come."""

    email = new_email()
