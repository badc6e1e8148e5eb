"""What the user routes take."""

from marshmallow import Schema, fields, validate


class PasswordAsked(Schema):
    """The password, as proof."""

    password = fields.String(required=True, validate=validate.Length(max=1024))
